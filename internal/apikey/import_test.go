package apikey_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

const someMarker = "[tf:20251123T015600Z-abcdefghijklmnop]"

// oddTexts are texts that get lost between a configuration, JSON and a state,
// as they are written in a configuration and as the API must get them.
var oddTexts = []struct{ name, hcl, text string }{
	{"quotes", `"say \"no\" 'twice' \\ \\n"`, `say "no" 'twice' \ \n`},
	{"unicode", `"Schlüssel 鍵 🔑"`, "Schlüssel 鍵 🔑"},
	{"combining", `"Schlu\u0308ssel"`, "Schl\u00fcssel"}, // Terraform composes all text
	{"escapes", `"a\tb\r\nc\u0007\u2028\u202e"`, "a\tb\r\nc\a\u2028\u202e"},
	{"spaces", `"  two on both sides  "`, "  two on both sides  "},
	{"space", `" "`, " "},
	{"heredoc", "<<-EOT\n    first\n      second\n    EOT\n", "first\n  second\n"},
	{"template", `"$${a} %%{if b} $$ %%"`, "${a} %{if b} $$ %%"},
	{"html", `"<b>&amp;</b>"`, "<b>&amp;</b>"},
	{"json", `"{\"a\":[null]}"`, `{"a":[null]}`},
	{"percent", `"100%20%s%d"`, "100%20%s%d"},
	{"brackets", `"[tf:abc] [tf:]"`, "[tf:abc] [tf:]"},
	{"marker-inside", `"x ` + someMarker + ` y"`, "x " + someMarker + " y"},
	{"null", `"null"`, "null"},
	{"long", `"` + strings.Repeat("0123456789", 500) + `"`, strings.Repeat("0123456789", 500)},
}

// Odd text arrives at the API as it was meant, and never shows as a
// difference: not on a key that was made here, and not on an imported one.
func TestAccOddText(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, acctest.Options{})
	var made, imported strings.Builder
	type pair struct{ name, description string }
	want := map[pair]int{}
	for _, odd := range oddTexts {
		fmt.Fprintf(&made, "resource \"nebula_api_key\" \"made-%s\" {\n  name = %s\n  description = %s\n}\n", odd.name, odd.hcl, odd.hcl)
		want[pair{odd.text, odd.text}] += 2
		id, _ := w.API.AddKey(odd.text, odd.text)
		fmt.Fprintf(&imported, "resource \"nebula_api_key\" \"imported-%s\" {\n  name = %s\n  description = %s\n}\nimport {\n  to = nebula_api_key.imported-%s\n  id = \"%s\"\n}\n",
			odd.name, odd.hcl, odd.hcl, odd.name, id)
	}
	c := w.CLI(t)
	c.Write("main.tf", made.String()+imported.String())
	n := len(oddTexts)
	c.Apply().Expect(0, fmt.Sprintf("%d imported, %d added, 0 changed, 0 destroyed", n, n))
	got := map[pair]int{}
	for _, key := range w.API.Keys()[1:] {
		description := key.Description
		if made := key.CreatedBy.Via == fakenebula.ViaAPI; made {
			description = description[:strings.LastIndex(description, " [tf:")]
		}
		got[pair{key.Name, description}]++
	}
	for p, times := range want {
		if got[p] != times {
			t.Errorf("%d keys with name %q and description %q, want %d", got[p], p.name, p.description, times)
		}
	}
	c.Plan().Expect(0, "No changes.")
	c.Destroy().Expect(0)
	expectNames(t, w)
}

// An imported key is as it is: however the API writes its description and id,
// no difference is shown.
func TestAccImportShowsNoDifference(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fake        fakenebula.Options
		rewrite     func(fakenebula.Answer) fakenebula.Answer
		description string // in the API
		lines       string
	}{
		"with a marker":                {description: "text " + someMarker, lines: `description = "text"`},
		"marker alone":                 {description: someMarker},
		"without a marker":             {description: "text", lines: `description = "text"`},
		"empty, left out":              {},
		"empty, said":                  {lines: `description = ""`},
		"empty, null":                  {lines: `description = null`},
		"null from the API":            {rewrite: fakenebula.WithField("description", "null")},
		"null from the API, said":      {rewrite: fakenebula.WithField("description", "null"), lines: `description = ""`},
		"left out by the API":          {rewrite: fakenebula.WithoutField("description")},
		"long number as id":            {fake: fakenebula.Options{FirstID: 1<<63 + 12345}},
		"UUID as id":                   {fake: fakenebula.Options{IDs: fakenebula.StringIDs}},
		"number in quotes as id":       {rewrite: rehearsal.EditRows(func(rows []map[string]any) { rows[1]["id"] = "77" })},
		"listed elsewhere":             {fake: fakenebula.Options{Keys: fakenebula.KeyOptions{ListRoutes: []string{"/keys"}}}},
		"decomposed text from the API": {description: "Schlu\u0308ssel", lines: `description = "Schlüssel"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := acctest.NewStage(t, acctest.Options{Fake: test.fake})
			w := c.World
			id, _ := w.API.AddKey("imported", test.description)
			if test.rewrite != nil {
				w.API.Inject(fakenebula.Fault{Operation: opList, Times: -1, Rewrite: test.rewrite})
			}
			if strings.Contains(name, "quotes") {
				id = "77"
			}
			c.Write("main.tf", "resource \"nebula_api_key\" \"this\" {\n  name = \"imported\"\n  "+test.lines+"\n}\n")
			c.Run("import", "-no-color", this, id).Expect(0, "Import successful!", "The value of an imported API key cannot be had",
				"so key, encrypted_key and fingerprint stay null", "terraform apply -replace=ADDRESS")
			w.API.ResetJournal()
			c.Plan().Expect(0, "No changes.")
			for _, r := range w.API.Journal() {
				if r.Changes {
					t.Errorf("%s %s", r.Method, r.Path)
				}
			}
			state := c.State()[this].Attributes
			if state["id"] != id || state["key"] != nil || state["encrypted_key"] != nil || state["fingerprint"] != nil {
				t.Errorf("%v", state)
			}
		})
	}
}

// Keepers and recipients that an imported key is given are recorded; a later
// change of them replaces it.
func TestImportThenRecord(t *testing.T) {
	t.Parallel()
	identity := newIdentity(t)
	recipients := `age_recipients = ["` + identity.Recipient().String() + `"]`
	for name, test := range map[string]struct{ first, second string }{
		"keepers":    {`keepers = { round = "1" }`, `keepers = { round = "2" }`},
		"no keepers": {`keepers = { round = "1" }`, ``},
		"recipients": {recipients, strings.Replace(recipients, "[", `["`+newIdentity(t).Recipient().String()+`", `, 1)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := acctest.NewStage(t, acctest.Options{})
			w := c.World
			id, _ := w.API.AddKey("imported", "")
			write := func(line string) {
				c.Write("main.tf", "resource \"nebula_api_key\" \"this\" {\n  name = \"imported\"\n  "+line+"\n}\n")
			}
			write("")
			c.Run("import", this, id).Expect(0)
			write(test.first)
			c.Apply().Expect(0, "0 added, 1 changed, 0 destroyed")
			if have := attributes(c.State()[this]); have["id"] != id || have["key"]+have["encrypted_key"]+have["fingerprint"] != "" {
				t.Errorf("the state holds %v", have)
			}
			if w.API.Count(opCreate)+w.API.Count(opDelete) != 0 {
				t.Error("recording called the API")
			}
			write(test.second)
			c.Apply().Expect(0, "1 added, 0 changed, 1 destroyed")
			if have := attributes(c.State()[this]); have["id"] == id || have["fingerprint"] == "" {
				t.Errorf("the state holds %v", have)
			}
			c.Destroy().Expect(0)
			expectNames(t, w)
		})
	}
}

// Import blocks, and what is given along with them, in one apply.
func TestAccImportBlock(t *testing.T) {
	t.Parallel()
	for name, by := range map[string]string{"id": `id = "2"`, "identity": `identity = { id = "2" }`} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.New(t, acctest.Options{})
			w.API.AddKey("imported", "text")
			var checks []tfversion.TerraformVersionCheck
			if name == "identity" {
				checks = append(checks, acctest.NeedsIdentityImport())
			}
			key := "resource \"nebula_api_key\" \"this\" {\n  name = \"imported\"\n  description = \"text\"\n  keepers = { a = \"1\" }\n}\n"
			w.Test(resource.TestCase{
				TerraformVersionChecks: checks,
				CheckDestroy:           w.NothingLeft,
				Steps: []resource.TestStep{
					{
						Config: key + "import {\n  to = nebula_api_key.this\n  " + by + "\n}\n",
						ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
							plancheck.ExpectResourceAction(this, plancheck.ResourceActionUpdate),
							plancheck.ExpectKnownValue(this, tfjsonpath.New("id"), knownvalue.StringExact("2")),
						}},
						Check: resource.ComposeTestCheckFunc(w.ExpectCalls(acctest.Calls{}), w.ExpectLive(fakenebula.KindAPIKey, "imported")),
					},
					{Config: key, ConfigPlanChecks: acctest.NothingToDo()},
				},
			})
			if err := w.ExpectCalls(acctest.Calls{fakenebula.OpDeleteKey: 1})(nil); err != nil && !t.Skipped() {
				t.Error(err)
			}
		})
	}
}

// The identity in the state is the id, so that an import by it finds the key.
func TestAccIdentity(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, acctest.Options{})
	config := "resource \"nebula_api_key\" \"this\" {\n  name = \"n\"\n}\n"
	w.Test(resource.TestCase{
		TerraformVersionChecks: []tfversion.TerraformVersionCheck{acctest.NeedsIdentityImport()},
		Steps: []resource.TestStep{
			{
				Config: config,
				ConfigStateChecks: []statecheck.StateCheck{
					statecheck.ExpectIdentityValueMatchesState(this, tfjsonpath.New("id")),
				},
			},
			{ResourceName: this, ImportState: true, ImportStateKind: resource.ImportBlockWithResourceIdentity},
			{ResourceName: this, ImportState: true, ImportStateKind: resource.ImportBlockWithID},
		},
	})
}

func TestAccImportRefuses(t *testing.T) {
	t.Parallel()
	c := acctest.NewStage(t, acctest.Options{})
	w := c.World
	c.Write("main.tf", "resource \"nebula_api_key\" \"this\" {\n  name = \"n\"\n}\n")
	const canary = "ak_CANARY-import-0123456789abcdefghij"
	for name, test := range map[string]struct{ id, want string }{
		"path":         {"../login", "is not an id"},
		"slash":        {"1/2", "is not an id"},
		"space":        {"1 2", "is not an id"},
		"empty":        {"", "is not an id"},
		"long":         {strings.Repeat("1", 65), "is not an id"},
		"placeholder":  {"unresolved:20251123T015600Z-abcdefghijklmnop", "is not an id"},
		"first is -":   {"_1", "is not an id"},
		"a secret":     {canary, "Import by the id that the data source nebula_api_keys shows, not by name"},
		"unicode":      {"１", "is not an id"},
		"not anything": {"4711", "Cannot import non-existent remote object"},
	} {
		result := c.Run("import", "-no-color", "-input=false", this, test.id).Expect(1, test.want)
		if name == "not anything" {
			// An absence takes two lists to be believed.
			expectOps(t, w, opList, opList)
		} else {
			result.Expect(1, "Invalid API key id")
			expectOps(t, w)
		}
		// Terraform itself repeats what was typed; the error must not.
		if _, after, _ := strings.Cut(result.Stdout+result.Stderr, "Error:"); strings.Contains(after, canary) {
			t.Errorf("%s: the error repeats the secret: %s", name, after)
		}
		if len(c.State()) != 0 {
			t.Errorf("%s: the state holds %v", name, c.State())
		}
	}
}
