package sshkey_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

// lives is the random test of SSH keys: one or two workspaces register, rename,
// replace and delete them under faults, list lag, interrupts and kills, while a
// stranger registers others under the same names. No foreign entry is bound,
// renamed or deleted, and each that was made is in a state or was told of.
func lives(byName bool) rehearsal.Suite {
	return rehearsal.Suite{
		Play:  func(s *rehearsal.Schedule) { newAccount(s, byName).play() },
		Needs: []string{"faults", "interrupts", "kills", "entries made", "foreign entries"},
	}
}

func TestRandomSchedules(t *testing.T) { t.Parallel(); lives(false).Run(t) }

func TestSoakRandomSchedules(t *testing.T) { t.Parallel(); lives(false).Soak(t) }

// The test of the test: whoever takes the newest entry of the name after a lost
// answer takes other people's entries.
func TestRandomSchedulesCatchMatchingByName(t *testing.T) {
	t.Parallel()
	lives(true).Catch(t, "somebody else's")
}

const rounds = 2 // of trouble, before the round without

// account is a schedule at work.
type account struct {
	*rehearsal.Schedule
	fake       *fakenebula.Server
	workspaces []*workspace
	faultRate  float64
	byName     bool // breaks the rule by which a lost entry is found
}

// workspace is a configuration with its state.
type workspace struct {
	rehearsal.Runner
	account    *account
	credential string
	name       string // of all its entries this time
	said       strings.Builder

	mu    sync.Mutex
	asked map[string]string // public key by name, of the run at hand
}

func newAccount(s *rehearsal.Schedule, byName bool) *account {
	a := &account{Schedule: s, byName: byName, faultRate: rehearsal.Pick(s.Rand, 0, 0.1, 0.3)}
	o := fakenebula.Options{Seed: s.Seed | 1<<63, HideNewFor: time.Duration(s.IntN(9)) * time.Second, Reading: rehearsal.Pick(s.Rand, fakenebula.Readings()...)}
	if byName {
		o.Reading = fakenebula.Reading2025 // in which a list is a plain array
	}
	for i := range 1 + s.IntN(2) {
		ws := &workspace{account: a, Runner: rehearsal.Runner{Schedule: s, Number: i}, credential: fmt.Sprintf("ak_credential-of-workspace-%d-in-%d", i, s.Seed)}
		o.APIKeys = append(o.APIKeys, fakenebula.SeedKey{Name: "credential", Secret: ws.credential})
		a.workspaces = append(a.workspaces, ws)
	}
	a.fake = fakenebula.New(o)
	for _, ws := range a.workspaces {
		ws.API = a.fake
		ws.Workspace = acctest.Rehearse(map[string]string{"NEBULA_API_URL": a.fake.BaseURL(), "NEBULA_API_KEY": ws.credential}, ws.wire)
		for i := range 1 + s.IntN(2) {
			n := 10*ws.Number + i
			ws.Resources = append(ws.Resources, rehearsal.Resource{Address: fmt.Sprintf("nebula_ssh_key.k%d", i),
				Config: func(rehearsal.Known) rehearsal.Args { return args(ws.name, line(n)) }})
		}
	}
	return a
}

// play runs the schedule: rounds of trouble, then an hour later one apply of
// each workspace without any.
func (a *account) play() {
	for round := range rounds {
		var group sync.WaitGroup
		group.Go(func() {
			r := a.Source("stranger %d", round)
			for i := range r.IntN(4) {
				a.Wait(time.Duration(r.Int64N(int64(5 * time.Second))))
				a.fake.AddSSHKey(rehearsal.Pick(r, "laptop", "ci"), line(1000+10*round+i))
				a.Count("foreign entries", 1)
			}
		})
		for _, ws := range a.workspaces {
			group.Go(func() { ws.run(round) })
		}
		group.Wait()
		a.Wait(rehearsal.Pick(a.Rand, time.Second, time.Minute, 20*time.Minute))
	}
	a.Wait(time.Hour)
	for _, ws := range a.workspaces {
		ws.run(rounds)
	}
	a.audit()
	a.Wait(6 * time.Minute) // a list that nobody waits for any more ends by then
}

// run is one `terraform apply`.
func (ws *workspace) run(round int) {
	r := ws.Schedule.Source("run %d %d", ws.Number, round)
	ws.Begin(round)
	ws.name = rehearsal.Pick(r, "laptop", "ci")
	ws.mu.Lock()
	ws.asked = map[string]string{}
	ws.mu.Unlock()
	options := rehearsal.Options{}
	if round < rounds {
		within := func() time.Duration { return time.Duration(r.Int64N(int64(3 * time.Second))) }
		switch r.IntN(5) {
		case 0:
			defer ws.Strike(within(), "interrupts", (*rehearsal.Process).Interrupt)()
		case 1:
			defer ws.Strike(within(), "kills", (*rehearsal.Process).Kill)()
		case 2:
			options.Replace = append(options.Replace, ws.Resources[0].Address)
		}
	}
	report := ws.Apply(context.Background(), options)
	ws.Heard("apply", report)
	ws.said.WriteString(report.String())
}

// wire has what befalls the schedule's requests happen to those of a process.
func (ws *workspace) wire(p *rehearsal.Process) http.RoundTripper {
	a := ws.account
	return ws.Wire(p, func(sent rehearsal.Sent) {
		ws.note(sent)
		switch {
		case a.byName && sent.Method == http.MethodPost && sent.Rand.IntN(2) == 0:
			ws.Inject(sent, fakenebula.Fault{Operation: opCreate, Drop: true})
		case sent.Round < rounds && sent.Rand.Float64() < a.faultRate:
			call := map[string]rehearsal.Call{http.MethodPost: rehearsal.CreateCall, http.MethodPut: rehearsal.CreateCall, http.MethodDelete: rehearsal.DeleteCall}[sent.Method]
			ws.Spoil(sent, rehearsal.Mishap(sent.Rand, call))
		case a.byName:
			ws.Inject(sent, fakenebula.Fault{Operation: opList, Rewrite: rehearsal.EditRows(ws.newestHasIt)})
		}
	})
}

// note keeps what a create asks for.
func (ws *workspace) note(sent rehearsal.Sent) {
	if sent.Method != http.MethodPost {
		return
	}
	var entry struct {
		Name      string `json:"name"`
		PublicKey string `json:"public_key"`
	}
	sent.Read(&entry)
	ws.mu.Lock()
	defer ws.mu.Unlock()
	ws.asked[entry.Name] = entry.PublicKey
}

// newestHasIt shows the newest entry of a name with the public key of the create
// that asked for the name.
func (ws *workspace) newestHasIt(rows []map[string]any) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	newest := map[string]map[string]any{}
	for _, row := range rows {
		newest[fmt.Sprint(row["name"])] = row
	}
	for name, publicKey := range ws.asked {
		if row := newest[name]; row != nil && publicKey != "" {
			row["public_key"] = publicKey
		}
	}
}

// audit compares the account's ledger with the states and with what was told.
func (a *account) audit() {
	owner := func(ws *workspace) string { return fmt.Sprint(ws.Number + 1) } // the id of its key
	makers, bound := map[string]string{}, map[string]bool{}
	publicKeys := map[string]string{}
	for _, key := range a.fake.SSHKeys() {
		publicKeys[key.ID] = key.PublicKey
	}
	ledger := a.fake.Ledger(fakenebula.KindSSHKey)
	for _, entry := range ledger {
		makers[entry.ID] = entry.CreatedBy.ID
	}
	for _, request := range a.fake.Journal() {
		if (request.Operation == opDelete || request.Operation == opRename) && makers[request.ObjectID] != request.CredentialID {
			a.Violate("%s %q was asked for entry %s, which is somebody else's", request.UserAgent, request.Operation, request.ObjectID)
		}
	}
	for _, ws := range a.workspaces {
		for address, stored := range ws.Stored() {
			id := stored.Object.Text("id")
			if bound[id] = true; id != "" && makers[id] != owner(ws) {
				a.Violate("%d %s has entry %s, which is somebody else's", ws.Number, address, id)
			}
		}
	}
	for _, entry := range ledger {
		if entry.CreatedBy.Via != fakenebula.ViaAPI {
			continue
		}
		a.Count("entries made", 1)
		if !entry.DeletedAt.IsZero() || bound[entry.ID] {
			continue
		}
		ws := a.workspaces[strings.Index("12", entry.CreatedBy.ID)]
		if told := ws.said.String(); !strings.Contains(told, "SSH key "+entry.ID) && !strings.Contains(told, `SSH key "`+entry.ID) && !ws.open(publicKeys[entry.ID]) {
			a.Violate("entry %s, named %q, is in no state and in no message", entry.ID, entry.Name)
		}
	}
}

// open says that the state has an entry without an id for a public key: it is
// looked for on each read.
func (ws *workspace) open(publicKey string) bool {
	for _, stored := range ws.Stored() {
		if stored.Object.Text("id") == "" && strings.TrimSpace(stored.Object.Text("public_key")) == strings.TrimSpace(publicKey) {
			return true
		}
	}
	return false
}
