package rotatingapikey_test

import (
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/examples"
	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
)

const example = "nebula_rotating_api_key.ci"

func exampleText(file string) string {
	return examples.Text("resources/nebula_rotating_api_key/" + file)
}

// sourced is a configuration for a test that begins with an import: nothing has
// told Terraform yet where the provider comes from.
func sourced(body string) string {
	return "terraform {\n  required_providers {\n    nebula = {\n      source = \"nebulablock/nebula\"\n    }\n  }\n}\n" + body
}

// The examples of the documentation do what the documentation says.
func TestExamples(t *testing.T) {
	t.Parallel()
	ids := func(b *bench, id string, previousID any) {
		b.t.Helper()
		a := b.State()[example].Attributes
		if a["id"] != id || a["previous_id"] != previousID {
			b.t.Errorf("id is %v and previous_id %v, want %s and %v", a["id"], a["previous_id"], id, previousID)
		}
	}
	t.Run("resource", func(t *testing.T) {
		t.Parallel()
		b := newBench(t, acctest.Options{}, exampleText("resource.tf"))
		b.Apply().Expect(0)
		ids(b, "2", nil)
		b.Clock.Advance(month)
		b.Apply().Expect(0)
		ids(b, "3", "2")
		b.settled()
		b.Clock.Advance(72 * time.Hour)
		b.Apply().Expect(0)
		ids(b, "3", nil)
		b.settled()
		b.ends()
	})
	t.Run("moved", func(t *testing.T) {
		t.Parallel()
		b := newBench(t, acctest.Options{}, "resource \"nebula_api_key\" \"ci\" {\n  name = \"ci\"\n  description = \"Used by the build pipeline\"\n}\n")
		b.Apply().Expect(0)
		b.Write("main.tf", exampleText("moved.tf"))
		b.Apply().Expect(0, "0 added, 1 changed, 0 destroyed")
		ids(b, "2", nil)
		b.settled()
		b.Clock.Advance(month)
		b.Apply().Expect(0)
		ids(b, "3", "2")
		b.settled()
		b.ends()
	})
	t.Run("import", func(t *testing.T) {
		t.Parallel()
		fake := fakenebula.Options{APIKeys: []fakenebula.SeedKey{{Name: "two"}, {Name: "three"}, {Name: "four"},
			{Name: "ci", Description: "Used by the build pipeline"}}}
		b := newBench(t, acctest.Options{Fake: fake}, sourced(exampleText("import-by-string-id.tf")))
		b.Apply().Expect(0, "1 imported, 0 added, 1 changed, 0 destroyed", "Secret of an imported API key is not known")
		ids(b, "5", nil)
		b.settled()
		b.Clock.Advance(month)
		b.Apply().Expect(0)
		ids(b, "6", "5")
		b.settled()
		b.Destroy().Expect(0)
		b.live("2", "3", "4")
	})
}
