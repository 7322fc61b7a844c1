package apikey_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/provider"
	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

const foreignDelete = "foreign key deleted"

// lives is the random test of keys: an account, workspaces whose Terraform runs
// make keys in it under faults, interrupts and kills, and strangers who make and
// delete keys of the same names meanwhile. After any schedule, and one more
// apply of each workspace, no foreign key was deleted, every key that was made
// is in state or known to be traceable, and no secret is outside state.
func lives(byName bool) rehearsal.Suite {
	return rehearsal.Suite{
		Play: func(s *rehearsal.Schedule) { newAccount(s, byName).play() },
		Needs: []string{"faults", "interrupts", "kills", "keys made", "creates undecided", "foreign keys",
			"orphans of killed runs, marked", "runs with a wrong clock", "clocks set under way", "runs in another account",
			"lists that move", "keys left and told of"},
		Chance: regexp.MustCompile(`-[a-z2-7]{16}|nebula_api_key\.k\d: warning: None of the`),
	}
}

func TestRandomSchedules(t *testing.T) {
	t.Parallel()
	lives(false).Run(t)
}

func TestSoakRandomSchedules(t *testing.T) {
	t.Parallel()
	lives(false).Soak(t)
}

func TestScheduleRepeats(t *testing.T) {
	t.Parallel()
	lives(false).Repeat(t)
}

// The test of the test: when lost keys are looked for by name instead of by
// marker, the same schedules must show that other people's keys are deleted.
func TestRandomSchedulesCatchMatchingByName(t *testing.T) {
	t.Parallel()
	lives(true).Catch(t, foreignDelete)
}

const rounds = 2 // of trouble, before the round without

// account is a schedule at work.
type account struct {
	*rehearsal.Schedule
	fake       *fakenebula.Server
	workspaces []*workspace

	// The temper of this schedule.
	faultRate float64
	hideFor   time.Duration
	retries   string
	unmarked  bool // ownership_marker is false
	blind     bool // no list shows a marker
	unique    bool // no two keys have a name
	whole     bool // then a create is answered with the key that has it, secret included
	apart     bool // ours have names that nobody else's have
	byName    bool
	// What else may befall a run.
	clocks, accounts, moves bool

	mu sync.Mutex
	// said is every text that reached people, settled are the undecided creates
	// that were given up, and left what was said when a key that lives went out
	// of a state.
	said    []string
	settled map[string]settlement
	left    map[string][]departure
	// repeated are the processes that got an answer of another create.
	repeated map[*rehearsal.Process]bool
}

// settlement is when which process gave an undecided create up, and in which
// account it looked; elsewhere says that it may have seen another list.
type settlement struct {
	process, account string
	elsewhere        bool
	at               time.Time
}

// workspace is a configuration with its state.
type workspace struct {
	rehearsal.Runner
	account    *account
	credential string
	// other is a credential of another account, environment what the next
	// process sees.
	other       string
	environment map[string]string
	clock       *rehearsal.WrongClock
	killed      map[int]bool // rounds whose processes were killed
	timeout     string
	gone        map[string]bool // addresses that are not in the configuration

	// jumpAt is the request at which the clock is set to jump, moveAt the one
	// from which on the list moves, moved that it did in this run.
	jumpAt, moveAt int
	jump           time.Duration
	moved          bool

	mu    sync.Mutex
	ended map[string]time.Time // when the work on an address ended, by process and address
}

func newAccount(s *rehearsal.Schedule, byName bool) *account {
	a := &account{Schedule: s, byName: byName, settled: map[string]settlement{}, left: map[string][]departure{}, repeated: map[*rehearsal.Process]bool{},
		faultRate: rehearsal.Pick(s.Rand, 0, 0.05, 0.1, 0.2, 0.5),
		hideFor:   rehearsal.Pick(s.Rand, 0, 0, time.Second, 4*time.Second, 9*time.Second),
		retries:   rehearsal.Pick(s.Rand, "0", "1", "2", "3", "4"),
		unmarked:  s.Chance(5),
	}
	a.blind = a.unmarked
	a.draw()
	options := fakenebula.Options{Seed: s.Seed | 1<<63, HideNewFor: a.hideFor, Dateless: s.Chance(50)}
	a.readingOf(&options)
	for i := range 1 + s.IntN(3) {
		ws := &workspace{account: a, Runner: rehearsal.Runner{Schedule: s, Number: i}, credential: fmt.Sprintf("ak_credential-of-workspace-%d-in-%d", i, s.Seed),
			other: fmt.Sprintf("ak_other-credential-of-workspace-%d-in-%d", i, s.Seed), clock: rehearsal.NewWrongClock(), killed: map[int]bool{}}
		options.APIKeys = append(options.APIKeys, fakenebula.SeedKey{Name: "credential", Secret: ws.credential},
			fakenebula.SeedKey{Name: "credential", Secret: ws.other, Account: elsewhere})
		a.workspaces = append(a.workspaces, ws)
	}
	a.fake = fakenebula.New(options)
	for _, ws := range a.workspaces {
		ws.API = a.fake
		ws.configure(1 + s.IntN(3))
	}
	return a
}

func names() []string { return []string{"app", "db"} }
func texts() []string { return []string{"", "text", "text [tf:", "two\nlines"} }

// configure makes a configuration of so many keys.
func (ws *workspace) configure(keys int) {
	a := ws.account
	ws.environment = map[string]string{"NEBULA_API_URL": a.fake.BaseURL(), "NEBULA_MAX_RETRIES": a.retries, "NEBULA_OWNERSHIP_MARKER": fmt.Sprint(!a.unmarked)}
	ws.Workspace = acctest.Rehearse(ws.environment, ws.wire, provider.WithClock(ws.clock))
	ws.Around = ws.around
	for i := range keys {
		address, name, description := fmt.Sprintf("nebula_api_key.k%d", i), rehearsal.Pick(a.Rand, names()...), rehearsal.Pick(a.Rand, texts()...)
		if a.apart {
			name += fmt.Sprintf("-%d-%d", ws.Number, i)
		}
		ws.Resources = append(ws.Resources, rehearsal.Resource{Address: address, Config: func(rehearsal.Known) rehearsal.Args {
			if ws.gone[address] {
				return nil
			}
			return rehearsal.Args{"name": name, "description": description, "timeouts": rehearsal.Args{"create": ws.timeout, "delete": ws.timeout}}
		}})
	}
}

// around puts what happens at once in an order, and notes when it ended.
func (ws *workspace) around(p *rehearsal.Process, address string) func() {
	ws.Stagger(p, address)
	return func() {
		ws.mu.Lock()
		defer ws.mu.Unlock()
		ws.ended[p.Command+address] = time.Now()
	}
}

// wire has what befalls the schedule's requests happen to those of a process.
func (ws *workspace) wire(p *rehearsal.Process) http.RoundTripper {
	a := ws.account
	mark := func(rehearsal.Sent) {}
	if a.byName {
		mark = ws.matchByName()
	}
	return ws.Wire(p, func(sent rehearsal.Sent) {
		if sent.Round < rounds && sent.Rand.Float64() < a.faultRate && !a.mustSee(p, sent.Request) {
			fault := rehearsal.Mishap(sent.Rand, callOf(sent.Request), a.more(sent.Request)...)
			a.noteRepeat(p, fault)
			ws.Spoil(sent, fault)
		}
		// A request that an earlier process has left behind counts for nothing.
		ws.IfRuns(p, func() { ws.befall(p, sent) })
		mark(sent)
	})
}

func callOf(r *http.Request) rehearsal.Call {
	switch r.Method {
	case http.MethodPost:
		return rehearsal.CreateCall
	case http.MethodDelete:
		return rehearsal.DeleteCall
	default:
		return rehearsal.ListCall
	}
}

var marker = regexp.MustCompile(` ?\[tf:([0-9]{8}T[0-9]{6}Z-[a-z2-7]{16})\]$`)

func tokenOf(description string) string {
	if m := marker.FindStringSubmatch(description); m != nil {
		return m[1]
	}
	return ""
}

// play runs the schedule: rounds of trouble, then an hour later one apply of
// each workspace without any.
func (a *account) play() {
	for round := range rounds {
		var group sync.WaitGroup
		group.Go(func() { a.stranger(a.Source("stranger %d", round)) })
		group.Go(func() { a.vandal(a.Source("vandal %d", round)) })
		for _, ws := range a.workspaces {
			group.Go(func() { ws.run(round) })
		}
		group.Wait()
		a.Wait(rehearsal.Pick(a.Rand, time.Second, 20*time.Second, 5*time.Minute, 20*time.Minute) + time.Duration(a.Int64N(1e9)))
	}
	a.Wait(time.Hour)
	for _, ws := range a.workspaces {
		ws.run(rounds)
	}
	a.Wait(time.Hour) // what was to be committed late has been
	a.check()
}

// stranger makes keys with the names and texts of ours.
func (a *account) stranger(r *rand.Rand) {
	for range r.IntN(5) {
		a.Wait(within(r))
		name, text := rehearsal.Pick(r, names()...), rehearsal.Pick(r, texts()...)
		if r.IntN(2) == 0 {
			// The user's text of a key that exists, which may be ours.
			other := rehearsal.Pick(r, a.fake.Keys()...)
			name, text = other.Name, marker.ReplaceAllString(other.Description, "")
		}
		if a.whole && len(text) > len("text") {
			// A longer one can be what an API keeps of ours that cuts texts.
			text = "text"
		}
		a.fake.AddKey(name, text)
		a.Count("foreign keys", 1)
	}
}

// vandal deletes keys that it did not make.
func (a *account) vandal(r *rand.Rand) {
	for range r.IntN(3) {
		a.Wait(within(r))
		if key := rehearsal.Pick(r, a.fake.Keys()...); key.Name != "credential" {
			a.fake.DeleteKey(key.ID)
		}
	}
}

// within is a moment of a run: most happens in its first second.
func within(r *rand.Rand) time.Duration {
	if r.IntN(2) == 0 {
		return time.Duration(r.Int64N(int64(time.Second)))
	}
	return time.Duration(r.Int64N(int64(40 * time.Second)))
}

// run is one `terraform apply`, in which some keys are replaced and some left
// out.
func (ws *workspace) run(round int) {
	a := ws.account
	r := a.Source("run %d %d", ws.Number, round)
	trouble := round < rounds
	ws.Begin(round)
	ws.timeout, ws.gone, ws.ended = "5m", map[string]bool{}, map[string]time.Time{}
	ws.calm()
	options := rehearsal.Options{}
	if trouble {
		switch r.IntN(6) {
		case 0:
			defer ws.Strike(within(r), "interrupts", (*rehearsal.Process).Interrupt)()
		case 1:
			defer ws.Strike(within(r), "kills", func(p *rehearsal.Process) { ws.killed[round] = true; p.Kill() })()
		}
		ws.trouble(r)
		ws.timeout = rehearsal.Pick(r, "5m", "5m", "5m", "20s")
		options.NoRefresh = r.IntN(3) == 0
		for _, resource := range ws.Resources {
			switch r.IntN(5) {
			case 0:
				options.Replace = append(options.Replace, resource.Address)
			case 1:
				ws.gone[resource.Address] = true
			}
		}
	}
	before := ws.Stored()
	plan, report := ws.Plan(context.Background(), options)
	ws.heard("plan", report)
	if plan == nil {
		return
	}
	refreshed := map[string]rehearsal.Instance{}
	for address := range before {
		refreshed[address] = plan.Refreshed(address)
		ws.settle("plan", before[address], refreshed[address], address)
	}
	ws.leave(before, refreshed, report)
	report = ws.ApplyPlan(context.Background(), plan)
	ws.heard("apply", report)
	ws.leave(refreshed, ws.Stored(), report)
	for _, resource := range ws.Resources {
		old, now := plan.Refreshed(resource.Address), ws.State(resource.Address)
		ws.settle("apply", old, now, resource.Address)
		switch {
		case now.Tainted && now.Object.Text("id") == "":
			a.Count("creates undecided", 1)
		case now.Object.Text("id") != old.Object.Text("id"):
			a.Count("keys made", 1)
		}
	}
}

func (ws *workspace) heard(command string, report *rehearsal.Report) {
	a := ws.account
	ws.Heard(command, report)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.said = append(a.said, report.String())
}

// settle notes that an undecided create was given up.
func (ws *workspace) settle(command string, old, now rehearsal.Instance, address string) {
	token := old.Object.Text("creation_token")
	if token == "" || old.Object.Text("id") != "" || now.Object.Text("creation_token") == token {
		return
	}
	ws.mu.Lock()
	at := ws.ended[command+address]
	ws.mu.Unlock()
	a := ws.account
	a.mu.Lock()
	defer a.mu.Unlock()
	a.settled[token] = settlement{process: ws.Label(command), account: ws.inAccount(), elsewhere: ws.moved, at: at}
}
