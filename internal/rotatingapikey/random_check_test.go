package rotatingapikey_test

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

// checkRequest sees each request before it is carried out.
func (r *rotation) checkRequest(q fakenebula.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	op := &r.op
	if q.Operation != fakenebula.OpDeleteKey || op.before.Tainted || op.kind == "destroy" {
		return
	}
	id, state := q.ObjectID, op.before.Object
	madeNow := slices.ContainsFunc(r.fake.Issued()[op.issued:], func(k fakenebula.Key) bool { return k.ID == id })
	switch {
	case op.kind == "plan":
		r.Violate("key %s is deleted by a plan", id)
	case madeNow, slices.Contains(state.Texts("leftover_ids"), id):
	case id == state.Text("previous_id") && !op.proven && !op.troubled && time.Now().Before(r.ends[id]):
		r.Violate("the overlap of key %s is cut short by a clock", id)
	case id == state.Text("previous_id") && (op.proven || !time.Now().Add(op.high).Before(retireAt(state))):
	case id == state.Text("id") && op.proven && op.overlap0:
	default:
		r.Violate("key %s is deleted too early", id)
	}
}

func retireAt(state rehearsal.Object) time.Time {
	at, _ := time.Parse(time.RFC3339, state.Text("previous_retire_at"))
	return at
}

// noteResponse sees each request after it was carried out.
func (r *rotation) noteResponse(q fakenebula.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	// A list that has moved answers under a spelling that this API does not have.
	isList := q.Operation == fakenebula.OpListKeys || q.Operation == fakenebula.OpAbsent && q.Method == http.MethodGet
	if !isList || q.Status != http.StatusOK || isRoot(q) {
		return
	}
	for _, k := range r.fake.Issued()[r.op.issued:] {
		r.op.proven = r.op.proven || k.ID == q.CredentialID
	}
}

var tokenIn = regexp.MustCompile(`\[tf:([^\]]+)\]`)

func tokenOf(description string) string {
	m := tokenIn.FindStringSubmatch(description)
	if m == nil {
		return ""
	}
	return m[1]
}

// check holds the rules after a command.
func (r *rotation) check(what string, report *rehearsal.Report) {
	state := r.state()
	r.Count("commands", 1)
	r.Heard(fmt.Sprintf("%s: id %q, previous %q, leftovers %q", what, state.Text("id"), state.Text("previous_id"), state.Texts("leftover_ids")), report)
	r.checkWords(report)
	r.giveUp(r.op.before.Object, state)
	r.redate(state)
	ids := append(state.Texts("leftover_ids"), state.Text("id"), state.Text("previous_id"))
	tokens := append(state.Texts("unresolved_creation_tokens"), state.Text("creation_token"))
	issued := r.fake.Issued()
	if r.op.isKilled {
		// What a killed process did nobody knows, but for the marker. A delete may
		// take effect later.
		for _, q := range r.fake.Journal()[r.op.requests:] {
			if q.Operation == fakenebula.OpCreateKey {
				r.named[tokenOf(q.Facts[fakenebula.FactDescription])] = true
			}
			if q.Operation == fakenebula.OpDeleteKey {
				r.taken[q.ObjectID] = true
			}
		}
	}
	for _, k := range issued {
		ours, token := k.CreatedBy.Via == fakenebula.ViaAPI, tokenOf(k.Description)
		r.told[k.ID] = r.told[k.ID] || (r.op.troubled || r.trouble.accounts) && r.tellsOf(k.ID, report)
		switch {
		case !k.DeletedAt.IsZero():
			if !ours && !r.adopted[k.ID] && k.DeletedBy.Via == fakenebula.ViaAPI {
				r.Violate("foreign key %s was deleted", k.ID)
			}
		case ours && !slices.Contains(ids, k.ID) && !r.told[k.ID] && (token == "" || !slices.Contains(tokens, token) && !r.named[token]):
			r.Violate("key %s (%s) is an orphan", k.ID, k.Description)
		}
	}
	r.checkSecret(r.workspace.State(rotating))
}

// checkWords looks at what people were told.
func (r *rotation) checkWords(report *rehearsal.Report) {
	secrets := r.fake.Secrets()
	for _, d := range report.Diagnostics {
		if d.Summary == "API key may still appear" {
			r.named[tokenOf(d.Detail)] = true
		}
		if strings.Contains(d.Detail, "defect in the provider") {
			r.Violate("panic: %s", d.Detail)
		}
		for _, secret := range secrets {
			if strings.Contains(d.Detail+d.Summary, secret) {
				r.Violate("a diagnostic holds a secret: %s", d.Detail)
			}
		}
	}
}

func (r *rotation) alive(id string) bool { return r.fake.Valid(r.fake.Secret(id)) }

// checkSecret: the key in state works, and is the one that the state says.
func (r *rotation) checkSecret(instance rehearsal.Instance) {
	state := instance.Object
	id := state.Text("id")
	if id == "" || instance.Tainted {
		return
	}
	secret := r.fake.Secret(id)
	if !r.taken[id] && !r.alive(id) {
		r.Violate("the key in state, %s, is dead", id)
	}
	switch key := state.Text("key"); {
	case r.adopted[id]:
		if key != "" || state.Text("encrypted_key") != "" {
			r.Violate("there is a secret of the imported key %s", id)
		}
	case state.Text("fingerprint") != nebula.Fingerprint(secret):
		r.Violate("the fingerprint in state is not that of key %s", id)
	case !state.Null("age_recipients"):
		if key != "" || state.Text("previous_key") != "" || state.Text("encrypted_key") == "" {
			r.Violate("plaintext in the state of a sealed key")
		}
	case key != secret:
		r.Violate("the secret in state is not that of key %s", id)
	}
}

// giveUp notes the markers that left the state because of a clock that is ahead,
// or of another list: their keys may appear all the same.
func (r *rotation) giveUp(before, state rehearsal.Object) {
	if !r.op.troubled && !r.trouble.accounts && !(r.trouble.clocks && r.trouble.dateless) {
		return
	}
	stay := append(state.Texts("unresolved_creation_tokens"), state.Text("creation_token"))
	for _, token := range append(before.Texts("unresolved_creation_tokens"), before.Text("creation_token")) {
		r.named[token] = r.named[token] || !slices.Contains(stay, token)
	}
}

// tellsOf reports whether people were told that a key which may live has left
// the state: by its id, or that not one of the keys was found.
func (r *rotation) tellsOf(id string, report *rehearsal.Report) bool {
	text := report.String()
	return regexp.MustCompile(`(?i)\bkey `+id+`\b`).MatchString(text) || strings.Contains(text, "None of the API keys was found") ||
		r.op.before.Object.Text("id") == id && strings.Contains(text, "the current one was deleted elsewhere") || r.previousElsewhere(id)
}

// previousElsewhere: a previous key that no list shows, beside a current one that
// a list shows, is taken for one that was deleted.
func (r *rotation) previousElsewhere(id string) bool {
	before := r.op.before.Object
	if id != before.Text("previous_id") || r.state().Text("previous_id") == id {
		return false
	}
	accounts := map[string]string{}
	for _, k := range r.fake.Issued() {
		accounts[k.ID] = k.Account
	}
	return accounts[id] != accounts[before.Text("id")]
}

// date notes when the keys were made that are in state by now.
func (r *rotation) date(before, now rehearsal.Object) {
	low := min(r.op.low, 0) - tolerance
	for _, k := range r.fake.Issued()[r.op.issued:] {
		r.born[k.ID] = k.CreatedAt.Add(low)
	}
	if previous := now.Text("previous_id"); previous != "" && previous != before.Text("previous_id") {
		overlap, _ := time.ParseDuration(now.Text("overlap"))
		r.ends[previous] = time.Now().Add(overlap + low)
	}
}

// redate: a machine whose clock is behind believes nothing that was recorded
// since, dates it again, and says so. Where the API does not tell the time, nobody
// can know better.
func (r *rotation) redate(state rehearsal.Object) {
	if !r.trouble.dateless || r.op.low == 0 {
		return
	}
	if id := state.Text("id"); !r.born[id].IsZero() {
		r.born[id] = earlier(r.born[id], time.Now().Add(r.op.low-tolerance))
	}
	if id := state.Text("previous_id"); !r.ends[id].IsZero() {
		overlap, _ := time.ParseDuration(state.Text("overlap"))
		r.ends[id] = earlier(r.ends[id], time.Now().Add(overlap+r.op.low-tolerance))
	}
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// tolerance is how far two clocks may differ without anybody minding.
const tolerance = 5 * time.Minute

// checkAge: a machine whose clock is right rotates no key before its time,
// whatever machines with other clocks have recorded.
func (r *rotation) checkAge(before rehearsal.Object, report *rehearsal.Report) {
	after, _ := r.args["rotate_after"].(string)
	limit, err := time.ParseDuration(after)
	born, known := r.born[before.Text("id")]
	if r.op.troubled || !known || err != nil || !strings.Contains(report.String(), "the current key is older than rotate_after") {
		return
	}
	if due := born.Add(limit); time.Now().Before(due) {
		r.Violate("key %s, which is due at %v, is rotated because of a clock", before.Text("id"), due)
	}
}

func (r *rotation) count(before rehearsal.Object, after rehearsal.Instance) {
	now := after.Object
	if id := now.Text("id"); before != nil && id != "" && id != before.Text("id") {
		r.Count("rotations", 1)
	}
	r.date(before, now)
	if before.Text("previous_id") != "" && now.Text("previous_id") == "" {
		r.Count("previous keys ended", 1)
	}
	if len(now.Texts("leftover_ids")) > len(before.Texts("leftover_ids")) {
		r.Count("deletes to be repeated", 1)
	}
	if len(now.Texts("unresolved_creation_tokens")) > len(before.Texts("unresolved_creation_tokens")) || after.Tainted && now.Text("id") == "" {
		r.Count("creates undecided", 1)
	}
}

// expectQuiet plans once more: after an apply without errors nothing is left to
// do, unless it said so.
func (r *rotation) expectQuiet(warned bool) {
	state := r.state()
	soon := state.Text("previous_id") != "" && !time.Now().Before(retireAt(state).Add(-time.Minute))
	if warned || len(state.Texts("unresolved_creation_tokens")) > 0 || soon {
		return
	}
	r.begin("plan", r.workspace.State(rotating))
	plan, report := r.workspace.Plan(context.Background(), rehearsal.Options{})
	r.check("plan again", report)
	if plan == nil || !plan.Empty() {
		r.Violate("after an apply, the plan is not empty: %v", plan)
		return
	}
	if now := plan.Refreshed(rotating).Object; now.Text("id") != state.Text("id") || now.Text("previous_id") != state.Text("previous_id") {
		r.Violate("the refresh after an apply has lost a key")
	}
}
