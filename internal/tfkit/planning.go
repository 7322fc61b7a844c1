package tfkit

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
)

// Planning is a resource's ModifyPlan; plan and state get what their names say,
// and stay as they are where Terraform has none: there is no plan when the
// resource is to be destroyed, and no state before it is created. It is carried
// out by Base.RunPlanning.
//
// A note that it wrote would be lost: Terraform asks for the plan once more
// while it applies, from the notes that a read has left.
func Planning(to string, plan, state Model, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) *Operation {
	return &Operation{
		to: to, diags: &resp.Diagnostics, notes: req.Private,
		load: func(ctx context.Context) diag.Diagnostics {
			var diags diag.Diagnostics
			if !req.Plan.Raw.IsNull() {
				diags.Append(req.Plan.Get(ctx, plan)...)
			}
			if !req.State.Raw.IsNull() {
				diags.Append(req.State.Get(ctx, state)...)
			}
			return diags
		},
		save: func(ctx context.Context, m Model) diag.Diagnostics { return resp.Plan.Set(ctx, m) },
	}
}

// RunPlanning is RunOffline for a plan. The operation has Services only where
// the provider's configuration is known and complete: a plan must not fail
// because it is not.
func (b *Base) RunPlanning(ctx context.Context, op *Operation, work func(context.Context, *Operation)) {
	b.run(ctx, op, func(ctx context.Context) {
		if b.data != nil && len(b.data.Unknown) == 0 {
			if services, diags := b.services(); !diags.HasError() {
				op.Services = services
			}
		}
		work(ctx, op)
	})
}
