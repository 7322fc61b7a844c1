package instance_test

import (
	"fmt"
	"math/big"
	"net/http"
	"slices"
	"strings"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

// What the totals say of the rules. Both must stay at nothing.
const (
	othersTouched = "machines of others bound, stopped or deleted"
	unknownCost   = "dollars of machine-hours that are in no state and in no message"
)

// bindsOthers is said of a machine that another one has made.
const bindsOthers = "is in the state of a workspace that has not made it"

// note keeps the name that a create asks for.
func (ws *workspace) note(sent rehearsal.Sent) {
	if sent.Method != http.MethodPost {
		return
	}
	var machine struct {
		Name string `json:"instance_name"`
	}
	sent.Read(&machine)
	ws.mu.Lock()
	defer ws.mu.Unlock()
	ws.asked[strings.ToLower(machine.Name)] = true
}

// onlyTheNewest makes a list the one that a provider would see that takes the
// newest machine of the name: before it has asked for a name, none has it, and
// after that only the newest machine does.
func (ws *workspace) onlyTheNewest(list []map[string]any) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	newest := map[string]map[string]any{}
	for _, row := range list {
		name := strings.ToLower(fmt.Sprint(row["host_name"]))
		if other := newest[name]; other != nil {
			rename(other)
		}
		newest[name] = row
		if !ws.asked[name] {
			rename(row)
		}
	}
}

func rename(row map[string]any) { row["host_name"], row["name"] = "hidden", "hidden" }

// audit goes through the ledger. No machine was bound, stopped or deleted by
// anybody but whoever made it, or a console. Whoever made a machine that is
// billed knows of it. No password has been told.
func (a *account) audit() {
	a.Count(othersTouched, 0)
	spent, unknown := new(big.Rat), new(big.Rat)
	makers := map[string]fakenebula.Actor{}
	for _, machine := range a.fake.IssuedInstances() {
		a.Note("machine %s, named %q, made by %q at %v, gone at %v", machine.ID, machine.Name, machine.CreatedBy.ID, machine.CreatedAt, machine.DeletedAt)
		makers[machine.ID] = machine.CreatedBy
		spent.Add(spent, machine.Cost)
		if machine.CreatedBy.Via != fakenebula.ViaAPI || !machine.DeletedAt.IsZero() {
			continue
		}
		if !a.workspaces[a.numberOf(machine.CreatedBy.ID)].knows(machine) {
			unknown.Add(unknown, machine.Cost)
			a.Violate("machine %s, named %q, is billed, in no state and in no message", machine.ID, machine.Name)
		}
	}
	for _, request := range a.fake.Journal() {
		a.Note("%v %s: %s -> %d %s", request.Time, request.UserAgent, request.Operation, request.Status, request.ObjectID)
		// A refused request did nothing; one without an answer may have.
		if request.Changes && request.Operation != opCreate && makers[request.ObjectID].ID != request.CredentialID {
			a.touched("machine %s was made by %q, and %q has sent %q", request.ObjectID, makers[request.ObjectID].ID, request.CredentialID, request.Operation)
		}
		if request.Operation == fakenebula.OpStopInstance || request.Operation == fakenebula.OpStartInstance {
			a.Count("machines switched", 1)
		}
	}
	for _, ws := range a.workspaces {
		for address, stored := range ws.Stored() {
			if id := stored.Object.Text("id"); id != "" && a.numberOf(makers[id].ID) != ws.Number {
				a.touched("machine %s, made by %q, "+bindsOthers+": %d %s", id, makers[id].ID, ws.Number, address)
			}
		}
		if leak := acctest.Leak(strings.Join(ws.said, "\n"), a.passwords()...); leak != "" {
			a.Violate("a password was told: %s", leak)
		}
	}
	a.Count("dollars of machine-hours", dollars(spent))
	a.Count(unknownCost, dollars(unknown))
}

func (a *account) touched(format string, args ...any) {
	a.Count(othersTouched, 1)
	a.Violate(format, args...)
}

// numberOf is the number of the workspace whose key has the id, -1 for none:
// the keys are the first ones that the account had.
func (a *account) numberOf(key string) int {
	return slices.IndexFunc(a.workspaces, func(ws *workspace) bool { return fmt.Sprint(ws.Number+1) == key })
}

func (a *account) passwords() []string {
	var all []string
	for _, machine := range a.fake.IssuedInstances() {
		all = append(all, machine.Password)
	}
	return all
}

// dollars are whole ones, rounded up: something is not nothing.
func dollars(r *big.Rat) int {
	whole, rest := new(big.Int).QuoRem(r.Num(), r.Denom(), new(big.Int))
	return int(whole.Int64()) + rest.Sign()
}

// knows says that a machine is in the state, with its id or, as long as that is
// not known, with its name; or that people were told of it; or that its name
// ends in the token of a run that was killed, by which it is found.
func (ws *workspace) knows(machine fakenebula.Instance) bool {
	name := strings.ToLower(machine.Name)
	for _, stored := range ws.Stored() {
		id := stored.Object.Text("id")
		if id == machine.ID || id == "" && strings.ToLower(stored.Object.Text("name")) == name {
			return true
		}
	}
	marked := fleetToken.MatchString(name)
	for _, text := range ws.said {
		if strings.Contains(text, fmt.Sprintf("%s (%q", machine.ID, name)) || marked && strings.Contains(text, fmt.Sprintf("%q", name)) {
			return true
		}
	}
	if marked && ws.killed[name] {
		ws.account.Count("machines of killed runs, found by their names", 1)
		return true
	}
	return false
}
