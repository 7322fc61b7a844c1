package exclusiveapikeys

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/clock"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/lifecycle"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// world is one schedule.
type world struct {
	core   core
	random *rand.Rand
	clock  *clock.Fake
	server *fakenebula.Server

	state *model
	args  arguments
	// calm says that nobody interferes.
	calm       bool
	applying   bool
	violations []string
	totals     totals
}

const (
	worldKey = "ak_key-of-the-provider-in-random-schedules"
	worldID  = "1"
)

// Violations.
const (
	notNamed     = "was deleted, and the plan did not name it"
	renamedSince = "was deleted under another name than the plan's"
)

func newWorld(seed uint64, c core) *world {
	w := &world{core: c, random: rand.New(rand.NewPCG(seed, 5)), clock: clock.NewFake(time.Date(2026, 11, 23, 1, 56, 0, 0, time.UTC))}
	keys := []fakenebula.SeedKey{{Name: "provider", Secret: worldKey}}
	for range w.random.IntN(4) {
		keys = append(keys, fakenebula.SeedKey{Name: w.name()})
	}
	w.server = fakenebula.New(fakenebula.Options{Clock: w.clock, Seed: seed + 1, APIKeys: keys})
	interfere := func(r fakenebula.Request) {
		if w.applying && !w.calm && w.random.IntN(3) == 0 {
			// A rename between the apply's list and its delete cannot be seen.
			w.foreign(false)
			w.totals.during++
		}
	}
	w.server.OnRequest(interfere)
	w.server.OnResponse(interfere)
	w.args = arguments{allowed: []string{worldID}, ignored: []string{"robot"}}
	return w
}

func (w *world) name() string {
	return []string{"a", "b", "robot-1", "production", "x/\"y\""}[w.random.IntN(5)]
}

// foreign is what a colleague does.
func (w *world) foreign(rename bool) {
	keys := w.server.Keys()
	victim := keys[w.random.IntN(len(keys))].ID
	switch w.random.IntN(4) {
	case 0, 1:
		w.server.AddKey(w.name(), "")
	case 2:
		if victim != worldID {
			w.server.DeleteKey(victim)
		}
	case 3:
		if rename && victim != worldID {
			w.server.SetName(victim, w.name())
		}
	}
}

// connect starts the provider anew, as Terraform does for each walk.
func (w *world) connect() {
	client, err := nebula.New(nebula.Config{BaseURL: w.server.BaseURL(), Credential: nebula.APIKey(worldKey), Transport: w.server.Transport(), Clock: w.clock, MaxRetries: 1})
	must(err)
	w.core.connect(&tfkit.Services{Client: client, Clock: w.clock, OwnFingerprint: lifecycle.Fingerprint(worldKey),
		Keys: lifecycle.New(lifecycle.Options{Client: client, Clock: w.clock, OwnershipMarker: true})})
}

// changeArguments edits the configuration.
func (w *world) changeArguments() {
	keys := w.server.Keys()
	id := keys[w.random.IntN(len(keys))].ID
	switch w.random.IntN(4) {
	case 0, 1:
		if !slices.Contains(w.args.allowed, id) {
			w.args.allowed = append(slices.Clone(w.args.allowed), id)
		}
	case 2:
		w.args.allowed = slices.DeleteFunc(slices.Clone(w.args.allowed), func(a string) bool { return a == id && a != worldID })
	case 3:
		w.args.ignored = [][]string{{"robot"}, {}, {"robot", "prod"}}[w.random.IntN(3)]
	}
}

// plan is a plan that was made.
type plan struct {
	prior, planned *model
	args           arguments
}

func (p plan) named() names {
	if p.prior == nil {
		return names{}
	}
	return leaving(p.prior, p.planned)
}

// play is a few rounds, and then two in calm, after which all must be in
// order.
func (w *world) play() {
	w.totals.schedules++
	for range 2 + w.random.IntN(3) {
		w.round()
	}
	w.calm = true
	w.server.ClearFaults()
	for range 3 {
		w.round()
	}
	for _, key := range w.server.Keys() {
		if !w.spared(w.args)(key.ID, key.Name) {
			w.violate("key %s (%s) is left although nobody interfered any more", key.ID, key.Name)
		}
	}
	if p, ok := w.plan(); !ok || !same(p.planned, p.prior) {
		w.violate("the last plan is not empty")
	}
}

func (w *world) violate(format string, args ...any) {
	w.violations = append(w.violations, fmt.Sprintf(format, args...))
}

// round is a plan and mostly its apply, with whatever comes in between.
func (w *world) round() {
	w.clock.Advance(time.Minute)
	if !w.calm {
		w.between()
		if w.random.IntN(2) == 0 {
			w.changeArguments()
		}
	}
	p, ok := w.plan()
	if !ok {
		return
	}
	if !w.calm {
		w.between()
		switch w.random.IntN(8) {
		case 0:
			w.totals.discarded++
			return
		case 1:
			// A saved plan is applied the next day, when the configuration has
			// moved on. It still has its own.
			w.totals.saved++
			w.clock.Advance(24 * time.Hour)
			w.changeArguments()
			w.between()
		}
	}
	w.apply(p)
}

func (w *world) between() {
	for range w.random.IntN(3) {
		w.foreign(true)
		w.totals.between++
	}
}

// plan does what Terraform does: refresh, mostly, and plan.
func (w *world) plan() (plan, bool) {
	w.connect()
	w.totals.plans++
	prior := w.state
	if prior != nil && (w.calm || w.random.IntN(6) > 0) {
		var ok bool
		if prior, ok = w.core.read(prior); !ok {
			return plan{}, false
		}
	}
	unknown := !w.calm && w.random.IntN(4) == 0
	if unknown {
		w.totals.unknown++
	}
	planned, ok := w.core.plan(prior, w.args.config(unknown))
	if !ok {
		w.violate("planning failed")
		return plan{}, false
	}
	p := plan{prior: prior, planned: planned, args: w.args}
	w.totals.named += len(p.named())
	return p, true
}

// apply carries a plan out as Terraform does, which plans again when all is
// known and insists that the second plan keeps what the first one knew; and
// checks what that did.
func (w *world) apply(p plan) {
	if same(p.prior, p.planned) {
		w.state = p.prior
		return
	}
	w.connect()
	w.totals.applies++
	config := p.args.config(false)
	second, ok := w.core.plan(p.prior, config)
	if !ok || !p.planned.Unmanaged.IsUnknown() && !second.Unmanaged.Equal(p.planned.Unmanaged) {
		w.violate("the second plan differs from the first: %v, then %v", p.planned, second)
		return
	}
	if !w.calm {
		w.misbehave()
	}
	before := map[nebula.ID]string{}
	for _, key := range w.server.Keys() {
		before[nebula.ID(key.ID)] = key.Name
	}
	w.server.ResetJournal()
	w.applying = true
	w.state, ok = w.core.apply(p.prior, second, config)
	w.applying = false
	w.server.ClearFaults()
	if !ok {
		w.totals.failed++
	}
	w.checkDeletes(p, before)
	w.checkState(p, second, ok)
}

// misbehave arms faults for an apply.
func (w *world) misbehave() {
	operation := []fakenebula.Operation{fakenebula.OpDeleteKey, fakenebula.OpDeleteKey, fakenebula.OpListKeys}[w.random.IntN(3)]
	fault := fakenebula.Fault{Operation: operation, Skip: w.random.IntN(2), Times: 1 + w.random.IntN(2)}
	switch w.random.IntN(10) {
	case 0:
		fault.Answer = fakenebula.Failed(403, "not yours")
	case 1:
		fault.Answer = fakenebula.HTML(502)
	case 2:
		fault.Drop = true
	case 3:
		fault.Drop, fault.Commit = true, true
	case 4:
		fault.Answer = fakenebula.Failed(200, "no")
	case 5:
		fault.NotSent = fakenebula.ConnectionRefused()
	default:
		return
	}
	w.totals.faults++
	w.server.Inject(fault)
}

// checkDeletes compares what the API was asked to delete with the plan.
func (w *world) checkDeletes(p plan, before map[nebula.ID]string) {
	named, spared := p.named(), w.spared(p.args)
	for _, r := range w.server.Journal() {
		if r.Operation != fakenebula.OpDeleteKey {
			continue
		}
		w.totals.deleted++
		id := nebula.ID(r.ObjectID)
		shown, ok := named[id]
		name := before[id]
		switch {
		case !ok:
			w.violate("key %s (%s) %s (%v)", id, name, notNamed, named)
		case name != shown && name != "":
			w.violate("key %s (%s, was %s) %s", id, name, shown, renamedSince)
		case spared(r.ObjectID, shown):
			w.violate("key %s (%s) was deleted although it is spared", id, shown)
		}
	}
}

// spared is a reading of the arguments that owes nothing to the resource's.
func (w *world) spared(a arguments) func(id, name string) bool {
	return func(id, name string) bool {
		return slices.Contains(a.allowed, id) || slices.ContainsFunc(a.ignored, func(part string) bool { return strings.Contains(name, part) })
	}
}

// checkState looks at what the apply recorded: without an error just what was
// planned; with one the keys that were named and are still there, no others.
func (w *world) checkState(p plan, second *model, ok bool) {
	switch {
	case p.prior == nil && !ok:
		if w.state != nil {
			w.violate("a failed creation is recorded")
		}
		return
	case w.state.Unmanaged.IsUnknown():
		w.violate("what is unmanaged is not known after an apply")
		return
	case p.prior == nil:
		return
	case ok && !same(w.state, second):
		w.violate("the state is not what was planned: %v, planned %v", w.state, second)
		return
	case ok:
		return
	}
	named, held, spared := p.named(), w.state.unmanaged(), w.spared(p.args)
	for id, name := range held {
		if named[id] != name {
			w.violate("key %s (%s) is recorded as unmanaged by a failed apply, whose plan named %v", id, name, named)
		}
	}
	for _, key := range w.server.Keys() {
		id := nebula.ID(key.ID)
		shown, wasNamed := named[id]
		if _, recorded := held[id]; wasNamed && !recorded && !spared(key.ID, shown) && !spared(key.ID, key.Name) {
			w.violate("key %s (%s) is forgotten although it is still there", key.ID, key.Name)
		}
	}
}
