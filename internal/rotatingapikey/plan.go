package rotatingapikey

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// answer is what can be said of a question while planning.
type answer int

const (
	no answer = iota
	yes
	// maybe depends on values that will be known only during apply.
	maybe
)

// decision is what an update will do besides recording arguments.
type decision struct {
	rotate answer
	// retire says that the previous key's time is over.
	retire bool
}

// decide is pure: the same plan, state and note give the same decision, however
// often and whenever Terraform asks.
func decide(plan, state *model, readAt time.Time) decision {
	return decision{
		rotate: decideRotation(plan, state, readAt),
		retire: !state.PreviousID.IsNull() && reached(state.PreviousRetireAt, readAt),
	}
}

func decideRotation(plan, state *model, readAt time.Time) answer {
	if state.ID.IsNull() {
		// The key was deleted elsewhere.
		return yes
	}
	// An imported key has no fingerprint: nobody knows what it was made with,
	// so the first values are only recorded.
	imported := state.Fingerprint.IsNull()
	result := no
	for _, change := range []struct {
		planned, recorded attr.Value
		firstIsFree       bool
	}{
		{plan.Name, state.Name, false},
		{plan.Description, state.Description, false},
		{plan.Keepers, state.Keepers, true},
		{plan.AgeRecipients, state.AgeRecipients, true},
	} {
		switch {
		case change.planned.Equal(change.recorded):
		case imported && change.firstIsFree && change.recorded.IsNull():
		case known(change.planned):
			return yes
		default:
			result = maybe
		}
	}
	switch {
	case plan.RotateAfter.IsUnknown():
		return maybe
	case reached(rotateAt(state.CreatedAt, plan.RotateAfter), readAt):
		return yes
	}
	return result
}

// known reports whether a value is known throughout.
func known(v attr.Value) bool {
	if v.IsUnknown() {
		return false
	}
	var elements []attr.Value
	switch v := v.(type) {
	case types.Map:
		for _, e := range v.Elements() {
			elements = append(elements, e)
		}
	case types.List:
		elements = v.Elements()
	}
	for _, e := range elements {
		if e.IsUnknown() {
			return false
		}
	}
	return true
}

// reached reports whether an instant lies at or before readAt. Without a note
// nothing is reached.
func reached(at types.String, readAt time.Time) bool {
	t, ok := instant(at)
	return ok && !readAt.IsZero() && !readAt.Before(t)
}

// apply writes a decision into the plan's computed attributes. All of them are
// set, because the framework has made some of them unknown already when an
// argument changed.
func (d decision) apply(plan, state *model) {
	m := *state
	m.Name, m.Description, m.Keepers, m.AgeRecipients = plan.Name, plan.Description, plan.Keepers, plan.AgeRecipients
	m.RotateAfter, m.Overlap, m.Timeouts = plan.RotateAfter, plan.Overlap, plan.Timeouts
	m.RotateAt = rotateAt(m.CreatedAt, m.RotateAfter)
	// Every update ends with deleting the keys that should not be there.
	m.LeftoverIDs = noStrings()
	if d.retire {
		m.forgetPrevious()
	}
	if d.rotate != no {
		m.planCurrent()
	}
	switch {
	case d.rotate == maybe, d.rotate == yes && plan.Overlap.IsUnknown():
		unknown := types.StringUnknown()
		m.PreviousID, m.PreviousKey, m.PreviousFingerprint, m.PreviousRetireAt = unknown, unknown, unknown, unknown
	case d.rotate == no || state.ID.IsNull():
		// The previous key stays what it is.
	case duration(plan.Overlap) == 0:
		m.forgetPrevious()
	default:
		m.PreviousID, m.PreviousKey, m.PreviousFingerprint = state.ID, state.Key, state.Fingerprint
		m.PreviousRetireAt = types.StringUnknown()
	}
	if d.rotate == yes {
		m.PreviousKey = keptInPlain(m.PreviousKey, plan.AgeRecipients)
	}
	*plan = m
}

// planCurrent makes everything unknown that the API will decide.
func (m *model) planCurrent() {
	unknown := types.StringUnknown()
	m.ID, m.Fingerprint, m.CreationToken, m.KeyName, m.CreatedAt = unknown, unknown, unknown, unknown, unknown
	m.RotateAt = rotateAt(unknown, m.RotateAfter)
	m.Key, m.EncryptedKey = unknown, unknown
	switch {
	case m.AgeRecipients.IsUnknown():
	case m.AgeRecipients.IsNull():
		m.EncryptedKey = types.StringNull()
	default:
		m.Key = types.StringNull()
	}
}

// planFirst says what is known of a key that does not exist yet.
func planFirst(plan *model) {
	plan.planCurrent()
	plan.forgetPrevious()
	plan.LeftoverIDs, plan.UnresolvedCreationTokens = noStrings(), noStrings()
}

// ModifyPlan decides what an update does.
func (r *rotatingResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		// Nothing is to be decided when all goes.
		return
	}
	var plan, state model
	load := func(ctx context.Context) diag.Diagnostics { return req.Plan.Get(ctx, &plan) }
	r.RunOffline(ctx, tfkit.Doing("plan rotating API key", &resp.Diagnostics, load), func(ctx context.Context, op *tfkit.Operation) {
		if req.State.Raw.IsNull() {
			planFirst(&plan)
			op.Append(resp.Plan.Set(ctx, plan))
			return
		}
		op.Append(req.State.Get(ctx, &state))
		readAt, diags := loadReadAt(ctx, req.Private)
		if op.Append(diags) {
			return
		}
		decide(&plan, &state, readAt).apply(&plan, &state)
		op.Append(resp.Plan.Set(ctx, plan))
	})
}

// noteName is the name of the note in the resource's private state: the instant
// of the read that found something due. It is written anew only where that
// changes what a plan does. A note of each read would make every refresh a
// change of the state: a new version of it with each apply, and a plan with
// -refresh-only -detailed-exitcode that never comes out as unchanged.
const noteName = "read_at"

type privateGetter interface {
	GetKey(context.Context, string) ([]byte, diag.Diagnostics)
}

type privateSetter interface {
	SetKey(context.Context, string, []byte) diag.Diagnostics
}

// loadReadAt gives the note; the zero time where there is none.
func loadReadAt(ctx context.Context, private privateGetter) (time.Time, diag.Diagnostics) {
	note, diags := private.GetKey(ctx, noteName)
	if len(note) == 0 {
		return time.Time{}, diags
	}
	var at time.Time
	if err := at.UnmarshalJSON(note); err != nil {
		diags.AddError("Unable to plan rotating API key", "The note of when it was last found due is damaged. Refresh the state (terraform apply -refresh-only).")
	}
	return at, diags
}

func saveReadAt(ctx context.Context, private privateSetter, at time.Time) diag.Diagnostics {
	note, err := at.UTC().Truncate(time.Second).MarshalJSON()
	if err != nil {
		// Only a year beyond 9999 has no JSON form.
		return nil
	}
	return private.SetKey(ctx, noteName, note)
}

// news reports whether something has fallen due by now that a note of readAt
// does not know of.
func (m *model) news(now, readAt time.Time) bool {
	isNew := func(at types.String) bool { return reached(at, now) && !reached(at, readAt) }
	return isNew(m.RotateAt) || isNew(m.PreviousRetireAt)
}
