package apikey_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/nebulablock/terraform-provider-nebula/examples"
	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
)

func revokeBlock(lines ...string) string {
	return "action \"nebula_api_key_revoke\" \"leaked\" {\n  config {\n    " + strings.Join(lines, "\n    ") + "\n  }\n}\n"
}

const invoke = "-invoke=action.nebula_api_key_revoke.leaked"

// Through -invoke: what people see, what the API sees, what becomes of the key.
func TestAccRevoke(t *testing.T) {
	t.Parallel()
	broken := fakenebula.Fault{Operation: fakenebula.OpListKeys, Answer: fakenebula.HTML(502), Times: -1}
	for name, test := range map[string]struct {
		arguments []string
		faults    []fakenebula.Fault
		code      int
		want      []string
		ops       []fakenebula.Operation
		left      []string
	}{
		"by id": {
			arguments: []string{`id = "2"`},
			want:      []string{"Looking for key 2.", `Revoking key 2, named "leaked".`, "Key 2 is revoked."},
			ops:       []fakenebula.Operation{opList, opDelete},
			left:      []string{"other"},
		},
		"by id and name": {
			arguments: []string{`id = "2"`, `name = "leaked"`},
			want:      []string{"Key 2 is revoked."},
			ops:       []fakenebula.Operation{opList, opDelete},
			left:      []string{"other"},
		},
		"another name": {
			arguments: []string{`id = "2"`, `name = "other"`},
			code:      1,
			want:      []string{"Unable to revoke API key", `Key 2 is named "leaked", and "other" was expected.`, "The key was not revoked."},
			ops:       []fakenebula.Operation{opList},
			left:      []string{"leaked", "other"},
		},
		"already gone": {
			arguments: []string{`id = "77"`, `name = "leaked"`},
			want:      []string{"There is no key 77: it is revoked already, or never existed.", "Warning: API key not found"},
			ops:       []fakenebula.Operation{opList, opList},
			left:      []string{"leaked", "other"},
		},
		"refused": {
			arguments: []string{`id = "2"`},
			faults:    []fakenebula.Fault{{Operation: fakenebula.OpDeleteKey, Answer: fakenebula.Failed(403, "belongs to another team"), Times: -1}},
			code:      1,
			want:      []string{"Unable to revoke API key", "belongs to another team", "Key 2 may still be valid."},
			ops:       []fakenebula.Operation{opList, opDelete},
			left:      []string{"leaked", "other"},
		},
		"answer lost": {
			arguments: []string{`id = "2"`},
			faults:    []fakenebula.Fault{{Operation: fakenebula.OpDeleteKey, Answer: fakenebula.HTML(504), Commit: true}},
			want:      []string{"Key 2 is not in the list any more.", "Warning: API key not confirmed to be deleted"},
			ops:       []fakenebula.Operation{opList, opDelete, opList, opList},
			left:      []string{"other"},
		},
		"list broken": {
			arguments: []string{`id = "2"`},
			faults:    []fakenebula.Fault{broken},
			want:      []string{"The keys cannot be listed. Revoking key 2 anyway.", "Key 2 is revoked."},
			ops:       []fakenebula.Operation{opList, opDelete},
			left:      []string{"other"},
		},
		"list broken, with a name": {
			arguments: []string{`id = "2"`, `name = "leaked"`},
			faults:    []fakenebula.Fault{broken},
			code:      1,
			want:      []string{"The key was not revoked, because its name could not be checked."},
			ops:       []fakenebula.Operation{opList},
			left:      []string{"leaked", "other"},
		},
		"no id": {
			arguments: []string{`id = "../2"`},
			code:      1,
			want:      []string{"Invalid id"},
			left:      []string{"leaked", "other"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.New(t, acctest.Options{Fake: of2024(), Environment: map[string]string{"NEBULA_MAX_RETRIES": "0"}})
			w.API.AddKey("leaked", "")
			w.API.AddKey("other", "")
			cli := w.CLI(t)
			cli.Requires(acctest.NeedsActions())
			w.API.Inject(test.faults...)
			cli.Write("main.tf", revokeBlock(test.arguments...))
			cli.Run("apply", "-no-color", "-input=false", "-auto-approve", invoke).Expect(test.code, test.want...)
			expectOps(t, w, test.ops...)
			expectNames(t, w, test.left...)
		})
	}
}

// The only key of an account is the one that the provider uses.
func TestAccRevokeOnlyKey(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, acctest.Options{Fake: fakenebula.Options{Users: map[string]string{"me": "secret-password"}}})
	cli := w.CLI(t)
	cli.Requires(acctest.NeedsActions())
	cli.Write("main.tf", revokeBlock(`id = "1"`))
	cli.Run("apply", "-no-color", "-input=false", "-auto-approve", invoke).
		Expect(1, "Key 1 is the key that the provider itself authenticates with.", "The key was not revoked.")
	expectOps(t, w, opList)
	// Somebody with another credential may.
	cli.Write("provider.tf", acctest.ProviderBlock(`username = "me"`, `password = "secret-password"`))
	cli.Run("apply", "-no-color", "-input=false", "-auto-approve", invoke).Expect(0, "Key 1 is revoked.")
	if len(w.API.Keys()) != 0 {
		t.Error("the key is still there")
	}
}

// An action block alone does nothing, and a plan of its invocation calls
// nothing.
func TestAccRevokePlan(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, acctest.Options{})
	w.API.AddKey("leaked", "")
	cli := w.CLI(t)
	cli.Requires(acctest.NeedsActions())
	cli.Write("main.tf", revokeBlock(`id = "2"`))
	cli.Apply().Expect(0)
	cli.Run("plan", "-no-color", "-input=false", invoke).Expect(0)
	w.ExpectSilence()
}

// Through a trigger of another resource.
func TestAccRevokeTriggered(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, acctest.Options{})
	w.API.AddKey("leaked", "")
	config := "resource \"terraform_data\" \"incident\" {\n  lifecycle {\n    action_trigger {\n      events  = [after_create]\n" +
		"      actions = [action.nebula_api_key_revoke.leaked]\n    }\n  }\n}\n" + revokeBlock(`id = "2"`, `name = "leaked"`)
	w.Test(resource.TestCase{
		TerraformVersionChecks: []tfversion.TerraformVersionCheck{acctest.NeedsActions()},
		Steps: []resource.TestStep{
			{Config: config, Check: w.ExpectCalls(acctest.Calls{fakenebula.OpDeleteKey: 1})},
			{Config: config, ConfigPlanChecks: acctest.NothingToDo(), Check: w.ExpectCalls(acctest.Calls{})},
		},
	})
	expectNames(t, w)
}

// The documentation's example.
func TestAccRevokeExample(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, acctest.Options{Fake: fakenebula.Options{FirstID: 4}})
	w.API.AddKey("ci", "")
	cli := w.CLI(t)
	cli.Requires(acctest.NeedsActions())
	cli.Write("main.tf", examples.Text("actions/nebula_api_key_revoke/action.tf"))
	cli.Apply().Expect(0)
	expectNames(t, w, "ci")
	cli.Run("apply", "-no-color", "-input=false", "-auto-approve", invoke).Expect(0, "Key 5 is revoked.")
	expectNames(t, w)
}
