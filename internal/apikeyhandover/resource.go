package apikeyhandover

import (
	"context"
	"crypto/rand"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/keykit"
	"github.com/nebulablock/terraform-provider-nebula/internal/keyring"
	"github.com/nebulablock/terraform-provider-nebula/internal/listing"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// updateTimeout bounds an apply, which may have to wait out a rate limit.
const updateTimeout = 10 * time.Minute

var (
	_ resource.ResourceWithConfigure  = (*handoverResource)(nil)
	_ resource.ResourceWithModifyPlan = (*handoverResource)(nil)
)

type handoverResource struct{ tfkit.Resource }

// NewResource is the resource nebula_api_key_handover.
func NewResource() resource.Resource {
	return &handoverResource{tfkit.Resource{Type: "api_key_handover"}}
}

// Create records the first hand-over. Nothing is revoked, because no plan has
// named anything yet.
func (r *handoverResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var m model
	r.Run(ctx, tfkit.Creating("hand over API key", &m, req, resp), func(ctx context.Context, op *tfkit.Operation) {
		if op.Append(req.Config.GetAttribute(ctx, path.Root("delivered_key_wo"), &m.DeliveredKey)) {
			return
		}
		h := handover{op: op, m: &model{Rotation: types.ObjectNull(keykit.RotationTypes())}}
		h.take(ctx, &m)
	})
}

// Read notes that the previous key is due, and forgets one that is gone.
func (r *handoverResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var m model
	r.Run(ctx, tfkit.Reading("read hand-over of API key", &m, req, resp), func(ctx context.Context, op *tfkit.Operation) {
		if m.PreviousID.IsNull() {
			return
		}
		key, err := keykit.Keys(op.Services).ForRefresh().Find(ctx, m.previous())
		switch {
		case err == nil:
			noteDue(ctx, op, &m, key)
		case listing.IsAbsent(err):
			m.PreviousID = types.StringNull()
			op.Save(ctx, &m)
		default:
			op.Fail(tfkit.Failure{Err: err, State: "The hand-over stays in the state as it was."})
		}
	})
}

// previous finds the previous key. It is older than the hand-over, which tells
// when a list can be believed to lack it.
func (m *model) previous() keyring.Ref {
	at, _ := time.Parse(time.RFC3339, m.HandedOverAt.ValueString())
	// Without random bits the age is unknown, which is no worse.
	token, _ := keyring.NewToken(at, rand.Reader)
	return keyring.Ref{ID: nebula.ID(m.PreviousID.ValueString()), Token: token}
}

// noteDue notes that the previous key has fallen due, unless a note says so
// already.
func noteDue(ctx context.Context, op *tfkit.Operation, m *model, key keyring.Key) {
	var note due
	if op.Note(ctx, dueNote, &note) && note.isFor(op, m.PreviousID) && note.Name == key.Name {
		return
	}
	now := keykit.Keys(op.Services).Time().UTC().Truncate(time.Second)
	at, err := time.Parse(time.RFC3339, m.rotation().PreviousRetireAt.ValueString())
	if err == nil && m.hasHandedOver(m.rotation()) && !now.Before(at) {
		op.SetNote(ctx, dueNote, due{At: now, ID: string(key.ID), Name: key.Name})
	}
}

// Update records a further hand-over, or ends the previous key, as the plan
// says.
func (r *handoverResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state model
	op := tfkit.Updating("hand over API key", &plan, &state, req, resp).Within(updateTimeout)
	r.Run(ctx, op, func(ctx context.Context, op *tfkit.Operation) {
		if op.Append(req.Config.GetAttribute(ctx, path.Root("delivered_key_wo"), &plan.DeliveredKey)) {
			return
		}
		h := handover{op: op, m: &state}
		ends := plan.PreviousID.IsNull() && plan.rotation().PreviousID.Equal(state.PreviousID) && state.hasHandedOver(plan.rotation())
		if h.take(ctx, &plan) && ends {
			h.end(ctx)
		}
	})
}

// Delete forgets the hand-over. No key is revoked.
func (r *handoverResource) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {
}
