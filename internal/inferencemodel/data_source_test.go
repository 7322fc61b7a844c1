package inferencemodel_test

import (
	"fmt"
	"math/big"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

// listed tells the models in short: alias, context and price.
func listed(t *testing.T, o rehearsal.Object) string {
	t.Helper()
	var elements []tftypes.Value
	if err := o["models"].As(&elements); err != nil {
		t.Fatal(err)
	}
	var texts []string
	for _, element := range elements {
		var m map[string]tftypes.Value
		if err := element.As(&m); err != nil {
			t.Fatal(err)
		}
		var alias string
		var tokens, price *big.Float
		if m["alias"].As(&alias) != nil || m["context_length"].As(&tokens) != nil || m["price"].As(&price) != nil {
			t.Fatalf("%v", m)
		}
		texts = append(texts, fmt.Sprintf("%s %v %s", alias, tokens, price.Text('f', -1)))
	}
	return strings.Join(texts, "; ")
}

func TestModels(t *testing.T) {
	t.Parallel()
	const llama, sd, uae = "DeepSeek-R1-Distill-Llama-70B 32768 0", "SD-XL 1.0-base <nil> 0.009", "UAE-Large-V1 512 0.012"
	for name, test := range map[string]struct {
		args rehearsal.Args
		want string
	}{
		"all":               {nil, llama + "; " + sd + "; " + uae},
		"type without case": {rehearsal.Args{"type": "image"}, sd},
		"name":              {rehearsal.Args{"name_regex": "^WhereIsAI/"}, uae},
		"alias":             {rehearsal.Args{"name_regex": "^SD-XL"}, sd},
		"both":              {rehearsal.Args{"name_regex": "a", "type": "Text"}, llama},
		"none":              {rehearsal.Args{"type": "Video"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := acctest.NewStage(t, acctest.Options{})
			models, report := s.Data(t.Context(), rehearsal.DataSource{Address: "nebula_models" + ".this", Args: test.args})
			if got := listed(t, models); got != test.want {
				t.Errorf("%q, want %q\n%s", got, test.want, report)
			}
		})
	}
}

func TestModelsAreListedOnce(t *testing.T) {
	t.Parallel()
	s := acctest.NewStage(t, acctest.Options{})
	for _, of := range []string{"Text", "Image", "Embedding"} {
		s.DataSources = append(s.DataSources, rehearsal.DataSource{Address: "nebula_models." + of, Args: rehearsal.Args{"type": of}})
	}
	s.Plan().Expect(0)
	if n := s.API.Count(fakenebula.OpListModels); n != 1 {
		t.Errorf("%d lists, want 1", n)
	}
}
