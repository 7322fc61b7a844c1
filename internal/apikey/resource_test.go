package apikey_test

import (
	"strings"
	"testing"

	"filippo.io/age"
	"github.com/hashicorp/terraform-plugin-testing/compare"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

// The whole life on a command line: made, found unchanged, imported, replaced,
// sealed, revoked. Every key costs one POST and one DELETE.
func TestAccLife(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, acctest.Options{LiveToo: true, Fake: of2024()})
	identity := newIdentity(t)
	config := func(lines ...string) string {
		return "resource \"nebula_api_key\" \"this\" {\n  " + strings.Join(lines, "\n  ") + "\n}\n"
	}
	named := func(name string) string { return `name = "` + w.Name(name) + `"` }
	secrets := statecheck.CompareValue(compare.ValuesDiffer())
	tokens := statecheck.CompareValue(compare.ValuesDiffer())
	replaces := func(identity age.Identity, name string, lines ...string) resource.TestStep {
		return resource.TestStep{
			Config: config(append([]string{named(name)}, lines...)...),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(this, plancheck.ResourceActionDestroyBeforeCreate),
				plancheck.ExpectUnknownValue(this, tfjsonpath.New("id")),
				plancheck.ExpectUnknownValue(this, tfjsonpath.New("key")),
			}},
			Check: resource.ComposeTestCheckFunc(
				w.ExpectCalls(acctest.Calls{fakenebula.OpCreateKey: 1, fakenebula.OpDeleteKey: 1}),
				w.ExpectLive(fakenebula.KindAPIKey, w.Name(name)),
				matchesAPI(w, this, identity),
			),
			ConfigStateChecks: []statecheck.StateCheck{
				secrets.AddStateValue(this, tfjsonpath.New("fingerprint")),
				tokens.AddStateValue(this, tfjsonpath.New("creation_token")),
			},
		}
	}
	w.Test(resource.TestCase{
		CheckDestroy: w.NothingLeft,
		Steps: []resource.TestStep{
			{
				Config: config(named("minimal")),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectResourceAction(this, plancheck.ResourceActionCreate),
					plancheck.ExpectKnownValue(this, tfjsonpath.New("description"), knownvalue.StringExact("")),
					plancheck.ExpectSensitiveValue(this, tfjsonpath.New("key")),
				}},
				Check: resource.ComposeTestCheckFunc(
					w.ExpectCalls(acctest.Calls{fakenebula.OpCreateKey: 1}),
					w.ExpectLive(fakenebula.KindAPIKey, w.Name("minimal")),
					matchesAPI(w, this, nil),
				),
				ConfigStateChecks: []statecheck.StateCheck{
					statecheck.ExpectSensitiveValue(this, tfjsonpath.New("key")),
					statecheck.ExpectKnownValue(this, tfjsonpath.New("encrypted_key"), knownvalue.Null()),
					statecheck.ExpectKnownValue(this, tfjsonpath.New("keepers"), knownvalue.Null()),
					statecheck.ExpectKnownValue(this, tfjsonpath.New("team_id"), knownvalue.Null()),
					secrets.AddStateValue(this, tfjsonpath.New("fingerprint")),
					tokens.AddStateValue(this, tfjsonpath.New("creation_token")),
				},
			},
			{
				ResourceName:      this,
				ImportState:       true,
				ImportStateVerify: true,
				// The secret cannot be had.
				ImportStateVerifyIgnore: []string{"key", "fingerprint"},
			},
			replaces(identity, "renamed", `description = "text"`, `keepers = { round = "1" }`, `age_recipients = ["`+identity.Recipient().String()+`"]`),
		},
	})
	if err := w.ExpectCalls(acctest.Calls{fakenebula.OpDeleteKey: 1})(nil); err != nil {
		t.Error(err)
	}
}

// The life of a key on an API that answers as the vendor's tests of 2025 expect.
func TestAccLifeOf2025(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, acctest.Options{Fake: of2025()})
	// Everybody's keys are whole in the list.
	_, foreign := w.API.AddKey("a colleague's", "")
	c := w.CLI(t)
	config := func(description string) string {
		return "resource \"nebula_api_key\" \"this\" {\n  name = \"one\"\n  description = \"" + description + "\"\n  team_id = \"7\"\n}\n" +
			"data \"nebula_api_keys\" \"all\" {\n  depends_on = [nebula_api_key.this]\n}\n"
	}
	var printed strings.Builder
	note := func(r acctest.Result) { printed.WriteString(r.Stdout + r.Stderr) }
	c.Write("main.tf", config("text"))
	note(c.Apply().Expect(0, "1 added"))
	if err := w.ExpectCalls(acctest.Calls{opCreate: 1})(nil); err != nil {
		t.Error(err)
	}
	if err := checkKey(w, attributes(c.State()[this]), nil); err != nil {
		t.Error(err)
	}
	note(c.Plan().Expect(0, "No changes."))
	first := w.API.Secret(idOf(c, this))
	c.Write("main.tf", config("other"))
	note(c.Apply().Expect(0, "1 added, 0 changed, 1 destroyed"))
	if err := w.ExpectCalls(acctest.Calls{opCreate: 1, opDelete: 1})(nil); err != nil || w.API.Valid(first) {
		t.Errorf("the first key is valid: %t, %v", w.API.Valid(first), err)
	}
	note(c.Plan().Expect(0, "No changes."))
	id := idOf(c, this)
	c.Run("state", "rm", this).Expect(0)
	note(c.Run("import", "-no-color", this, id).Expect(0, "Import successful!"))
	note(c.Plan().Expect(2, "0 to add, 1 to change, 0 to destroy")) // the description is not shown
	note(c.Apply().Expect(0))
	note(c.Plan().Expect(0, "No changes."))
	note(c.Destroy().Expect(0, "1 destroyed"))
	expectNames(t, w, "a colleague's")
	if leak := acctest.Leak(printed.String(), append(w.API.Secrets(), foreign)...); leak != "" {
		t.Error(leak)
	}
}

// Names need not be unique: every resource has a key of its own, and destroying
// one leaves the others.
func TestDuplicateNames(t *testing.T) {
	t.Parallel()
	s := acctest.NewStage(t, acctest.Options{}).With(keyBlock("this", one()), keyBlock("other", one()))
	foreign, _ := s.API.AddKey("one", "text")
	s.Apply().Succeeds()
	s.Changed(acctest.Calls{opCreate: 2})
	id := stored(s)["id"]
	if id == s.Workspace.State("nebula_api_key.other").Object.Text("id") || id == foreign {
		t.Error("two have one key")
	}
	s.Resources = s.Resources[:1]
	s.Apply().Succeeds()
	s.Changed(acctest.Calls{opDelete: 1})
	expectWhole(t, s, "one")
	if _, err := liveKey(s.World, foreign); err != nil || stored(s)["id"] != id {
		t.Error(err)
	}
}

// The recipe for a plain key with a successor that is there before it goes:
// keepers with a value that is known only during apply, and
// create_before_destroy.
func TestKeepersAndCreateBeforeDestroy(t *testing.T) {
	t.Parallel()
	s := settled(t, one(rehearsal.Args{"keepers": map[string]string{"round": "1"}}))
	old := stored(s)
	block := rehearsal.Resource{Address: this, CreateBeforeDestroy: true, Config: func(k rehearsal.Known) rehearsal.Args {
		round := any("2")
		if !k.Applying {
			round = rehearsal.Unknown
		}
		return one(rehearsal.Args{"keepers": map[string]any{"round": round}})
	}}
	s.Resources = []rehearsal.Resource{block}
	s.Plan().Succeeds().Does(map[string]rehearsal.Action{this: rehearsal.Replace})
	s.API.ResetJournal()
	s.Apply().Succeeds()
	deleted := false
	for _, r := range s.API.Journal() {
		if r.Operation == opCreate && deleted {
			t.Error("a key was deleted before the other was made")
		}
		deleted = deleted || r.Operation == opDelete
	}
	s.Changed(acctest.Calls{opCreate: 1, opDelete: 1})
	expectWhole(t, s)
	if s.API.Valid(old["key"]) {
		t.Error("the predecessor's secret is still valid")
	}
	configure(s, one(rehearsal.Args{"keepers": map[string]string{"round": "2"}}))
	s.Plan().Succeeds().DoesNothing()
}

// Time-outs are Terraform's affair, not the key's: another one calls nothing.
func TestTimeoutsChangeInPlace(t *testing.T) {
	t.Parallel()
	s := settled(t, one())
	configure(s, one(rehearsal.Args{"timeouts": rehearsal.Args{"create": "90s"}}))
	s.Apply().Succeeds().Does(map[string]rehearsal.Action{this: rehearsal.Update})
	s.Changed(acctest.Calls{})
}
