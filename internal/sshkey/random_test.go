package sshkey_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
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
	*rehearsal.Workspace
	account    *account
	number     int
	credential string
	round      int
	name       string // of all its entries this time
	said       strings.Builder

	mu      sync.Mutex
	running *rehearsal.Process
	asked   map[string]string // public key by name, of the run at hand
}

func newAccount(s *rehearsal.Schedule, byName bool) *account {
	a := &account{Schedule: s, byName: byName, faultRate: rehearsal.Pick(s.Rand, 0, 0.1, 0.3)}
	o := fakenebula.Options{Seed: s.Seed | 1<<63, HideNewFor: time.Duration(s.IntN(9)) * time.Second, Reading: rehearsal.Pick(s.Rand, fakenebula.Readings()...)}
	if byName {
		o.Reading = fakenebula.Reading2025 // in which a list is a plain array
	}
	for i := range 1 + s.IntN(2) {
		ws := &workspace{account: a, number: i, credential: fmt.Sprintf("ak_credential-of-workspace-%d-in-%d", i, s.Seed)}
		o.APIKeys = append(o.APIKeys, fakenebula.SeedKey{Name: "credential", Secret: ws.credential})
		a.workspaces = append(a.workspaces, ws)
	}
	a.fake = fakenebula.New(o)
	for _, ws := range a.workspaces {
		ws.Workspace = acctest.Rehearse(map[string]string{"NEBULA_API_URL": a.fake.BaseURL(), "NEBULA_API_KEY": ws.credential}, ws.wire)
		for i := range 1 + s.IntN(2) {
			n := 10*ws.number + i
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
	a, r := ws.account, ws.account.Source("run %d %d", ws.number, round)
	ws.round, ws.name = round, rehearsal.Pick(r, "laptop", "ci")
	ws.mu.Lock()
	ws.asked = map[string]string{}
	ws.mu.Unlock()
	options := rehearsal.Options{}
	if round < rounds {
		hit := func(what string, do func(*rehearsal.Process)) *time.Timer {
			return time.AfterFunc(time.Duration(r.Int64N(int64(3*time.Second))), func() {
				ws.mu.Lock()
				p := ws.running
				ws.mu.Unlock()
				if p != nil {
					a.Count(what, 1)
					do(p)
				}
			})
		}
		switch r.IntN(5) {
		case 0:
			defer hit("interrupts", (*rehearsal.Process).Interrupt).Stop()
		case 1:
			defer hit("kills", (*rehearsal.Process).Kill).Stop()
		case 2:
			options.Replace = append(options.Replace, ws.Resources[0].Address)
		}
	}
	report := ws.Apply(context.Background(), options)
	a.Heard(fmt.Sprintf("%d.%d", ws.number, round), report)
	ws.said.WriteString(report.String())
}

// wire is what lies between a process and the API: it takes time, and the
// schedule's faults happen on it.
func (ws *workspace) wire(p *rehearsal.Process) http.RoundTripper {
	a := ws.account
	ws.mu.Lock()
	ws.running = p
	ws.mu.Unlock()
	round := ws.round // a list that nobody waits for goes on into the next one
	return p.Wire(a.fake.Transport(), func(n int, r *http.Request) error {
		label := fmt.Sprintf("%d.%d %s #%d", ws.number, round, p.Command, n)
		random := a.Source("call %s", label)
		a.Wait(time.Duration(random.Int64N(int64(100 * time.Millisecond))))
		r.Header.Set("User-Agent", label) // the fake's faults know the request by it
		its := func(q fakenebula.Request) bool { return q.UserAgent == label }
		ws.note(r)
		switch {
		case a.byName && r.Method == http.MethodPost && random.IntN(2) == 0:
			a.fake.Inject(fakenebula.Fault{Operation: opCreate, Match: its, Drop: true})
		case round < rounds && random.Float64() < a.faultRate:
			call := map[string]rehearsal.Call{http.MethodPost: rehearsal.CreateCall, http.MethodPut: rehearsal.CreateCall, http.MethodDelete: rehearsal.DeleteCall}[r.Method]
			fault := rehearsal.Mishap(random, call)
			fault.Match = its
			a.fake.Inject(fault)
			a.Count("faults", 1)
		case a.byName:
			a.fake.Inject(fakenebula.Fault{Operation: opList, Match: its, Rewrite: rehearsal.EditRows(ws.newestHasIt)})
		}
		return nil
	})
}

// note keeps what a create asks for.
func (ws *workspace) note(r *http.Request) {
	if r.Method != http.MethodPost {
		return
	}
	body, err := io.ReadAll(r.Body)
	var sent struct {
		Name      string `json:"name"`
		PublicKey string `json:"public_key"`
	}
	if err != nil || json.Unmarshal(body, &sent) != nil {
		panic("the body of a create cannot be read")
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	ws.mu.Lock()
	defer ws.mu.Unlock()
	ws.asked[sent.Name] = sent.PublicKey
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
	owner := func(ws *workspace) string { return fmt.Sprint(ws.number + 1) } // the id of its key
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
				a.Violate("%d %s has entry %s, which is somebody else's", ws.number, address, id)
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
