package rotatingapikey_test

import (
	"context"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
)

const address = "nebula_rotating_api_key.this"

// config is a rotating key with these lines as its body.
func config(lines ...string) string {
	return "resource \"nebula_rotating_api_key\" \"this\" {\n  " + strings.Join(lines, "\n  ") + "\n}\n"
}

// generation is the name of the key that was made so long after the start.
func generation(name string, after time.Duration) string {
	return name + "-" + acctest.Start().Add(after).Format("20060102T150405Z")
}

// planCheck is a plan check made of a function.
type planCheck func(plancheck.CheckPlanRequest) error

func (c planCheck) CheckPlan(_ context.Context, req plancheck.CheckPlanRequest, resp *plancheck.CheckPlanResponse) {
	resp.Error = c(req)
}

// expectChanges checks that a plan does this to the rotating key, and that it
// changes exactly these attributes.
func expectChanges(action plancheck.ResourceActionType, attributes ...string) resource.ConfigPlanChecks {
	exactly := planCheck(func(req plancheck.CheckPlanRequest) error {
		for _, change := range req.Plan.ResourceChanges {
			if change.Address != address {
				continue
			}
			before, _ := change.Change.Before.(map[string]any)
			after, _ := change.Change.After.(map[string]any)
			unknown, _ := change.Change.AfterUnknown.(map[string]any)
			var got []string
			for name := range before {
				if unknown[name] == true || !reflect.DeepEqual(before[name], after[name]) {
					got = append(got, name)
				}
			}
			slices.Sort(got)
			slices.Sort(attributes)
			if !slices.Equal(got, attributes) {
				return fmt.Errorf("the plan changes\n%q, want\n%q", got, attributes)
			}
			return nil
		}
		return fmt.Errorf("%s is not in the plan", address)
	})
	return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(address, action), exactly}}
}

// renewed are the attributes that a rotation renews.
func renewed(more ...string) []string {
	return append([]string{"id", "key", "fingerprint", "creation_token", "key_name", "created_at", "rotate_at"}, more...)
}

var previous = []string{"previous_id", "previous_key", "previous_fingerprint", "previous_retire_at"}

func willBeUnknown(attributes ...string) []plancheck.PlanCheck {
	checks := make([]plancheck.PlanCheck, len(attributes))
	for i, name := range attributes {
		checks[i] = plancheck.ExpectUnknownValue(address, tfjsonpath.New(name))
	}
	return checks
}

func willBe(name, value string) plancheck.PlanCheck {
	return plancheck.ExpectKnownValue(address, tfjsonpath.New(name), knownvalue.StringExact(value))
}

func stored(name, value string) statecheck.StateCheck {
	return statecheck.ExpectKnownValue(address, tfjsonpath.New(name), knownvalue.StringExact(value))
}

func storedNull(names ...string) []statecheck.StateCheck {
	checks := make([]statecheck.StateCheck, len(names))
	for i, name := range names {
		checks[i] = statecheck.ExpectKnownValue(address, tfjsonpath.New(name), knownvalue.Null())
	}
	return checks
}

// consumer uses the key that it last found in state, all the time: whenever the
// provider calls the API, the consumer's key must still be good.
type consumer struct {
	w *acctest.World

	mu      sync.Mutex
	secret  string
	refused []string
}

func newConsumer(t *testing.T, w *acctest.World) *consumer {
	t.Helper()
	c := &consumer{w: w}
	use := func(r fakenebula.Request) {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.secret != "" && !w.API.Valid(c.secret) {
			c.refused = append(c.refused, fmt.Sprintf("at %s %s", r.Method, r.Path))
		}
	}
	w.API.OnRequest(use)
	w.API.OnResponse(use)
	t.Cleanup(func() {
		if len(c.refused) > 0 {
			t.Errorf("the consumer was refused %q", c.refused)
		}
	})
	return c
}

// takes is a check that the key in state works; the consumer uses it from now
// on.
func (c *consumer) takes(s *terraform.State) error {
	key := s.RootModule().Resources[address].Primary.Attributes["key"]
	if !c.w.API.Valid(key) {
		return fmt.Errorf("the key in state does not work")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.secret = key
	return nil
}

// leaves is a check after which the consumer needs no key any more.
func (c *consumer) leaves(*terraform.State) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.secret = ""
	return nil
}

// checks in their order.
func checks(all ...resource.TestCheckFunc) resource.TestCheckFunc {
	return resource.ComposeTestCheckFunc(all...)
}

const month = 720 * time.Hour

func TestThreeRotations(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, acctest.Options{})
	c := newConsumer(t, w)
	body := config(`name = "ci"`, `description = "for CI"`, `rotate_after = "720h"`, `overlap = "24h"`)
	steps := []resource.TestStep{{
		Config: body,
		ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: append(
			willBeUnknown("id", "key", "fingerprint", "creation_token", "key_name", "created_at", "rotate_at"),
			plancheck.ExpectResourceAction(address, plancheck.ResourceActionCreate))},
		Check: checks(w.ExpectCalls(acctest.Calls{fakenebula.OpCreateKey: 1}), w.ExpectLive(fakenebula.KindAPIKey, generation("ci", 0)), c.takes),
		ConfigStateChecks: append(storedNull("encrypted_key", "previous_id", "previous_key", "previous_fingerprint", "previous_retire_at", "leftover_ids", "unresolved_creation_tokens"),
			stored("id", "2"), stored("key_name", "ci-20261123T015600Z"), stored("created_at", "2026-11-23T01:56:00Z"), stored("rotate_at", "2026-12-23T01:56:00Z")),
	}, {
		// A day before it is due.
		PreConfig:        func() { w.Clock.Advance(month - 24*time.Hour) },
		Config:           body,
		ConfigPlanChecks: acctest.NothingToDo(),
		Check:            checks(w.ExpectCalls(acctest.Calls{}), c.takes),
	}}
	age := month - 24*time.Hour
	for i := range 3 {
		born := age + 24*time.Hour
		id, next := fmt.Sprint(2+i), fmt.Sprint(3+i)
		old := born - month
		rotate := expectChanges(plancheck.ResourceActionUpdate, renewed(previous...)...)
		rotate.PreApply = append(rotate.PreApply, willBeUnknown("id", "key", "fingerprint", "creation_token", "key_name", "created_at", "rotate_at", "previous_retire_at")...)
		rotate.PreApply = append(rotate.PreApply, willBe("previous_id", id))
		retire := expectChanges(plancheck.ResourceActionUpdate, previous...)
		retire.PreApply = append(retire.PreApply, willBe("id", next))
		wait := 24 * time.Hour
		if i > 0 {
			wait = month - 24*time.Hour
		}
		steps = append(steps, resource.TestStep{
			PreConfig:        func() { w.Clock.Advance(wait) },
			Config:           body,
			ConfigPlanChecks: rotate,
			Check: checks(w.ExpectCalls(acctest.Calls{fakenebula.OpCreateKey: 1}), w.ExpectLive(fakenebula.KindAPIKey, generation("ci", old), generation("ci", born)), c.takes,
				func(s *terraform.State) error {
					if !w.API.Valid(s.RootModule().Resources[address].Primary.Attributes["previous_key"]) {
						return fmt.Errorf("the previous key does not work during the overlap")
					}
					return nil
				}),
			ConfigStateChecks: append(storedNull("leftover_ids", "unresolved_creation_tokens"), stored("id", next), stored("previous_id", id), stored("key_name", generation("ci", born)),
				stored("previous_retire_at", acctest.Start().Add(born+24*time.Hour).Format(time.RFC3339)),
				stored("rotate_at", acctest.Start().Add(born+month).Format(time.RFC3339))),
		}, resource.TestStep{
			PreConfig:        func() { w.Clock.Advance(24*time.Hour - time.Minute) },
			Config:           body,
			ConfigPlanChecks: acctest.NothingToDo(),
			Check:            checks(w.ExpectCalls(acctest.Calls{}), c.takes),
		}, resource.TestStep{
			PreConfig:         func() { w.Clock.Advance(time.Minute) },
			Config:            body,
			ConfigPlanChecks:  retire,
			Check:             checks(w.ExpectCalls(acctest.Calls{fakenebula.OpDeleteKey: 1}), w.ExpectLive(fakenebula.KindAPIKey, generation("ci", born)), c.takes),
			ConfigStateChecks: storedNull("previous_id", "previous_key", "previous_fingerprint", "previous_retire_at", "leftover_ids"),
		})
		age += month
	}
	steps[len(steps)-1].Check = checks(steps[len(steps)-1].Check, c.leaves)
	w.Test(resource.TestCase{Steps: steps, CheckDestroy: w.NothingLeft})
	if err := w.ExpectCalls(acctest.Calls{fakenebula.OpDeleteKey: 1})(nil); err != nil {
		t.Error(err)
	}
}

// What a change of each argument does to a key with a previous one.
func TestChanges(t *testing.T) {
	t.Parallel()
	base := []string{`name = "ci"`, `rotate_after = "720h"`}
	with := func(more ...string) string { return config(append(slices.Clone(base), more...)...) }
	for name, test := range map[string]struct {
		before, after string
		changes       []string
		newName       string // of the new generation; empty without a rotation
	}{
		"keepers":         {with(`keepers = { v = 1 }`), with(`keepers = { v = 2 }`), renewed(append(previous, "keepers")...), "ci"},
		"first keepers":   {with(), with(`keepers = { v = 2 }`), renewed(append(previous, "keepers")...), "ci"},
		"description":     {with(), with(`description = "for CI"`), renewed(append(previous, "description")...), "ci"},
		"name":            {with(), config(`name = "cd"`, `rotate_after = "720h"`), renewed(append(previous, "name")...), "cd"},
		"recipients":      {with(), with(`age_recipients = ["` + recipient + `"]`), renewed("encrypted_key", "age_recipients", "previous_id", "previous_fingerprint", "previous_retire_at"), "ci"},
		"rotate_after":    {with(), config(`name = "ci"`, `rotate_after = "48h"`), []string{"rotate_after", "rotate_at"}, ""},
		"no rotate_after": {with(), config(`name = "ci"`), []string{"rotate_after", "rotate_at"}, ""},
		"overlap":         {with(), with(`overlap = "1h"`), []string{"overlap"}, ""},
		"same overlap":    {with(), with(`overlap = "1440m"`), []string{"overlap"}, ""},
		"timeouts":        {with(), with("timeouts {\n    update = \"1m\"\n  }"), []string{"timeouts"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.New(t, acctest.Options{})
			c := newConsumer(t, w)
			keys, calls, take := []string{generation("ci", 0)}, acctest.Calls{}, c.takes
			if test.newName != "" {
				keys, calls = append(keys, generation(test.newName, time.Hour)), acctest.Calls{fakenebula.OpCreateKey: 1}
			}
			if name == "recipients" {
				take = func(*terraform.State) error { return nil }
			}
			w.Test(resource.TestCase{CheckDestroy: w.NothingLeft, Steps: []resource.TestStep{
				{Config: test.before, Check: checks(w.ExpectCalls(acctest.Calls{fakenebula.OpCreateKey: 1}), c.takes)},
				{
					PreConfig:        func() { w.Clock.Advance(time.Hour) },
					Config:           test.after,
					ConfigPlanChecks: expectChanges(plancheck.ResourceActionUpdate, test.changes...),
					Check:            checks(w.ExpectCalls(calls), w.ExpectLive(fakenebula.KindAPIKey, keys...), take, c.leaves),
				},
			}})
			if err := w.ExpectCalls(acctest.Calls{fakenebula.OpDeleteKey: len(keys)})(nil); err != nil {
				t.Error(err)
			}
		})
	}
}

// With an overlap of 0s the old key goes in the same apply, after the new one
// has been tried.
func TestNoOverlap(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, acctest.Options{})
	body := func(v string) string { return config(`name = "ci"`, `overlap = "0s"`, `keepers = { v = "`+v+`" }`) }
	w.Test(resource.TestCase{CheckDestroy: w.NothingLeft, Steps: []resource.TestStep{
		{Config: body("1"), Check: w.ExpectCalls(acctest.Calls{fakenebula.OpCreateKey: 1})},
		{
			PreConfig:        func() { w.Clock.Advance(time.Hour) },
			Config:           body("2"),
			ConfigPlanChecks: expectChanges(plancheck.ResourceActionUpdate, slices.DeleteFunc(renewed("keepers"), func(s string) bool { return s == "rotate_at" })...),
			Check: checks(func(*terraform.State) error {
				var order []string
				for _, r := range w.API.Journal() {
					if r.Operation != fakenebula.OpListKeys || r.CredentialID != "1" {
						order = append(order, strings.TrimSpace(string(r.Operation)+" "+r.ObjectID+" by "+r.CredentialID))
					}
				}
				if want := []string{"create key 3 by 1", "list keys  by 3", "delete key 2 by 1"}; !slices.Equal(order, want) {
					return fmt.Errorf("the order of the calls is %q, want %q", order, want)
				}
				return nil
			}, w.ExpectCalls(acctest.Calls{fakenebula.OpCreateKey: 1, fakenebula.OpDeleteKey: 1}), w.ExpectLive(fakenebula.KindAPIKey, generation("ci", time.Hour))),
			ConfigStateChecks: storedNull(append(previous, "leftover_ids")...),
		},
	}})
}

// A rotation while a previous key lives deletes that one in the same apply.
func TestRotationEvicts(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, acctest.Options{})
	c := newConsumer(t, w)
	body := func(v string) string { return config(`name = "ci"`, `keepers = { v = "`+v+`" }`) }
	evict := expectChanges(plancheck.ResourceActionUpdate, slices.DeleteFunc(renewed(append(previous, "keepers")...), func(s string) bool { return s == "rotate_at" })...)
	evict.PreApply = append(evict.PreApply, willBe("previous_id", "3"))
	hour := func() { w.Clock.Advance(time.Hour) }
	w.Test(resource.TestCase{CheckDestroy: w.NothingLeft, Steps: []resource.TestStep{
		{Config: body("1"), Check: checks(w.ExpectCalls(acctest.Calls{fakenebula.OpCreateKey: 1}), c.takes)},
		{PreConfig: hour, Config: body("2"), Check: checks(w.ExpectCalls(acctest.Calls{fakenebula.OpCreateKey: 1}), c.takes)},
		{
			PreConfig: hour, Config: body("3"), ConfigPlanChecks: evict,
			Check: checks(w.ExpectCalls(acctest.Calls{fakenebula.OpCreateKey: 1, fakenebula.OpDeleteKey: 1}),
				w.ExpectLive(fakenebula.KindAPIKey, generation("ci", time.Hour), generation("ci", 2*time.Hour)), c.takes, c.leaves),
			ConfigStateChecks: append(storedNull("leftover_ids"), stored("id", "4"), stored("previous_id", "3")),
		},
	}})
}

// twoLists is how long a key that is gone is looked for.
const twoLists = 2 * time.Second

// Somebody else deletes keys, or writes on them.
func TestDrift(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, acctest.Options{})
	body := config(`name = "ci"`, `rotate_after = "720h"`)
	deletes := func(ids ...string) func() {
		return func() {
			w.Clock.Advance(time.Hour)
			for _, id := range ids {
				if !w.API.DeleteKey(id) {
					t.Errorf("there is no key %s", id)
				}
			}
		}
	}
	w.Test(resource.TestCase{CheckDestroy: w.NothingLeft, Steps: []resource.TestStep{
		{Config: body, Check: w.ExpectCalls(acctest.Calls{fakenebula.OpCreateKey: 1})},
		{
			// The current key: another is made, and nothing becomes the
			// previous one.
			PreConfig: deletes("2"), Config: body,
			ConfigPlanChecks:  resource.ConfigPlanChecks{PreApply: append(willBeUnknown("id", "key"), plancheck.ExpectResourceAction(address, plancheck.ResourceActionUpdate))},
			Check:             checks(w.ExpectCalls(acctest.Calls{fakenebula.OpCreateKey: 1}), w.ExpectLive(fakenebula.KindAPIKey, generation("ci", time.Hour+twoLists))),
			ConfigStateChecks: append(storedNull(previous...), stored("id", "3")),
		},
		{
			// The description: a rotation puts it right.
			PreConfig: func() { w.Clock.Advance(time.Hour); w.API.SetDescription("3", "scribbled over") }, Config: body,
			ConfigPlanChecks: expectChanges(plancheck.ResourceActionUpdate, renewed(append(previous, "description")...)...),
			Check:            w.ExpectCalls(acctest.Calls{fakenebula.OpCreateKey: 1}),
		},
		{
			// The previous key: forgotten without a word.
			PreConfig: deletes("3"), Config: body, ConfigPlanChecks: acctest.NothingToDo(),
			Check:             w.ExpectCalls(acctest.Calls{}),
			ConfigStateChecks: append(storedNull(previous...), stored("id", "4")),
		},
		{
			// The name: it is shown, and does no harm.
			PreConfig: func() { w.API.SetName("4", "renamed") }, Config: body, ConfigPlanChecks: acctest.NothingToDo(),
			ConfigStateChecks: []statecheck.StateCheck{stored("key_name", "renamed"), stored("name", "ci")},
		},
		{
			// Both keys at once.
			PreConfig: func() { w.Clock.Advance(month) }, Config: body, Check: w.ExpectCalls(acctest.Calls{fakenebula.OpCreateKey: 1}),
		},
		{
			PreConfig: deletes("4", "5"), Config: body, Check: w.ExpectCalls(acctest.Calls{fakenebula.OpCreateKey: 1}),
			ConfigStateChecks: append(storedNull(previous...), stored("id", "6")),
		},
	}})
}

// sourced is a configuration for a test that begins with an import: nothing has
// told Terraform yet where the provider comes from.
func sourced(body string) string {
	return "terraform {\n  required_providers {\n    nebula = {\n      source = \"nebulablock/nebula\"\n    }\n  }\n}\n" + body
}

func TestImport(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		keyName, description, config string
		created, wantName            string
		changes                      []string
	}{
		"foreign": {keyName: "ci", config: config(`name = "ci"`), created: "2026-11-23T01:56:00Z", wantName: "ci"},
		"generation with a marker": {keyName: "ci-20261101T120000Z", description: "for CI [tf:20261101T120000Z-abcdefghijklmnop]",
			config: config(`name = "ci"`, `description = "for CI"`), created: "2026-11-01T12:00:00Z", wantName: "ci"},
		"with a period": {keyName: "ci", config: config(`name = "ci"`, `rotate_after = "720h"`), created: "2026-11-23T01:56:00Z", wantName: "ci",
			changes: []string{"rotate_after", "rotate_at"}},
		"with keepers and recipients": {keyName: "ci", config: config(`name = "ci"`, `keepers = { v = 1 }`, `age_recipients = ["`+recipient+`"]`, `overlap = "1h"`),
			created: "2026-11-23T01:56:00Z", wantName: "ci", changes: []string{"keepers", "age_recipients", "overlap"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.New(t, acctest.Options{})
			id, _ := w.API.AddKey(test.keyName, test.description)
			plan := acctest.NothingToDo()
			if test.changes != nil {
				plan = expectChanges(plancheck.ResourceActionUpdate, test.changes...)
			}
			w.Test(resource.TestCase{CheckDestroy: w.NothingLeft, Steps: []resource.TestStep{
				{Config: sourced(test.config), ResourceName: address, ImportState: true, ImportStateId: id, ImportStatePersist: true},
				{
					Config: sourced(test.config), ConfigPlanChecks: plan,
					Check: checks(w.ExpectCalls(acctest.Calls{}), w.ExpectLive(fakenebula.KindAPIKey, test.keyName)),
					ConfigStateChecks: append(storedNull("key", "encrypted_key", "fingerprint", "previous_id"), stored("id", id), stored("name", test.wantName),
						stored("key_name", test.keyName), stored("created_at", test.created)),
				},
			}})
			if err := w.ExpectCalls(acctest.Calls{fakenebula.OpDeleteKey: 1})(nil); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestImportRefusesWhatIsNoID(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, acctest.Options{})
	body := sourced(config(`name = "ci"`))
	w.Test(resource.TestCase{Steps: []resource.TestStep{
		{Config: body, ResourceName: address, ImportState: true, ImportStateId: "../../login", ExpectError: regexp.MustCompile(`Invalid API key id`)},
		{Config: body, ResourceName: address, ImportState: true, ImportStateId: "99", ExpectError: regexp.MustCompile(`Cannot import non-existent remote object`)},
	}})
}

// A nebula_api_key comes under rotation without being replaced.
func TestMove(t *testing.T) {
	t.Parallel()
	before := "resource \"nebula_api_key\" \"this\" {\n  name = \"ci\"\n  description = \"for CI\"\n  keepers = { v = 1 }\n}\n"
	moved := "moved {\n  from = nebula_api_key.this\n  to = nebula_rotating_api_key.this\n}\n"
	arguments := []string{`name = "ci"`, `description = "for CI"`, `keepers = { v = 1 }`}
	w := acctest.New(t, acctest.Options{})
	c := newConsumer(t, w)
	hour := func() { w.Clock.Advance(time.Hour) }
	rotating := moved + config(append(slices.Clone(arguments), `rotate_after = "720h"`)...)
	w.Test(resource.TestCase{CheckDestroy: w.NothingLeft, Steps: []resource.TestStep{
		{Config: before, Check: w.ExpectCalls(acctest.Calls{fakenebula.OpCreateKey: 1})},
		{
			PreConfig: hour, Config: moved + config(arguments...), ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(address, plancheck.ResourceActionNoop)}},
			Check: checks(w.ExpectCalls(acctest.Calls{}), w.ExpectLive(fakenebula.KindAPIKey, "ci"), c.takes),
			ConfigStateChecks: append(storedNull(append(previous, "rotate_at", "encrypted_key", "leftover_ids")...),
				stored("id", "2"), stored("key_name", "ci"), stored("created_at", "2026-11-23T01:56:00Z")),
		},
		{
			PreConfig: hour, Config: rotating, ConfigPlanChecks: expectChanges(plancheck.ResourceActionUpdate, "rotate_after", "rotate_at"),
			Check:             checks(w.ExpectCalls(acctest.Calls{}), c.takes),
			ConfigStateChecks: []statecheck.StateCheck{stored("rotate_at", "2026-12-23T01:56:00Z")},
		},
		{
			PreConfig: func() { w.Clock.Advance(month) }, Config: rotating, ConfigPlanChecks: expectChanges(plancheck.ResourceActionUpdate, renewed(previous...)...),
			Check: checks(w.ExpectCalls(acctest.Calls{fakenebula.OpCreateKey: 1}), w.ExpectLive(fakenebula.KindAPIKey, "ci", generation("ci", month+2*time.Hour)), c.takes, c.leaves),
		},
	}})
}

// A key of which it is not known whether it was made has nothing to rotate.
func TestMoveRefusesAnUnresolvedKey(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, acctest.Options{})
	w.API.Inject(fakenebula.Fault{Operation: fakenebula.OpCreateKey, Drop: true})
	before := "resource \"nebula_api_key\" \"this\" {\n  name = \"ci\"\n}\n"
	moved := "moved {\n  from = nebula_api_key.this\n  to = nebula_rotating_api_key.this\n}\n"
	w.Test(resource.TestCase{CheckDestroy: w.NothingLeft, Steps: []resource.TestStep{
		{Config: before, ExpectError: regexp.MustCompile(`Unable to create API key`)},
		{Config: moved + config(`name = "ci"`), ExpectError: regexp.MustCompile(`Unable to move API key under rotation`)},
		{Config: before},
		{Config: moved + config(`name = "ci"`), Check: w.ExpectLive(fakenebula.KindAPIKey, "ci")},
	}})
}

func TestInvalidConfigurations(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ lines, want string }{
		"no name":                 {`description = "x"`, `The argument "name" is required`},
		"empty name":              {`name = ""`, `(?s)name.*string length must be at least 1`},
		"period of nothing":       {"name = \"ci\"\nrotate_after = \"0s\"", `Invalid rotation period`},
		"negative period":         {"name = \"ci\"\nrotate_after = \"-5m\"", `Invalid rotation period`},
		"period that is none":     {"name = \"ci\"\nrotate_after = \"30 days\"", `Invalid Time Duration String Value`},
		"overlap that is none":    {"name = \"ci\"\noverlap = \"1d\"", `Invalid Time Duration String Value`},
		"negative overlap":        {"name = \"ci\"\noverlap = \"-1h\"", `Invalid overlap`},
		"overlap too long":        {"name = \"ci\"\nrotate_after = \"48h\"\noverlap = \"48h\"", `Overlap too long`},
		"default overlap":         {"name = \"ci\"\nrotate_after = \"24h\"", `(?s)Overlap too long.*which\s+is\s+the\s+default`},
		"marker in description":   {"name = \"ci\"\ndescription = \"x [tf:20261101T120000Z-abcdefghijklmnop]\"", `must\s+not\s+end\s+with\s+an\s+ownership\s+marker`},
		"recipient that is none":  {"name = \"ci\"\nage_recipients = [\"age1\"]", `Invalid age recipient`},
		"no recipient":            {"name = \"ci\"\nage_recipients = []", `at\s+least\s+1\s+elements`},
		"recipient twice":         {"name = \"ci\"\nage_recipients = [\"" + recipient + "\", \"" + recipient + "\"]", `(?i)duplicate`},
		"time-out of nothing":     {"name = \"ci\"\ntimeouts {\n  update = \"0s\"\n}", `Invalid time-out`},
		"a computed value is set": {"name = \"ci\"\nkey_name = \"x\"", `(?i)(read-only|unconfigurable)`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.New(t, acctest.Options{})
			w.Test(resource.TestCase{Steps: []resource.TestStep{{Config: config(test.lines), PlanOnly: true, ExpectError: regexp.MustCompile(test.want)}}})
			w.ExpectSilence()
		})
	}
}

// A value that is wrong only once it is known is refused before anything is
// called.
func TestInvalidOnceKnown(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, acctest.Options{})
	period := func(v string) string {
		return "resource \"terraform_data\" \"period\" {\n  input = \"" + v + "\"\n}\n" +
			config(`name = "ci"`, `overlap = "12h"`, `rotate_after = terraform_data.period.output`)
	}
	w.Test(resource.TestCase{CheckDestroy: w.NothingLeft, Steps: []resource.TestStep{
		{Config: period("10h"), ExpectError: regexp.MustCompile(`Overlap too long`)},
		{Config: period("720h"), Check: w.ExpectCalls(acctest.Calls{fakenebula.OpCreateKey: 1})},
		// The period is not known while planning, so whether the key is due is
		// not known either; during apply it turns out that it is not.
		{
			PreConfig: func() { w.Clock.Advance(time.Hour) }, Config: period("600h"),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: willBeUnknown("id", "key", "previous_id", "rotate_at")},
			Check:            w.ExpectCalls(acctest.Calls{}), ConfigStateChecks: append(storedNull(previous...), stored("id", "2")),
		},
		{Config: period("11h"), ExpectError: regexp.MustCompile(`Overlap too long`)},
		{Config: period("720h"), Check: w.ExpectCalls(acctest.Calls{})},
	}})
}
