package apikeyhandover

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/keykit"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// ModifyPlan decides whether there is something to hand over or to end.
func (r *handoverResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	var plan, state model
	r.RunPlanning(ctx, tfkit.Planning("plan hand-over of API key", &plan, &state, req, resp), func(ctx context.Context, op *tfkit.Operation) {
		if req.Plan.Raw.IsNull() {
			announceDestroy(op, &state)
			return
		}
		var delivered types.String
		if op.Append(req.Config.GetAttribute(ctx, path.Root("delivered_key_wo"), &delivered)) {
			return
		}
		if refuseSame(op, plan.rotation()) {
			return
		}
		if req.State.Raw.IsNull() {
			plan.planFirst()
			if r := plan.rotation(); compare(r, delivered) == another {
				op.Warn(notYet(anotherKey(op, r, delivered)))
			}
		} else {
			var note due
			isDue := op.Note(ctx, dueNote, &note) && note.isFor(op, state.PreviousID)
			d := decide(plan.rotation(), &state, delivered, isDue)
			d.announce(ctx, op, &state, delivered, note)
			d.apply(&plan, &state)
		}
		op.Save(ctx, &plan)
	})
}

// refuseSame refuses a rotation that somebody wrote by hand and whose previous key
// is the current one: the hand-over would revoke the key that is in use.
func refuseSame(op *tfkit.Operation, r keykit.Rotation) bool {
	if r.ID.IsNull() || r.ID.IsUnknown() || !r.ID.Equal(r.PreviousID) {
		return false
	}
	op.Refuse(tfkit.Message{
		What: "The rotation names key " + nebula.CleanText(r.ID.ValueString()) + " as the current key and as the previous one.", Attribute: path.Root("rotation"),
		State: "Nothing changes.", Next: "Give it rotation of a nebula_rotating_api_key as it is.",
	})
	return true
}

// decision is what an update will do.
type decision struct {
	rotation keykit.Rotation
	// isNew says that the current key has not been handed over yet; it may turn
	// out otherwise where the rotation is not known.
	isNew   bool
	arrival arrival
	// ends says that the previous key is to be revoked.
	ends bool
}

// decide is pure, like the decision of a rotation.
func decide(r keykit.Rotation, state *model, delivered types.String, isDue bool) decision {
	d := decision{rotation: r, isNew: !state.hasHandedOver(r), arrival: compare(r, delivered)}
	d.ends = !d.isNew && isDue && r.PreviousID.Equal(state.PreviousID)
	return d
}

// planFirst says what the first hand-over records.
func (m *model) planFirst() {
	r := m.rotation()
	m.ID, m.Generation, m.PreviousID, m.HandedOverAt = r.ID, r.Generation, r.PreviousID, types.StringUnknown()
}

// apply writes the decision into the plan. What one plan says for certain the
// next one must say, too, although another key may be read back by then; so that
// changes nothing but what is left open anyway.
func (d decision) apply(plan, state *model) {
	if d.isNew {
		plan.planFirst()
		return
	}
	plan.ID, plan.Generation, plan.HandedOverAt = state.ID, state.Generation, state.HandedOverAt
	recorded := state.rotation()
	hasEnded := state.PreviousID.IsNull() && (d.rotation.PreviousID.IsNull() || d.rotation.PreviousID.Equal(recorded.PreviousID))
	switch {
	case d.ends, hasEnded:
		plan.PreviousID = types.StringNull()
	default:
		plan.PreviousID = d.rotation.PreviousID
	}
	if hasEnded && d.endOnly(recorded) {
		// That the previous key is gone is what this resource was for, and no
		// change.
		plan.Rotation = state.Rotation
	}
	isCompared := d.arrival == arrived || d.arrival == incomparable
	if !isCompared && plan.PreviousID.Equal(state.PreviousID) && plan.Rotation.Equal(state.Rotation) {
		// An update compares with what is there by then.
		plan.HandedOverAt = types.StringUnknown()
	}
}

// endOnly says that a rotation differs from the recorded one at most in that the
// previous key is gone.
func (d decision) endOnly(recorded keykit.Rotation) bool {
	recorded.PreviousID, recorded.PreviousRetireAt = d.rotation.PreviousID, d.rotation.PreviousRetireAt
	return d.rotation == recorded
}

// notYet makes a warning of what would be an error in the apply.
func notYet(m tfkit.Message) tfkit.Message {
	m.State = "Applying this plan fails, and revokes nothing, unless the current key has been published by then."
	return m
}

// announce says which key goes, and what consumers get instead of the current
// key.
func (d decision) announce(ctx context.Context, op *tfkit.Operation, state *model, delivered types.String, note due) {
	if d.arrival == another {
		op.Warn(notYet(anotherKey(op, d.rotation, delivered, formerOf(state.rotation()), loadFormer(ctx, op))))
	}
	key := nebula.CleanText(note.ID) + " (" + tfkit.Quoted(note.Name) + ")"
	switch {
	case d.ends && d.arrival == arrived:
		op.Warn(tfkit.Message{Title: "API key to be revoked", What: "Applying this plan revokes key " + key + ": the key after it has been handed over."})
	case d.ends:
		op.Warn(tfkit.Message{Title: "API key to be revoked", What: "Applying this plan revokes key " + key + " if delivered_key_wo turns out to be the current key."})
	case d.rotation.ID.IsUnknown() && note.isFor(op, state.PreviousID):
		op.Warn(tfkit.Message{Title: "API key may be revoked", What: "Whether applying this plan revokes key " + key + " depends on values that are not known yet: it does unless the key after it is rotated."})
	}
}

// announceDestroy says that a previous key is left.
func announceDestroy(op *tfkit.Operation, state *model) {
	if state.PreviousID.IsNull() {
		return
	}
	op.Warn(tfkit.Message{Title: "Previous API key stays valid",
		What:  "Without this hand-over nothing revokes the previous key " + nebula.CleanText(state.PreviousID.ValueString()) + " as long as its nebula_rotating_api_key has retire_previous = \"handover\".",
		State: "The key stays valid.",
		Next:  "Set retire_previous to \"overlap\", or hand over again."})
}
