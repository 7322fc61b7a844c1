package rotatingapikey

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/keykit"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// ModifyPlan decides what an update does, and says so.
func (r *rotatingResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	var plan, state model
	op := tfkit.Planning("plan rotating API key", &plan, &state, req, resp)
	r.RunPlanning(ctx, op, func(ctx context.Context, op *tfkit.Operation) {
		switch {
		case req.Plan.Raw.IsNull():
			announceDestroy(ctx, op, &state)
		case req.State.Raw.IsNull():
			checkName(op, plan.Name)
			planFirst(&plan)
			op.Save(ctx, &plan)
		default:
			note, ahead := dueWhilePlanning(ctx, op)
			s := situation{plan: &plan, state: &state, readAt: note.readAt(&state),
				otherDescription: keykit.OtherDescription(ctx, req.Private, state.Description, plan.Description, state.isImported())}
			if ahead && s.restsOnNote(ctx) {
				op.Refuse(noteAhead(&state))
				return
			}
			planUpdate(ctx, op, s)
		}
	})
}

// dueWhilePlanning reads the note of what is due.
func dueWhilePlanning(ctx context.Context, op *tfkit.Operation) (note due, ahead bool) {
	if op.Services == nil {
		return loadDue(ctx, op, nil)
	}
	keys := keykit.Keys(op.Services)
	if note, ahead = loadDue(ctx, op, keys); ahead {
		// Either clock may be wrong, and an answer of the API tells the time. A
		// list that cannot be had tells nothing.
		_, _ = keys.ForRead().All(ctx)
		note, ahead = loadDue(ctx, op, keys)
	}
	return note, ahead
}

// restsOnNote reports whether the decision would be another without the note of
// what is due.
func (s situation) restsOnNote(ctx context.Context) bool {
	with := decide(ctx, s)
	s.readAt = time.Time{}
	without := decide(ctx, s)
	return with.rotate != without.rotate || with.retire != without.retire
}

// noteAhead refuses to decide by a note that lies ahead. A refresh takes such a
// note away, so it is found where there was none, or by an apply of a plan that
// a machine with another clock has made; and that plan must not come out
// otherwise.
func noteAhead(state *model) tfkit.Message {
	return tfkit.Message{
		What:  "A note that key " + state.ID.ValueString() + " is due was written by a machine whose clock is more than five minutes ahead of this machine's. One of the two is wrong.",
		State: "Nothing is changed.",
		Next:  "Set the clocks of all machines that run Terraform. Then plan again, with a refresh, and apply that plan.",
	}
}

// planUpdate plans what becomes of keys that exist.
func planUpdate(ctx context.Context, op *tfkit.Operation, s situation) {
	d := decide(ctx, s)
	if d.rotate == yes {
		checkName(op, s.plan.Name)
	}
	if d.refused {
		refuseBeforeHandover(ctx, op, s, d)
	}
	d.announce(ctx, op, s)
	goesOn(ctx, op, s, d)
	d.apply(s.plan, s.state)
	op.Save(ctx, s.plan)
}

// goesOn tells the run which keys this resource goes on managing.
func goesOn(ctx context.Context, op *tfkit.Operation, s situation, d decision) {
	if op.Services == nil {
		return
	}
	s.state.note(ctx, keykit.ManagedKeys(op.Services))
	ends := map[string]bool{}
	if ids, certain := d.revokes(ctx, s); certain {
		for _, id := range ids {
			ends[id] = true
		}
	}
	for _, key := range [][2]types.String{{s.state.ID, s.state.Fingerprint}, {s.state.PreviousID, s.state.PreviousFingerprint}} {
		if id := key[0].ValueString(); !ends[id] {
			keykit.PlanKey(op, nebula.ID(id), key[1].ValueString())
		}
	}
}

// apply writes a decision into the plan's computed attributes. All of them are
// set, because the framework has made some of them unknown already when an
// argument changed.
func (d decision) apply(plan, state *model) {
	m := *state
	m.takeKeyArguments(plan)
	m.takeRotationArguments(plan)
	// Every update ends with deleting the keys that should not be there.
	m.LeftoverIDs = noStrings()
	switch d.retire {
	case yes:
		m.forgetPrevious()
	case maybe:
		m.openPrevious()
	case no:
	}
	switch d.rotate {
	case no:
	case yes:
		m.planCurrent()
		m.Generation = state.nextGeneration()
		m.planPrevious(plan, state)
		m.PreviousKey = previousPlaintext(m.PreviousKey, plan.AgeRecipients)
	case maybe:
		m.planCurrent()
		m.Generation = types.Int64Unknown()
		m.openPrevious()
	}
	m.derive()
	*plan = m
}

// planPrevious says what a rotation makes of the previous key.
func (m *model) planPrevious(plan, state *model) {
	switch {
	case state.ID.IsNull():
		// The new key takes nobody's place, so the previous one stays what it
		// is.
	case plan.Overlap.IsUnknown():
		m.openPrevious()
	case duration(plan.Overlap) == 0:
		m.forgetPrevious()
	default:
		m.PreviousID, m.PreviousKey, m.PreviousFingerprint = state.ID, state.Key, state.Fingerprint
		m.PreviousRetireAt = types.StringUnknown()
	}
}

// openPrevious leaves open whether there is a previous key.
func (m *model) openPrevious() {
	unknown := types.StringUnknown()
	m.PreviousID, m.PreviousKey, m.PreviousFingerprint, m.PreviousRetireAt = unknown, unknown, unknown, unknown
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
	plan.Generation = types.Int64Value(1)
	plan.forgetPrevious()
	plan.LeftoverIDs, plan.UnresolvedCreationTokens = noStrings(), noStrings()
	plan.derive()
}
