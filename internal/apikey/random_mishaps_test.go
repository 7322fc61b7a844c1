package apikey_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"

	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

// elsewhere is another account.
const elsewhere = "elsewhere"

// draw decides what kinds of trouble there are in a schedule. Where a clock is
// ahead, nobody can tell that a key is too young for a list that lags.
func (a *account) draw() {
	a.clocks, a.accounts, a.moves, a.apart = a.Chance(15), a.Chance(12), a.Chance(12), a.blind && a.Chance(50)
	if a.clocks || a.apart {
		a.hideFor = 0
	}
}

// readingOf draws an API that is not quite the documented one. Where rows show no
// marker nothing can be found by it, and where names are unique not every
// configuration can come true; foreign keys are safe all the same.
func (a *account) readingOf(o *fakenebula.Options) {
	o.Reading = fakenebula.Reading2024
	switch a.IntN(12) {
	case 0:
		o.Reading, a.blind = fakenebula.Reading2025, true
		if a.apart = a.Chance(50); a.apart {
			o.HideNewFor, a.hideFor = 0, 0
		}
		a.Count("schedules without markers in sight", 1)
	case 1, 2:
		o.Keys.SameName = rehearsal.Pick(a.Rand, fakenebula.NameRefused, fakenebula.NameReturnsBare, fakenebula.NameReturnsMasked, fakenebula.NameReturnsWhole)
		a.unique = true
		if o.Keys.SameName == fakenebula.NameReturnsWhole {
			// Nothing but the marker tells that the answer is not about a new key.
			a.unmarked, a.blind, a.whole = false, false, true
		}
		a.Count("schedules of unique names", 1)
	case 3, 4:
		o.Stored = rehearsal.Pick(a.Rand, fakenebula.HTMLEscaped, fakenebula.CRLF, fakenebula.Trimmed, fakenebula.Decomposed)
		a.Count("schedules of texts stored otherwise", 1)
	}
}

// noteRepeat notes that a process gets an answer of another create.
func (a *account) noteRepeat(p *rehearsal.Process, fault fakenebula.Fault) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.repeated[p] = a.repeated[p] || fault.Repeat
}

// mustSee: where no answer shows whose it is, a list must.
func (a *account) mustSee(p *rehearsal.Process, r *http.Request) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.blind && r.Method == http.MethodGet && a.repeated[p]
}

// calm has a run go as it should.
func (ws *workspace) calm() {
	ws.clock.Set(0)
	ws.environment["NEBULA_API_KEY"] = ws.credential
	ws.jumpAt, ws.moveAt, ws.moved = 0, 0, false
}

// trouble decides what befalls a run: a clock that is wrong or is set under way,
// the credential of another account, a list that moves.
func (ws *workspace) trouble(r *rand.Rand) {
	a := ws.account
	if a.clocks {
		if r.IntN(2) == 0 {
			ws.clock.Set(rehearsal.Error(r))
			a.Count("runs with a wrong clock", 1)
		}
		if r.IntN(2) == 0 {
			ws.jumpAt, ws.jump = 1+r.IntN(6), rehearsal.Pick(r, 0, rehearsal.Error(r))
		}
	}
	if a.accounts && r.IntN(3) == 0 {
		ws.environment["NEBULA_API_KEY"] = ws.other
		a.Count("runs in another account", 1)
	}
	if a.moves && r.IntN(2) == 0 {
		ws.moveAt = 1 + r.IntN(6)
	}
}

// inAccount is where the run at hand looks.
func (ws *workspace) inAccount() string {
	if ws.environment["NEBULA_API_KEY"] == ws.other {
		return elsewhere
	}
	return ""
}

// befall has happen what was decided, at the request of this number.
func (ws *workspace) befall(p *rehearsal.Process, sent rehearsal.Sent) {
	a, n := ws.account, sent.Number
	if n == ws.jumpAt {
		ws.clock.Set(ws.jump)
		a.Count("clocks set under way", 1)
	}
	if ws.moveAt == 0 || n < ws.moveAt || ws.moved || sent.Method != http.MethodGet {
		return
	}
	ws.moved = true
	process := ws.Label(p.Command) + " #"
	a.fake.Inject(rehearsal.MovedList(fakenebula.OpListKeys, 1+n%3, func(q fakenebula.Request) bool { return strings.HasPrefix(q.UserAgent, process) })...)
	a.Count("lists that move", 1)
}

// more are mishaps of keys besides those of all things. An answer that a proxy
// repeats can be told by the marker or the name only.
func (a *account) more(r *http.Request) []fakenebula.Fault {
	switch {
	case r.Method != http.MethodPost:
		return nil
	case a.blind && !a.apart:
		return []fakenebula.Fault{{Rewrite: fakenebula.WithoutField("key")}}
	}
	return []fakenebula.Fault{{Rewrite: fakenebula.WithoutField("key")}, {Repeat: true}, {Repeat: true, Commit: true}}
}

// matchByName breaks the rule by which lost keys are found. Of the keys that
// were not there when the process began, the newest one of the name that was
// asked for is shown with the marker of the create.
func (ws *workspace) matchByName() func(rehearsal.Sent) {
	var mu sync.Mutex
	before, tokens := map[string]bool{}, map[string]string{}
	for _, key := range ws.API.Keys() {
		before[key.ID] = true
	}
	return func(sent rehearsal.Sent) {
		mu.Lock()
		defer mu.Unlock()
		switch sent.Method {
		case http.MethodPost:
			var key struct{ Name, Description string }
			sent.Read(&key)
			tokens[key.Name] = tokenOf(key.Description)
		case http.MethodGet:
			ws.Inject(sent, fakenebula.Fault{Rewrite: rehearsal.EditRows(func(rows []map[string]any) {
				newest := map[string]map[string]any{}
				for _, row := range rows {
					if name := fmt.Sprint(row["name"]); !before[fmt.Sprint(row["id"])] && tokens[name] != "" {
						newest[name] = row
					}
				}
				for name, row := range newest {
					row["description"] = "[tf:" + tokens[name] + "]"
				}
			})})
		}
	}
}
