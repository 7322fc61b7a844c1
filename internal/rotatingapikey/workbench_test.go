package rotatingapikey_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/provider"
)

// bench is a rotating key in a directory, with the real command line. It is for
// what only that shows.
type bench struct {
	*acctest.World
	*acctest.CLI
	t *testing.T
}

func newBench(t *testing.T, o acctest.Options, body string, options ...provider.Option) *bench {
	t.Helper()
	w := acctest.New(t, o)
	b := &bench{World: w, CLI: w.CLI(t, options...), t: t}
	b.Write("main.tf", body)
	return b
}

// is checks an attribute in the state file; nil is null.
func (b *bench) is(want map[string]any) {
	b.t.Helper()
	have := b.State()[key].Attributes
	for name, value := range want {
		if list, ok := have[name].([]any); ok {
			texts := make([]string, len(list))
			for i, v := range list {
				texts[i], _ = v.(string)
			}
			if wanted, ok := value.([]string); !ok || !slices.Equal(texts, wanted) {
				b.t.Errorf("%s is %v, want %v", name, list, value)
			}
			continue
		}
		if have[name] != value {
			b.t.Errorf("%s is %v, want %v", name, have[name], value)
		}
	}
}

// live checks which keys exist besides the provider's own.
func (b *bench) live(ids ...string) {
	b.t.Helper()
	b.Holds(fakenebula.KindAPIKey, ids...)
}

// recorded is what the state file holds of the key, the provider's private notes
// included.
func (b *bench) recorded() string {
	b.t.Helper()
	content, err := os.ReadFile(filepath.Join(b.Dir, "terraform.tfstate"))
	if err != nil {
		b.t.Fatal(err)
	}
	var state struct {
		Resources []struct {
			Instances []struct {
				Attributes json.RawMessage
				Private    string
			}
		}
	}
	if err := json.Unmarshal(content, &state); err != nil {
		b.t.Fatal(err)
	}
	return fmt.Sprintf("%s", state)
}

// config is a rotating key with these lines as its body.
func config(lines ...string) string {
	return "resource \"nebula_rotating_api_key\" \"this\" {\n  " + strings.Join(lines, "\n  ") + "\n}\n"
}

// settled checks that nothing is left to do.
func (b *bench) settled() {
	b.t.Helper()
	b.Plan().Expect(0, "No changes")
}

func (b *bench) ends() {
	b.t.Helper()
	b.Destroy().Expect(0)
	b.live()
}
