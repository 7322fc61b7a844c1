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
)

// The whole life: made, found unchanged, imported, replaced, revoked. Every key
// costs one POST and one DELETE. TestEveryArgumentReplaces has the arguments one
// by one.
func TestAccLife(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, acctest.Options{LiveToo: true})
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
					secrets.AddStateValue(this, tfjsonpath.New("fingerprint")),
					tokens.AddStateValue(this, tfjsonpath.New("creation_token")),
				},
			},
			{
				Config:           config(named("minimal"), `description = ""`),
				ConfigPlanChecks: acctest.NothingToDo(),
				Check:            w.ExpectCalls(acctest.Calls{}),
			},
			{
				ResourceName:      this,
				ImportState:       true,
				ImportStateVerify: true,
				// The secret cannot be had.
				ImportStateVerifyIgnore: []string{"key", "fingerprint"},
			},
			replaces(identity, "renamed", `description = "text"`, `keepers = { round = "2" }`, `age_recipients = ["`+identity.Recipient().String()+`"]`),
			{
				// Time-outs are Terraform's affair, not the key's.
				Config: config(named("renamed"), `description = "text"`, `keepers = { round = "2" }`, `age_recipients = ["`+identity.Recipient().String()+`"]`,
					"timeouts {\n    create = \"90s\"\n  }"),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectResourceAction(this, plancheck.ResourceActionUpdate),
				}},
				Check: resource.ComposeTestCheckFunc(w.ExpectCalls(acctest.Calls{}), matchesAPI(w, this, identity)),
			},
		},
	})
	if err := w.ExpectCalls(acctest.Calls{fakenebula.OpDeleteKey: 1})(nil); err != nil {
		t.Error(err)
	}
}

// What a run costs, list requests included: there is no read-back after a
// create, and no list before a delete other than Terraform's refresh. That is
// so whatever the ids are.
func TestAccCalls(t *testing.T) {
	t.Parallel()
	for name, fake := range map[string]fakenebula.Options{
		"numbers":      {},
		"long numbers": {FirstID: 1<<53 + 1},
		"UUIDs":        {IDs: fakenebula.StringIDs},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.New(t, acctest.Options{Fake: fake})
			c := w.CLI(t)
			c.Write("main.tf", "resource \"nebula_api_key\" \"these\" {\n  count = 3\n  name  = \"key ${count.index}\"\n}\n")
			c.Apply().Expect(0, "3 added")
			expectOps(t, w, opCreate, opCreate, opCreate)
			c.Plan().Expect(0, "No changes.")
			expectOps(t, w, opList)
			c.Apply("-refresh=false").Expect(0, "0 added, 0 changed, 0 destroyed")
			expectOps(t, w)
			c.Destroy().Expect(0, "3 destroyed")
			expectOps(t, w, opList, opDelete, opDelete, opDelete)
			expectNames(t, w)
		})
	}
}

// Whatever changes about a key makes another one.
func TestEveryArgumentReplaces(t *testing.T) {
	t.Parallel()
	identity := newIdentity(t)
	c := acctest.NewStage(t, acctest.Options{})
	w := c.World
	ids := map[string]bool{}
	for _, lines := range []string{
		`name = "minimal"`,
		`name = "renamed"`,
		`name = "renamed"` + "\n" + `description = "text"`,
		`name = "renamed"` + "\n" + `description = "text"` + "\n" + `keepers = { round = "1" }`,
		`name = "renamed"` + "\n" + `description = "text"` + "\n" + `keepers = { round = "2" }`,
		`name = "renamed"` + "\n" + `keepers = { round = "2" }` + "\n" + `age_recipients = ["` + identity.Recipient().String() + `"]`,
		`name = "renamed"`,
	} {
		c.Write("main.tf", "resource \"nebula_api_key\" \"this\" {\n"+lines+"\n}\n")
		c.Apply().Expect(0, "1 added, 0 changed")
		have := attributes(c.State()[this])
		var opens age.Identity
		if strings.Contains(lines, "age_recipients") {
			opens = identity
		}
		if err := checkKey(w, have, opens); err != nil || ids[have["id"]] {
			t.Errorf("%s: key %s: %v", lines, have["id"], err)
		}
		ids[have["id"]] = true
		expectNames(t, w, have["name"])
		c.Plan().Expect(0, "No changes.")
	}
	c.Destroy().Expect(0)
	if err := w.ExpectCalls(acctest.Calls{opCreate: len(ids), opDelete: len(ids)})(nil); err != nil {
		t.Error(err)
	}
}

// Names need not be unique: every resource has a key of its own, and destroying
// one leaves the others.
func TestDuplicateNames(t *testing.T) {
	t.Parallel()
	c := acctest.NewStage(t, acctest.Options{})
	w := c.World
	foreign, _ := w.API.AddKey("same", "same")
	config := "resource \"nebula_api_key\" \"this\" {\n  name = \"same\"\n  description = \"same\"\n}\n"
	c.Write("main.tf", config+strings.Replace(config, "this", "other", 1))
	c.Apply().Expect(0, "2 added")
	expectNames(t, w, "same", "same", "same")
	one, other := attributes(c.State()[this]), attributes(c.State()["nebula_api_key.other"])
	for _, have := range []map[string]string{one, other} {
		if err := checkKey(w, have, nil); err != nil || one["id"] == other["id"] {
			t.Error(have["id"], err)
		}
	}
	c.Write("main.tf", config)
	c.Apply().Expect(0, "0 added, 0 changed, 1 destroyed")
	if err := checkKey(w, attributes(c.State()[this]), nil); err != nil || idOf(c, this) != one["id"] {
		t.Error(err)
	}
	c.Destroy().Expect(0)
	if _, err := liveKey(w, foreign); err != nil {
		t.Error(err)
	}
	expectNames(t, w, "same")
}

// The recipe for a plain key with a successor that is there before it goes:
// keepers with a value that is known only during apply, and
// create_before_destroy.
func TestAccKeepersAndCreateBeforeDestroy(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, acctest.Options{})
	config := func(round string) string {
		return `
resource "terraform_data" "schedule" {
  triggers_replace = "` + round + `"
}

resource "nebula_api_key" "this" {
  name    = "rotated"
  keepers = { schedule = terraform_data.schedule.id }
  lifecycle {
    create_before_destroy = true
  }
}

resource "terraform_data" "consumer" {
  input = nebula_api_key.this.key
}
`
	}
	secrets := statecheck.CompareValue(compare.ValuesDiffer())
	var oldSecret string
	w.Test(resource.TestCase{
		CheckDestroy: w.NothingLeft,
		Steps: []resource.TestStep{
			{
				Config:            config("1"),
				Check:             resource.ComposeTestCheckFunc(w.ExpectCalls(acctest.Calls{fakenebula.OpCreateKey: 1}), matchesAPI(w, this, nil)),
				ConfigStateChecks: []statecheck.StateCheck{secrets.AddStateValue("terraform_data.consumer", tfjsonpath.New("output"))},
			},
			{
				PreConfig: func() { oldSecret = w.API.Secret("2") },
				Config:    config("2"),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectUnknownValue(this, tfjsonpath.New("keepers").AtMapKey("schedule")),
					plancheck.ExpectResourceAction(this, plancheck.ResourceActionCreateBeforeDestroy),
					plancheck.ExpectResourceAction("terraform_data.consumer", plancheck.ResourceActionUpdate),
				}},
				Check: resource.ComposeTestCheckFunc(
					createdFirst(w),
					w.ExpectCalls(acctest.Calls{fakenebula.OpCreateKey: 1, fakenebula.OpDeleteKey: 1}), w.ExpectLive(fakenebula.KindAPIKey, "rotated"), matchesAPI(w, this, nil)),
				ConfigStateChecks: []statecheck.StateCheck{secrets.AddStateValue("terraform_data.consumer", tfjsonpath.New("output"))},
			},
			{Config: config("2"), ConfigPlanChecks: acctest.NothingToDo()},
		},
	})
	if oldSecret == "" || w.API.Valid(oldSecret) {
		t.Error("the predecessor's secret is still valid")
	}
}
