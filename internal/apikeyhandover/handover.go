package apikeyhandover

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/keykit"
	"github.com/nebulablock/terraform-provider-nebula/internal/keyring"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// handover is one apply at work. The model is what is recorded.
type handover struct {
	op *tfkit.Operation
	m  *model
}

// take records the current key of a plan as handed over, and reports whether it
// has arrived. A key that has not leaves everything as it was.
func (h *handover) take(ctx context.Context, plan *model) bool {
	r, before := plan.rotation(), h.m.rotation()
	if r.ID.IsNull() {
		h.op.Refuse(tfkit.Message{What: "The rotation has no current key.", State: "Nothing was revoked, and no hand-over is in the state.", Next: "Apply the nebula_rotating_api_key first."})
		return false
	}
	formers := []former{formerOf(before), loadFormer(ctx, h.op)}
	switch compare(r, plan.DeliveredKey) {
	case arrived:
	case incomparable:
		h.op.Warn(cannotCompare(r))
	case unread, another:
		h.op.Refuse(anotherKey(h.op, r, plan.DeliveredKey, formers...))
		return false
	}
	if !h.m.hasHandedOver(r) {
		if !before.ID.IsNull() {
			h.op.SetNote(ctx, formerNote, formers[0])
		}
		h.m.ID, h.m.Generation, h.m.PreviousID = r.ID, r.Generation, r.PreviousID
		h.m.HandedOverAt = types.StringValue(keykit.Keys(h.op.Services).Time().UTC().Format(time.RFC3339))
	} else if !h.m.PreviousID.IsNull() {
		// A previous key that was revoked is not recorded again because the
		// rotation still knows it.
		h.m.PreviousID = r.PreviousID
	}
	h.m.Rotation = plan.Rotation
	h.op.Save(ctx, h.m)
	return true
}

// end revokes the previous key.
func (h *handover) end(ctx context.Context) {
	id := h.m.PreviousID.ValueString()
	keys := keykit.Keys(h.op.Services)
	if at, err := time.Parse(time.RFC3339, h.m.rotation().PreviousRetireAt.ValueString()); err != nil || !keys.Believable(at) {
		h.op.Refuse(tfkit.Message{What: fmt.Sprintf("The previous key %s is not due before %s. The clock of this machine, or of the one that made the plan, is wrong.", nebula.CleanText(id), h.m.rotation().PreviousRetireAt.ValueString()),
			State: "Nothing was revoked.", Next: "Set the clocks of all machines that run Terraform, then plan again."})
		return
	}
	if h.op.Append(keykit.RefuseOwnKey(h.op.Services, h.op.To(), h.fingerprintOf(ctx, id), id)) {
		return
	}
	deletion, err := keys.Delete(ctx, keyring.Ref{ID: nebula.ID(id)})
	if err != nil {
		h.op.Fail(tfkit.Failure{Err: &tfkit.StepError{What: "the previous key " + id + " could not be deleted", Err: err},
			State: "The current key stays handed over. Key " + id + " stays in the state as the previous key: it may still be valid. The next apply tries again."})
		return
	}
	if deletion.Absent != nil {
		h.op.Warn(keykit.AbsentAtDelete(h.op.Services, deletion.Absent))
	}
	h.m.PreviousID = types.StringNull()
	h.op.SetNote(ctx, dueNote, nil)
	h.op.Save(ctx, h.m)
}

// fingerprintOf is that of a key that was handed over before, as far as it is
// known.
func (h *handover) fingerprintOf(ctx context.Context, id string) string {
	if f := loadFormer(ctx, h.op); f.ID == id {
		return f.Fingerprint
	}
	return liveKeys(h.op)[nebula.ID(id)]
}
