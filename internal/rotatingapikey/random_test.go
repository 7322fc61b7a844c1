package rotatingapikey_test

import (
	"context"
	"maps"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/provider"
	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

const (
	rootSecret = "ak_root-of-the-rotation-tests"
	rootID     = "1"
	// The same in another account.
	otherSecret = "ak_root-of-another-account"
	otherID     = "2"
	elsewhere   = "elsewhere"

	recipient = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"
	rotating  = "nebula_rotating_api_key.ci"
)

// rotations is the random test of the rotation: one account, one rotating key,
// and everything that may happen to them. Whatever happens, the rules hold:
//
//   - no orphan: a key that the provider made is in state, by its id or by the
//     token of its marker, or a warning has named that token, or the process
//     that made it was killed and it carries a marker;
//   - no foreign delete: a key that somebody else made and nobody imported lives;
//   - no dead key: the key in state works, unless somebody else deleted it; and
//     none is deleted before its time, or before its successor has been accepted
//     by the API;
//   - a plan comes true, and is followed by an empty one;
//   - no secret is anywhere but in state.
func rotations(sabotage saboteur) rehearsal.Suite {
	return rehearsal.Suite{
		Play: func(s *rehearsal.Schedule) { newRotation(s, sabotage).play() },
		Needs: []string{"rotations", "previous keys ended", "faults", "interrupts", "kills", "acts of others", "creates undecided",
			"deletes to be repeated", "commands with a wrong clock", "clocks set under way", "commands in another account", "lists that move", "keys left and told of"},
		Chance: regexp.MustCompile(`-[a-z2-7]{16}`),
	}
}

func TestRandomSchedules(t *testing.T) {
	t.Parallel()
	rotations(nil).Run(t)
}

func TestScheduleRepeats(t *testing.T) {
	t.Parallel()
	rotations(nil).Repeat(t)
}

func TestSoakRandomSchedules(t *testing.T) {
	t.Parallel()
	rotations(nil).Soak(t)
}

// rotation is a schedule at work.
type rotation struct {
	*rehearsal.Schedule
	fake      *fakenebula.Server
	workspace *rehearsal.Workspace
	sabotage  saboteur

	args    rehearsal.Args
	keeper  int
	unknown string // the argument that is not known while planning
	element bool   // or only its element is not
	hides   bool   // lists do not show new keys for a while
	trouble trouble
	// taken are keys that died without the provider's doing, adopted those of
	// somebody else that were imported, named the tokens that a warning told of,
	// told the keys that people know to have left the state alive.
	taken, adopted, named, told map[string]bool
	// born is when a key was made at the earliest by a clock that made it, ends
	// the same of the moment from which on a previous key may be revoked.
	born, ends map[string]time.Time

	mu sync.Mutex
	op operation
}

// operation is what is going on, for the check of each request.
type operation struct {
	kind      string                   // "plan", "apply", "destroy"
	issued    int                      // keys there were before it
	requests  int                      // requests there were before it
	proven    bool                     // the API has accepted a key that was made in it
	overlap0  bool                     // the old key goes at once
	before    rehearsal.Instance       // what is in state
	troubled  bool                     // a wrong clock, another account, a list that moves
	low, high time.Duration            // how far its clock was behind or ahead, at most
	strike    int                      // the number of the request at which hit is called
	hit       func(*rehearsal.Process) // kills or interrupts
	isKilled  bool                     // it did
}

func newRotation(s *rehearsal.Schedule, sabotage saboteur) *rotation {
	r := &rotation{Schedule: s, sabotage: sabotage, taken: map[string]bool{}, adopted: map[string]bool{}, named: map[string]bool{},
		told: map[string]bool{}, born: map[string]time.Time{}, ends: map[string]time.Time{}}
	hidden := rehearsal.Pick(s.Rand, 0, 0, 3*time.Second, 8*time.Second)
	r.drawTrouble()
	if r.trouble.clocks {
		hidden = 0 // where a clock is ahead, nobody can tell that a key is young
	}
	r.hides = hidden > 0
	r.fake = fakenebula.New(fakenebula.Options{Seed: s.Seed + 1, APIKeys: []fakenebula.SeedKey{{Name: "root", Secret: rootSecret},
		{Name: "root", Secret: otherSecret, Account: elsewhere}}, HideNewFor: hidden, Dateless: r.trouble.dateless})
	r.fake.OnRequest(r.checkRequest)
	r.fake.OnResponse(r.noteResponse)
	r.args = rehearsal.Args{"name": "ci", "rotate_after": rehearsal.Pick[any](s.Rand, nil, "30h", "72h"), "overlap": rehearsal.Pick[any](s.Rand, nil, "0s", "1h")}
	if s.Chance(10) {
		r.args["age_recipients"] = []string{recipient}
	}
	if s.Chance(30) {
		r.args["description"] = "for CI"
	}
	r.trouble.environment = map[string]string{"NEBULA_API_URL": r.fake.BaseURL(), "NEBULA_API_KEY": rootSecret, "NEBULA_MAX_RETRIES": rehearsal.Pick(s.Rand, "0", "2")}
	r.workspace = acctest.Rehearse(r.trouble.environment, r.wire, provider.WithClock(r.trouble.clock))
	r.workspace.Resources = []rehearsal.Resource{{Address: rotating, Config: r.config}}
	return r
}

// config is the configuration as it is known by then.
func (r *rotation) config(k rehearsal.Known) rehearsal.Args {
	args := maps.Clone(r.args)
	if r.keeper > 0 {
		args["keepers"] = map[string]any{"v": strconv.Itoa(r.keeper)}
	}
	switch {
	case k.Applying || r.unknown == "":
	case r.element:
		args["keepers"] = map[string]any{"v": rehearsal.Unknown}
	default:
		args[r.unknown] = rehearsal.Unknown
	}
	return args
}

// wire connects a process with the API.
func (r *rotation) wire(p *rehearsal.Process) http.RoundTripper {
	next := r.fake.Transport()
	if r.sabotage != nil {
		next = r.sabotage(r, next)
	}
	return p.Wire(next, func(n int, q *http.Request) error {
		r.befall(n, q)
		r.mu.Lock()
		hit := r.op.hit
		if n != r.op.strike {
			hit = nil
		}
		r.mu.Unlock()
		if hit != nil {
			hit(p)
		}
		return nil
	})
}

func (r *rotation) begin(kind string, before rehearsal.Instance) {
	r.makeNoTrouble()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.op = operation{kind: kind, issued: len(r.fake.Issued()), requests: len(r.fake.Journal()), before: before, overlap0: r.args["overlap"] == "0s"}
}

func (r *rotation) state() rehearsal.Object { return r.workspace.State(rotating).Object }

// change alters the arguments.
func (r *rotation) change() {
	set := func(name string, values ...any) { r.args[name] = rehearsal.Pick(r.Rand, values...) }
	switch r.IntN(7) {
	case 0:
		r.keeper++
	case 1:
		set("name", "ci", "prod")
	case 2:
		set("description", nil, "for CI", "for production")
	case 3:
		set("rotate_after", nil, "25h", "30h", "72h")
	case 4:
		set("overlap", nil, "0s", "1h")
	case 5:
		set("age_recipients", nil, []string{recipient})
	case 6:
		r.unknown = rehearsal.Pick(r.Rand, "", "keepers", "rotate_after", "overlap", "description", "age_recipients", "name")
		r.element = r.unknown == "keepers" && r.keeper > 0 && r.Chance(50)
	}
}

// step does one thing out of all that can happen.
func (r *rotation) step() {
	state := r.state()
	switch n := r.IntN(100); {
	case n < 65:
		if r.Chance(60) {
			r.change()
		}
		r.apply()
		r.unknown, r.element = "", false
	case n < 68:
		r.begin("plan", r.workspace.State(rotating))
		r.makeTrouble()
		r.misbehave()
		r.check("refresh", r.workspace.Apply(context.Background(), rehearsal.Options{RefreshOnly: true}))
		r.fake.ClearFaults()
	case n < 72:
		r.fake.AddKey(state.Text("key_name"), state.Text("description"))
		r.Count("acts of others", 1)
	case n < 75:
		r.take(state.Text("id"))
	case n < 78:
		r.take(state.Text("previous_id"))
	case n < 80:
		r.fake.SetDescription(state.Text("id"), "scribbled over")
	default:
		r.Wait(rehearsal.Pick(r.Rand, time.Second, time.Minute, 70*time.Minute, 26*time.Hour, 31*time.Hour, 80*time.Hour))
	}
}

// take is a deletion by somebody else.
func (r *rotation) take(id string) {
	if id != "" && r.fake.DeleteKey(id) {
		r.taken[id] = true
		r.Note("somebody deletes %s", id)
		r.Count("acts of others", 1)
	}
}

// apply is a whole run: refresh, plan, apply, and when all went well the plan
// after it.
func (r *rotation) apply() {
	defer r.fake.ClearFaults()
	r.misbehave()
	before := r.workspace.State(rotating)
	r.begin("plan", before)
	r.makeTrouble()
	refreshed := !r.Chance(5)
	plan, report := r.workspace.Plan(context.Background(), rehearsal.Options{NoRefresh: !refreshed})
	r.check("plan", report)
	r.checkAge(before.Object, report)
	troubled := r.op.troubled
	if plan == nil {
		return
	}
	r.giveUp(before.Object, plan.Refreshed(rotating).Object)
	if r.Chance(10) {
		r.Wait(rehearsal.Pick(r.Rand, time.Minute, 26*time.Hour))
	}
	r.begin("apply", plan.Refreshed(rotating))
	r.makeTrouble()
	switch r.IntN(6) {
	case 0:
		r.strike(func(p *rehearsal.Process) { p.Interrupt(); r.Count("interrupts", 1) })
	case 1:
		r.strike(func(p *rehearsal.Process) { p.Kill(); r.op.isKilled = true; r.Count("kills", 1) })
	}
	applied := r.workspace.ApplyPlan(context.Background(), plan)
	r.check("apply "+plan.String(), applied)
	r.count(plan.Refreshed(rotating).Object, r.workspace.State(rotating))
	if !applied.Failed() && !plan.Empty() && refreshed && !troubled && !r.op.troubled && r.Chance(40) {
		r.fake.ClearFaults()
		r.unknown, r.element = "", false
		r.expectQuiet(len(report.Diagnostics)+len(applied.Diagnostics) > 0)
	}
}

// strike has the operation hit at one of its first requests.
func (r *rotation) strike(hit func(*rehearsal.Process)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.op.strike, r.op.hit = 1+r.IntN(6), hit
}

// adopt imports a key that somebody else made.
func (r *rotation) adopt() {
	description, _ := r.args["description"].(string)
	if r.Chance(50) {
		description = strings.TrimSpace(description + " [tf:" + time.Now().UTC().Add(-100*time.Hour).Format("20060102T150405Z") + "-abcdefghijklmnop]")
	}
	id, _ := r.fake.AddKey("ci-20260101T000000Z", description)
	r.adopted[id] = true
	r.begin("plan", rehearsal.Instance{})
	r.check("import", r.workspace.Import(context.Background(), rotating, id))
}

// play is the whole schedule, its end included: everybody behaves again, time
// passes, and destroying leaves nothing.
func (r *rotation) play() {
	if r.Chance(15) {
		r.adopt()
	}
	r.apply()
	for range 3 + r.IntN(6) {
		if r.step(); len(r.Violations()) > 0 {
			return
		}
	}
	// Mostly everything is known by then; a destroy that comes before must tell
	// of what may still appear.
	early := r.Chance(30)
	if !early {
		r.Wait(15 * time.Minute)
	}
	r.begin("destroy", r.workspace.State(rotating))
	r.check("destroy", r.workspace.Apply(context.Background(), rehearsal.Options{Destroy: true, NoRefresh: early && r.Chance(50)}))
	r.Wait(15 * time.Minute)
	if r.state() != nil {
		r.Violate("destroy leaves a state")
	}
	for _, k := range r.fake.Keys() {
		switch ours := k.CreatedBy.Via == fakenebula.ViaAPI || r.adopted[k.ID]; {
		case ours && r.told[k.ID]:
			r.Count("keys left and told of", 1)
		case ours && r.named[tokenOf(k.Description)]:
			r.Count("keys left to a warning or a kill", 1)
		case ours:
			r.Violate("destroy leaves key %s", k.ID)
		}
	}
}
