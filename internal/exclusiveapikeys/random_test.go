package exclusiveapikeys_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/provider"
	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

const (
	ownSecret = "ak_key-of-the-provider-in-random-schedules"
	// The same in another account.
	otherSecret = "ak_key-of-the-provider-in-another-account"
	otherID     = "2"
	elsewhere   = "elsewhere"

	exclusive = "nebula_api_keys_exclusive.all"
)

// Violations that the tests of the test look for.
const (
	notNamed     = "was deleted, and the plan did not name it"
	renamedSince = "was deleted under another name than the plan's"
)

// evictions is the random test of the resource. Whatever happens between and
// during plans and applies, no key is deleted that the applied plan did not
// name, and none that the arguments spare; what is recorded is true; and once
// nobody interferes any more, nothing unmanaged is left.
func evictions(sabotage saboteur) rehearsal.Suite {
	return rehearsal.Suite{
		Play: func(s *rehearsal.Schedule) { newEviction(s, sabotage).play() },
		Needs: []string{"plans with unknown arguments", "plans applied later", "plans never applied", "failed applies", "acts of others between applies",
			"acts of others during applies", "faults", "kills", "keys named", "keys deleted", "commands with a wrong clock", "clocks set under way",
			"commands in another account", "lists that move"},
	}
}

func TestRandomSchedules(t *testing.T) {
	t.Parallel()
	evictions(nil).Run(t)
}

func TestSoakRandomSchedules(t *testing.T) {
	t.Parallel()
	evictions(nil).Soak(t)
}

// saboteur breaks a rule on behalf of the provider while a plan is applied.
type saboteur func(e *eviction, next http.RoundTripper, q *http.Request)

// The test of the test: weaker rules are caught by the same schedules.
func TestRandomSchedulesCatchWeakerRules(t *testing.T) {
	t.Parallel()
	t.Run("whatever is unmanaged by now", func(t *testing.T) {
		t.Parallel()
		evictions(func(e *eviction, next http.RoundTripper, q *http.Request) {
			for _, key := range e.fake.Keys() {
				if q.Method == http.MethodDelete && !e.applied.spares(key.ID, key.Name) {
					rehearsal.Mimic(next, q, http.MethodDelete, e.fake.BaseURL()+"/api-keys/"+key.ID)
				}
			}
		}).Catch(t, notNamed)
	})
	t.Run("whatever was named", func(t *testing.T) {
		t.Parallel()
		evictions(func(e *eviction, _ http.RoundTripper, q *http.Request) {
			if q.Method == http.MethodGet {
				e.fake.Inject(fakenebula.Fault{Operation: fakenebula.OpListKeys, Rewrite: rehearsal.EditRows(e.asNamed)})
			}
		}).Catch(t, renamedSince)
	})
}

// asNamed gives the keys in a list the names that the plan gave them.
func (e *eviction) asNamed(rows []map[string]any) {
	for _, row := range rows {
		if name, ok := e.named[fmt.Sprint(row["id"])]; ok {
			row["name"] = name
		}
	}
}

// arguments are a configuration. What they spare is read here in a way that
// owes nothing to the resource's.
type arguments struct{ allowed, ignored []string }

func (a arguments) spares(id, name string) bool {
	return slices.Contains(a.allowed, id) || slices.ContainsFunc(a.ignored, func(part string) bool { return strings.Contains(name, part) })
}

// eviction is a schedule at work.
type eviction struct {
	*rehearsal.Schedule
	fake      *fakenebula.Server
	workspace *rehearsal.Workspace
	args      arguments
	unknown   bool // allowed_ids are not known while planning

	calm     bool // nobody interferes any more
	applying bool
	applied  arguments         // those of the plan that is applied
	named    map[string]string // the keys that it names
	killAt   int               // the request of the apply at which the process is killed
	trouble  trouble
	killed   bool
}

func newEviction(s *rehearsal.Schedule, sabotage saboteur) *eviction {
	e := &eviction{Schedule: s, args: arguments{allowed: []string{ownID, otherID}, ignored: []string{"robot"}}}
	e.trouble = trouble{clocks: s.Chance(20), accounts: s.Chance(20), moves: s.Chance(20), clock: rehearsal.NewWrongClock()}
	keys := []fakenebula.SeedKey{{Name: "provider", Secret: ownSecret}, {Name: "provider", Secret: otherSecret, Account: elsewhere}}
	for range s.IntN(4) {
		keys = append(keys, fakenebula.SeedKey{Name: e.name(), Account: e.anAccount()})
	}
	e.fake = fakenebula.New(fakenebula.Options{Seed: s.Seed + 1, APIKeys: keys})
	interfere := func(fakenebula.Request) {
		if e.applying && !e.calm && e.IntN(3) == 0 {
			// A rename between the apply's list and its delete cannot be seen.
			e.foreign(false)
			e.Count("acts of others during applies", 1)
		}
	}
	e.fake.OnRequest(interfere)
	e.fake.OnResponse(interfere)
	e.trouble.environment = map[string]string{"NEBULA_API_URL": e.fake.BaseURL(), "NEBULA_API_KEY": ownSecret, "NEBULA_MAX_RETRIES": "1"}
	e.workspace = acctest.Rehearse(e.trouble.environment, func(p *rehearsal.Process) http.RoundTripper {
		next := e.fake.Transport()
		return p.Wire(next, func(n int, q *http.Request) error {
			e.befall(n, q)
			if sabotage != nil && e.applying {
				sabotage(e, next, q)
			}
			if e.applying && n == e.killAt {
				e.killed = true
				p.Kill()
			}
			return nil
		})
	}, provider.WithClock(e.trouble.clock))
	e.workspace.Resources = []rehearsal.Resource{{Address: exclusive, Config: e.config}}
	return e
}

// config is the configuration of a plan, and of its apply that of the plan.
func (e *eviction) config(k rehearsal.Known) rehearsal.Args {
	args := e.args
	if k.Applying {
		args = e.applied
	}
	config := rehearsal.Args{"allowed_ids": args.allowed, "ignore_name_regex": args.ignored}
	if e.unknown && !k.Applying {
		config["allowed_ids"] = rehearsal.Unknown
	}
	return config
}

func (e *eviction) name() string {
	return rehearsal.Pick(e.Rand, "a", "b", "robot-1", "production", "x/\"y\"")
}

// foreign is what a colleague does.
func (e *eviction) foreign(rename bool) {
	victim := rehearsal.Pick(e.Rand, e.fake.Keys()...).ID
	switch n := e.IntN(4); {
	case n < 2:
		e.fake.AddKeyIn(e.anAccount(), e.name(), "")
	case victim == ownID, victim == otherID:
	case n == 2:
		e.fake.DeleteKey(victim)
	case rename:
		e.fake.SetName(victim, e.name())
	}
}

// change edits the configuration.
func (e *eviction) change() {
	id := rehearsal.Pick(e.Rand, e.fake.Keys()...).ID
	switch e.IntN(4) {
	case 0, 1:
		if !slices.Contains(e.args.allowed, id) {
			e.args.allowed = append(slices.Clone(e.args.allowed), id)
		}
	case 2:
		e.args.allowed = slices.DeleteFunc(slices.Clone(e.args.allowed), func(a string) bool { return a == id && a != ownID && a != otherID })
	case 3:
		e.args.ignored = rehearsal.Pick(e.Rand, []string{"robot"}, []string{}, []string{"robot", "prod"})
	}
}

// play is a few rounds, and then some in calm, after which all must be in
// order.
func (e *eviction) play() {
	for range 2 + e.IntN(3) {
		e.round()
	}
	e.calm = true
	for range 3 {
		e.round()
	}
	for _, key := range e.fake.Keys() {
		if key.Account == "" && !e.args.spares(key.ID, key.Name) {
			e.Violate("key %s (%s) is left although nobody interfered any more", key.ID, key.Name)
		}
	}
	if plan := e.plan(); plan == nil || !plan.Empty() {
		e.Violate("the last plan is not empty: %v", plan)
	}
}

// round is a plan and mostly its apply, with whatever comes in between.
func (e *eviction) round() {
	e.Wait(time.Minute)
	if !e.calm {
		e.between()
		if e.Chance(50) {
			e.change()
		}
	}
	plan := e.plan()
	if plan == nil {
		return
	}
	planned := e.args
	if !e.calm {
		e.between()
		switch e.IntN(8) {
		case 0:
			e.Count("plans never applied", 1)
			return
		case 1:
			// A saved plan is applied the next day, when the configuration has
			// moved on. It still has its own.
			e.Count("plans applied later", 1)
			e.Wait(24 * time.Hour)
			e.change()
			e.between()
		}
	}
	e.apply(plan, planned)
}

func (e *eviction) between() {
	for range e.IntN(3) {
		e.foreign(true)
		e.Count("acts of others between applies", 1)
	}
}

// plan plans, mostly with a refresh.
func (e *eviction) plan() *rehearsal.Plan {
	e.makeTrouble()
	e.unknown = !e.calm && e.Chance(25)
	plan, report := e.workspace.Plan(context.Background(), rehearsal.Options{NoRefresh: !e.calm && e.Chance(15)})
	e.Heard("plan", report)
	switch {
	case plan == nil:
		e.Violate("planning failed")
	case e.unknown:
		e.Count("plans with unknown arguments", 1)
	}
	return plan
}

// apply carries a plan out and checks what that did.
func (e *eviction) apply(plan *rehearsal.Plan, args arguments) {
	e.applied, e.named, e.killAt, e.killed = args, map[string]string{}, 0, false
	if c := plan.Changes[exclusive]; c != nil && c.Action == rehearsal.Update {
		// What the map holds in state and not in the plan is named.
		e.named = c.Before.TextMap("unmanaged")
		for id := range c.After.TextMap("unmanaged") {
			delete(e.named, id)
		}
	}
	e.Count("keys named", len(e.named))
	e.makeTrouble()
	if !e.calm {
		e.misbehave()
	}
	before := map[string]string{}
	for _, key := range e.fake.Keys() {
		before[key.ID] = key.Name
	}
	e.fake.ResetJournal()
	e.applying = true
	report := e.workspace.ApplyPlan(context.Background(), plan)
	e.applying = false
	e.fake.ClearFaults()
	e.Heard("apply "+plan.String(), report)
	if report.Failed() {
		e.Count("failed applies", 1)
	}
	e.checkDeletes(before)
	if !e.killed && report.Failed() && len(e.named) > 0 {
		e.checkState()
	}
}

// trouble is what befalls the commands of a schedule besides faults: a clock
// that is wrong or is set under way, the credential of another account, a list
// that moves.
type trouble struct {
	clocks, accounts, moves bool

	clock          *rehearsal.WrongClock
	environment    map[string]string // what the next process sees
	jumpAt, moveAt int               // the requests at which it happens
	jump           time.Duration
}

// makeTrouble decides what befalls the next command.
func (e *eviction) makeTrouble() {
	u := &e.trouble
	u.jumpAt, u.moveAt = 0, 0
	u.clock.Set(0)
	u.environment["NEBULA_API_KEY"] = ownSecret
	if e.calm {
		return
	}
	if u.clocks && e.Chance(50) {
		u.clock.Set(rehearsal.Error(e.Rand))
		e.Count("commands with a wrong clock", 1)
	}
	if u.clocks && e.Chance(50) {
		u.jumpAt, u.jump = 1+e.IntN(3), rehearsal.Pick(e.Rand, 0, rehearsal.Error(e.Rand))
	}
	if u.accounts && e.Chance(30) {
		u.environment["NEBULA_API_KEY"] = otherSecret
		e.Count("commands in another account", 1)
	}
	if u.moves && e.Chance(50) {
		u.moveAt = 1 + e.IntN(3)
	}
}

// befall has happen what was decided, at the request of this number.
func (e *eviction) befall(n int, q *http.Request) {
	u := &e.trouble
	if n == u.jumpAt {
		u.clock.Set(u.jump)
		e.Count("clocks set under way", 1)
	}
	if u.moveAt > 0 && n >= u.moveAt && q.Method == http.MethodGet {
		u.moveAt = 0
		e.fake.Inject(rehearsal.MovedList(fakenebula.OpListKeys, 1+n%2, func(fakenebula.Request) bool { return true })...)
		e.Count("lists that move", 1)
	}
}

// anAccount is mostly the one at hand.
func (e *eviction) anAccount() string {
	if e.trouble.accounts && e.Chance(30) {
		return elsewhere
	}
	return ""
}

// misbehave arms a fault for an apply, or a kill.
func (e *eviction) misbehave() {
	switch e.IntN(5) {
	case 0:
		e.killAt = 1 + e.IntN(3)
		e.Count("kills", 1)
	case 1, 2:
		call := rehearsal.Pick(e.Rand, rehearsal.ListCall, rehearsal.DeleteCall, rehearsal.DeleteCall)
		f := rehearsal.Mishap(e.Rand, call)
		f.Operation, f.Skip, f.Times = fakenebula.OpListKeys, e.IntN(2), 1+e.IntN(2)
		if call == rehearsal.DeleteCall {
			f.Operation = fakenebula.OpDeleteKey
		}
		e.fake.Inject(f)
		e.Count("faults", 1)
	}
}

// checkDeletes compares what the API was asked to delete with the plan.
func (e *eviction) checkDeletes(before map[string]string) {
	for _, r := range e.fake.Journal() {
		if r.Operation != fakenebula.OpDeleteKey {
			continue
		}
		e.Count("keys deleted", 1)
		shown, ok := e.named[r.ObjectID]
		name := before[r.ObjectID]
		switch {
		case !ok:
			e.Violate("key %s (%s) %s (%v)", r.ObjectID, name, notNamed, e.named)
		case name != shown && name != "":
			e.Violate("key %s (%s, was %s) %s", r.ObjectID, name, shown, renamedSince)
		case e.applied.spares(r.ObjectID, shown):
			e.Violate("key %s (%s) was deleted although it is spared", r.ObjectID, shown)
		}
	}
}

// checkState looks at what a failed apply recorded: the keys that were named and
// are still there, no others.
func (e *eviction) checkState() {
	held := e.workspace.State(exclusive).Object.TextMap("unmanaged")
	for id, name := range held {
		if e.named[id] != name {
			e.Violate("key %s (%s) is recorded as unmanaged by a failed apply, whose plan named %v", id, name, e.named)
		}
	}
	for _, key := range e.fake.Keys() {
		shown, wasNamed := e.named[key.ID]
		if _, recorded := held[key.ID]; wasNamed && !recorded && !e.applied.spares(key.ID, shown) && !e.applied.spares(key.ID, key.Name) {
			e.Violate("key %s (%s) is forgotten although it is still there", key.ID, key.Name)
		}
	}
}
