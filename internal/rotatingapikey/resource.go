package rotatingapikey

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/nebulablock/terraform-provider-nebula/internal/keykit"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// Time-outs of operations that are not configured, where they differ from
// tfkit.DefaultTimeout.
const (
	updateTimeout = 10 * time.Minute
	deleteTimeout = 10 * time.Minute
)

var (
	_ resource.ResourceWithConfigure      = (*rotatingResource)(nil)
	_ resource.ResourceWithImportState    = (*rotatingResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*rotatingResource)(nil)
	_ resource.ResourceWithMoveState      = (*rotatingResource)(nil)
	_ resource.ResourceWithValidateConfig = (*rotatingResource)(nil)
)

type rotatingResource struct{ tfkit.Resource }

// NewResource is the resource nebula_rotating_api_key. It has no identity: an
// identity stays the same for an object's life, and this object's id does not.
func NewResource() resource.Resource {
	return &rotatingResource{tfkit.Resource{Type: "rotating_api_key"}}
}

// Create makes the first key.
func (r *rotatingResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var m model
	r.Run(ctx, tfkit.Creating("create rotating API key", &m, req, resp), func(ctx context.Context, op *tfkit.Operation) {
		checkName(op, m.Name)
		if valid(ctx, op, &m) {
			newRotation(ctx, op, &m).create(ctx)
		}
	})
}

// valid reports arguments that make no sense together, some of which may have
// been unknown while planning.
func valid(ctx context.Context, op *tfkit.Operation, m *model) bool {
	checkDurations(op, m.RotateAfter, m.Overlap)
	return !op.Append(keykit.CheckRecipientsTogether(ctx, m.AgeRecipients))
}

// Read looks the keys of the resource up, and notes the time when something is
// due.
func (r *rotatingResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var m model
	r.Run(ctx, tfkit.Reading("read rotating API key", &m, req, resp), func(ctx context.Context, op *tfkit.Operation) {
		switch gone, err := newReader(ctx, op, &m).read(ctx); {
		case err != nil:
			op.Fail(tfkit.Failure{Err: err, State: "The keys stay in the state as they were."})
		case gone:
			op.Forget(ctx)
		default:
			op.Save(ctx, &m)
		}
	})
}

// Update does what the plan decided: it rotates, retires the previous key, or
// only records arguments.
func (r *rotatingResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, m model
	op := tfkit.Updating("rotate API key", &plan, &m, req, resp).Within(updateTimeout)
	r.Run(ctx, op, func(ctx context.Context, op *tfkit.Operation) {
		if valid(ctx, op, &plan) {
			newRotation(ctx, op, &m).update(ctx, &plan)
		}
	})
}

// Delete revokes every key of the resource. What could not be revoked stays in
// state.
func (r *rotatingResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var m model
	op := tfkit.Deleting("delete rotating API key", &m, req, resp).Within(deleteTimeout)
	r.Run(ctx, op, func(ctx context.Context, op *tfkit.Operation) {
		newRotation(ctx, op, &m).destroy(ctx)
	})
}

// ImportState takes the id of the key that is to be rotated from now on.
func (r *rotatingResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	r.RunOffline(ctx, tfkit.Doing("import rotating API key", &resp.Diagnostics, nil), func(ctx context.Context, op *tfkit.Operation) {
		tfkit.CheckImportedID(op, req.ID, "API key", "the data source nebula_api_keys")
		if !op.Failed() {
			op.Append(resp.State.SetAttribute(ctx, path.Root("id"), req.ID))
		}
	})
}
