package apikey_test

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

// check compares the account's ledger with the states.
func (a *account) check() {
	journal := a.fake.Journal()
	a.Count("requests", len(journal))
	// Which run sent which token, when a key's deletion was last asked for, and
	// when the list was served that settled an undecided create.
	type run struct{ workspace, round int }
	runs, asked, served := map[string]run{}, map[string]time.Time{}, map[string]time.Time{}
	for _, e := range journal {
		a.Note("%v %s %d %s", e.Time.UnixNano(), e.UserAgent, e.Status, e.ObjectID)
		switch e.Operation {
		case fakenebula.OpCreateKey:
			var r run
			if _, err := fmt.Sscanf(e.UserAgent, "%d.%d", &r.workspace, &r.round); err != nil {
				panic(e.UserAgent)
			}
			runs[tokenOf(e.Facts[fakenebula.FactDescription])] = r
		case fakenebula.OpDeleteKey:
			asked[e.ObjectID] = e.Time
		case fakenebula.OpListKeys:
			for token, s := range a.settled {
				if strings.HasPrefix(e.UserAgent, s.process+" ") && e.Status == http.StatusOK && !e.Time.After(s.at) {
					served[token] = e.Time
				}
			}
		default:
		}
	}
	inState, deletedLate := a.inState(), map[string]bool{}
	for _, key := range a.fake.Issued() {
		deletedLate[key.ID] = key.DeletedBy.Via == fakenebula.ViaAPI && key.DeletedAt.Sub(asked[key.ID]) >= time.Second
		if key.DeletedBy.Via == fakenebula.ViaAPI && key.DeletedBy != key.CreatedBy {
			a.Violate("%s: %+v", foreignDelete, key)
		}
		if key.CreatedBy.Via != fakenebula.ViaAPI || !key.DeletedAt.IsZero() || inState[key.ID] || a.blind {
			continue
		}
		// An orphan: nothing but its marker leads to it.
		token := tokenOf(key.Description)
		sender, sent := runs[token]
		gaveUpIn, gaveUp := a.settled[token]
		looked := served[token]
		switch {
		case token == "" || !sent:
			a.Violate("untraceable key: %+v", key)
		case gaveUp && (gaveUpIn.elsewhere || gaveUpIn.account != key.Account):
			a.Count("undecided creates given up elsewhere", 1)
		case gaveUp && !looked.IsZero() && key.CreatedAt.Add(a.hideFor).After(looked):
			a.Count("orphans committed late, marked", 1)
		case a.workspaces[sender.workspace].killed[sender.round]:
			a.Count("orphans of killed runs, marked", 1)
		case a.toldOf(key):
			a.Count("keys left and told of", 1)
		default:
			a.Violate("orphaned key: %+v, looked for at %v", key, looked)
		}
	}
	a.checkStates(deletedLate)
}

func (a *account) inState() map[string]bool {
	ids := map[string]bool{}
	for _, ws := range a.workspaces {
		for _, instance := range ws.Stored() {
			ids[instance.Object.Text("id")] = true
		}
	}
	return ids
}

// checkStates: after a run without trouble each address holds a key that works.
func (a *account) checkStates(deletedLate map[string]bool) {
	for _, ws := range a.workspaces {
		for _, resource := range ws.Resources {
			instance := ws.State(resource.Address)
			id, key := instance.Object.Text("id"), instance.Object.Text("key")
			switch {
			case a.blind, a.unique:
			case id != "" && deletedLate[id]:
				// Its deletion failed, the key was wanted again, and then the
				// deletion took effect after all. The next read will tell.
			case id == "" || instance.Tainted:
				a.Violate("%d %s does not converge", ws.Number, resource.Address)
			case !a.fake.Valid(key) || a.fake.Secret(id) != key:
				a.Violate("%d %s holds a dead key: %s", ws.Number, resource.Address, id)
			}
		}
	}
	if leak := acctest.Leak(strings.Join(a.said, "\n"), slices.Sorted(slices.Values(a.fake.Secrets()))...); leak != "" {
		a.Violate("secret outside state: %s", leak)
	}
}

// departure is how a key that lives went out of a state.
type departure struct {
	workspace *workspace
	text      string // what was said
	// account is where the run looked, others that it saw other keys of the
	// state there.
	account string
	others  bool
}

// leave notes what was said when a key that lives went out of the state.
func (ws *workspace) leave(before, after map[string]rehearsal.Instance, report *rehearsal.Report) {
	a := ws.account
	living := map[string]fakenebula.Key{}
	for _, key := range a.fake.Keys() {
		living[key.ID] = key
	}
	stay := map[string]bool{}
	for _, instance := range after {
		stay[instance.Object.Text("id")] = true
	}
	for _, instance := range before {
		id := instance.Object.Text("id")
		if _, lives := living[id]; !lives || stay[id] {
			continue
		}
		d := departure{workspace: ws, text: report.String(), account: ws.inAccount()}
		for _, other := range before {
			key, lives := living[other.Object.Text("id")]
			d.others = d.others || lives && key.Account == d.account
		}
		a.mu.Lock()
		a.left[id] = append(a.left[id], d)
		a.mu.Unlock()
	}
}

// toldOf reports whether people were told that a key which lives has left a
// state: by its id, or that not one of the keys was found. One key of several
// that is missing in the account at hand is taken for one that was deleted.
func (a *account) toldOf(key fakenebula.Key) bool {
	named := regexp.MustCompile(`(?i)\bkey ` + key.ID + `\b`)
	for _, d := range a.left[key.ID] {
		switch {
		case named.MatchString(d.text), strings.Contains(d.text, "None of the API keys was found"):
			return true
		case d.others && d.account != key.Account:
			a.Count("keys of another account among ours, planned again", 1)
			return true
		}
	}
	return false
}
