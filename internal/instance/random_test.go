package instance_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

// fleets is the random test of machines: an account, one to three workspaces
// whose Terraform runs make, stop, replace and destroy machines of the same few
// names under faults, list lag, interrupts and kills, and a console at which
// somebody does the same. What may not happen, whatever happens, is in audit. A
// seed gives the same schedule, but not each time the same story: of those that
// ask for a list at one instant any may be the one that asks, so that a wait can
// take a tick more or less.
func fleets(newest bool) rehearsal.Suite {
	return rehearsal.Suite{
		Play: func(s *rehearsal.Schedule) { newAccount(s, newest).play() },
		Needs: []string{"faults", "interrupts", "kills", "machines made", "creates undecided", "names refused", "undecided creates found later",
			"machines at the console", "machines destroyed", "machines switched", "machines of killed runs, found by their names"},
	}
}

// fleetToken is the ending of a name that was made of a prefix.
var fleetToken = regexp.MustCompile(`-[a-z2-7]{12}\b`)

func TestRandomSchedules(t *testing.T) { t.Parallel(); fleets(false).Run(t) }

func TestSoakRandomSchedules(t *testing.T) { t.Parallel(); fleets(false).Soak(t) }

// The test of the test: whoever takes the newest machine of the name takes
// other people's machines.
func TestRandomSchedulesCatchTheNewestOfTheName(t *testing.T) {
	t.Parallel()
	fleets(true).Catch(t, bindsOthers)
}

const rounds = 2 // of trouble, before the round without

// account is a schedule at work.
type account struct {
	*rehearsal.Schedule
	fake       *fakenebula.Server
	workspaces []*workspace
	faultRate  float64
	retries    string
	// newest breaks the rule by which a machine with a plain name is found.
	newest bool
}

// workspace is a configuration with its state.
type workspace struct {
	rehearsal.Runner
	account    *account
	credential string
	// power and gone are what the configuration says of an address this time.
	power map[string]any
	gone  map[string]bool

	mu sync.Mutex
	// said is every text that people were told, killed the names that runs have
	// asked for that were killed.
	said   []string
	killed map[string]bool
	asked  map[string]bool // of the run at hand
}

func newAccount(s *rehearsal.Schedule, newest bool) *account {
	upTo := func(seconds int) time.Duration { return time.Duration(s.IntN(seconds+1)) * time.Second }
	a := &account{Schedule: s, newest: newest, faultRate: rehearsal.Pick(s.Rand, 0, 0.05, 0.1, 0.3), retries: rehearsal.Pick(s.Rand, "0", "2", "4")}
	options := fakenebula.Options{Seed: s.Seed | 1<<63, HideNewFor: upTo(20), Reading: rehearsal.Pick(s.Rand, fakenebula.Readings()...)}
	if s.Chance(20) {
		options.Stored = fakenebula.LowerCase
	}
	ends, mu := s.Source("deployments"), sync.Mutex{}
	options.Instances = fakenebula.InstanceOptions{
		DeployTime: upTo(300), DeleteTime: upTo(120), StopTime: upTo(60), StartTime: upTo(60), ShowDeletedFor: rehearsal.Pick(s.Rand, 0, time.Minute),
		Deployments: func(string) fakenebula.Deployment {
			mu.Lock()
			defer mu.Unlock()
			return rehearsal.Pick(ends, fakenebula.DeploySucceeds, fakenebula.DeploySucceeds, fakenebula.DeploySucceeds, fakenebula.DeploySucceeds, fakenebula.DeployFails, fakenebula.DeployHangs)
		},
	}
	for i := range 1 + s.IntN(3) {
		ws := &workspace{account: a, Runner: rehearsal.Runner{Schedule: s, Number: i}, credential: fmt.Sprintf("ak_credential-of-workspace-%d-in-%d", i, s.Seed), killed: map[string]bool{}}
		options.APIKeys = append(options.APIKeys, fakenebula.SeedKey{Name: "credential", Secret: ws.credential})
		a.workspaces = append(a.workspaces, ws)
	}
	a.fake = fakenebula.New(options)
	for _, ws := range a.workspaces {
		ws.API = a.fake
		ws.configure(1 + s.IntN(2))
	}
	return a
}

func names() []string { return []string{"train", "batch", "TRAIN"} }

// configure makes a configuration of so many machines.
func (ws *workspace) configure(machines int) {
	a := ws.account
	ws.Workspace = acctest.Rehearse(map[string]string{"NEBULA_API_URL": a.fake.BaseURL(), "NEBULA_API_KEY": ws.credential, "NEBULA_MAX_RETRIES": a.retries}, ws.wire)
	ws.Around = func(p *rehearsal.Process, address string) func() {
		ws.Stagger(p, address)
		return func() {}
	}
	for i := range machines {
		address, arguments := fmt.Sprintf("nebula_instance.m%d", i), exact(rehearsal.Args{"name": rehearsal.Pick(a.Rand, names()...)})
		if a.Chance(50) {
			arguments = args(rehearsal.Args{"name_prefix": rehearsal.Pick(a.Rand, names()...)})
		}
		ws.Resources = append(ws.Resources, rehearsal.Resource{Address: address, Config: func(rehearsal.Known) rehearsal.Args {
			if ws.gone[address] {
				return nil
			}
			arguments["power_state"] = ws.power[address]
			return arguments
		}})
	}
}

// play runs the schedule: rounds of trouble, then an hour later one apply of
// each workspace without any.
func (a *account) play() {
	for round := range rounds {
		var group sync.WaitGroup
		group.Go(func() { a.console(a.Source("console %d", round)) })
		for _, ws := range a.workspaces {
			group.Go(func() { ws.run(round) })
		}
		group.Wait()
		a.Wait(rehearsal.Pick(a.Rand, time.Second, time.Minute, 20*time.Minute) + time.Duration(a.Int64N(1e9)))
	}
	a.Wait(time.Hour)
	for _, ws := range a.workspaces {
		ws.run(rounds)
	}
	a.audit()
	a.Wait(6 * time.Minute) // a list that nobody waits for any more ends by then
}

// console is somebody who makes, stops and deletes machines by hand. A machine is
// deleted by hand once lists have shown it for a while: one that no list has
// shown, and another of its name in its place, nobody could tell apart.
func (a *account) console(r *rand.Rand) {
	for range r.IntN(4) {
		a.Wait(within(r))
		if all := a.fake.Instances(); len(all) > 0 && r.IntN(3) == 0 {
			machine := rehearsal.Pick(r, all...)
			if shown := time.Since(machine.CreatedAt) > time.Minute; shown && r.IntN(2) == 0 {
				a.fake.DeleteInstance(machine.ID)
			} else {
				a.fake.SetInstancePhase(machine.ID, fakenebula.PhaseStopped)
			}
			continue
		}
		a.fake.AddInstance(rehearsal.Pick(r, names()...))
		a.Count("machines at the console", 1)
	}
}

// within is a moment of a run: much happens in its first seconds.
func within(r *rand.Rand) time.Duration {
	return time.Duration(r.Int64N(int64(rehearsal.Pick(r, 2*time.Second, time.Minute))))
}

// run is one `terraform apply`, in which some machines are replaced, switched or
// left out.
func (ws *workspace) run(round int) {
	a, r := ws.account, ws.account.Source("run %d %d", ws.Number, round)
	ws.Begin(round)
	ws.gone, ws.power, ws.asked = map[string]bool{}, map[string]any{}, map[string]bool{}
	options := rehearsal.Options{}
	if round < rounds {
		switch r.IntN(5) {
		case 0:
			defer ws.Strike(within(r), "interrupts", (*rehearsal.Process).Interrupt)()
		case 1:
			defer ws.Strike(within(r), "kills", (*rehearsal.Process).Kill)()
		}
		for _, resource := range ws.Resources {
			switch r.IntN(8) {
			case 0:
				options.Replace = append(options.Replace, resource.Address)
			case 1:
				ws.gone[resource.Address] = true
			case 2, 3:
				ws.power[resource.Address] = rehearsal.Pick(r, "running", "stopped")
			}
		}
	}
	plan, report := ws.Plan(context.Background(), options)
	ws.heard("plan", report)
	if plan == nil {
		return
	}
	report = ws.ApplyPlan(context.Background(), plan)
	ws.heard("apply", report)
	for _, resource := range ws.Resources {
		old, now := plan.Refreshed(resource.Address), ws.State(resource.Address)
		id, before := now.Object.Text("id"), old.Object.Text("id")
		switch {
		case now.Object != nil && id == "":
			a.Count("creates undecided", 1)
		case id == before:
		case id == "":
			a.Count("machines destroyed", 1)
		default:
			a.Count("machines made", 1)
		}
	}
}

// heard keeps what people were told, and of a killed run what it had asked for.
func (ws *workspace) heard(command string, report *rehearsal.Report) {
	ws.Heard(command, report)
	text := strings.ToLower(report.String())
	for what, sign := range map[string]string{"names refused": "already. the api answers a create without an id", "undecided creates found later": "found after a lost answer"} {
		ws.account.Count(what, strings.Count(text, sign))
	}
	ws.mu.Lock()
	defer ws.mu.Unlock()
	ws.said = append(ws.said, text)
	if report.Killed {
		for name := range ws.asked {
			ws.killed[name] = true
		}
	}
}

// wire has what befalls the schedule's requests happen to those of a process.
func (ws *workspace) wire(p *rehearsal.Process) http.RoundTripper {
	a := ws.account
	return ws.Wire(p, func(sent rehearsal.Sent) {
		ws.note(sent)
		switch {
		case sent.Round < rounds && sent.Rand.Float64() < a.faultRate:
			ws.Spoil(sent, rehearsal.Mishap(sent.Rand, callOf(sent.Request)))
		case a.newest && p.Command == "apply":
			ws.Inject(sent, fakenebula.Fault{Operation: opList, Rewrite: rehearsal.EditRows(ws.onlyTheNewest)})
		}
	})
}

func callOf(r *http.Request) rehearsal.Call {
	switch {
	case r.Method == http.MethodPost:
		return rehearsal.CreateCall
	case r.Method == http.MethodDelete, strings.HasSuffix(r.URL.Path, "/stop"), strings.HasSuffix(r.URL.Path, "/start"):
		return rehearsal.DeleteCall
	default:
		return rehearsal.ListCall
	}
}
