package apikey

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/listplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/mapplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/keykit"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// ModifyPlan checks what only a new key must have, and tells the run of a key
// that stays.
func (r *keyResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	switch {
	case req.Plan.Raw.IsNull():
	case req.State.Raw.IsNull():
		var name types.String
		load := func(ctx context.Context) diag.Diagnostics {
			return req.Plan.GetAttribute(ctx, path.Root("name"), &name)
		}
		r.RunOffline(ctx, tfkit.Doing("plan API key", &resp.Diagnostics, load), func(_ context.Context, op *tfkit.Operation) {
			checkName(op, name)
		})
	default:
		// Two attributes are read faster than the whole model.
		var id, fingerprint types.String
		load := func(ctx context.Context) diag.Diagnostics {
			diags := req.State.GetAttribute(ctx, path.Root("id"), &id)
			diags.Append(req.State.GetAttribute(ctx, path.Root("fingerprint"), &fingerprint)...)
			return diags
		}
		r.RunPlanning(ctx, tfkit.Doing("plan API key", &resp.Diagnostics, load), func(_ context.Context, op *tfkit.Operation) {
			keykit.PlanKey(op, nebula.ID(id.ValueString()), fingerprint.ValueString())
		})
	}
}

// The modifiers below replace the key when an argument changes in meaning.

const replaceIfOther = "A change of its meaning replaces the key, unless the key was imported and is given its first value or loses it."

func replaceIfOtherKeepers() planmodifier.Map {
	return mapplanmodifier.RequiresReplaceIf(func(ctx context.Context, req planmodifier.MapRequest, resp *mapplanmodifier.RequiresReplaceIfFuncResponse) {
		adopted := isAdopted(ctx, req.State, &resp.Diagnostics)
		resp.RequiresReplace = keykit.OtherKeepers(req.StateValue, req.PlanValue, adopted)
	}, replaceIfOther, replaceIfOther)
}

func replaceIfOtherRecipients() planmodifier.List {
	return listplanmodifier.RequiresReplaceIf(func(ctx context.Context, req planmodifier.ListRequest, resp *listplanmodifier.RequiresReplaceIfFuncResponse) {
		adopted := isAdopted(ctx, req.State, &resp.Diagnostics)
		resp.RequiresReplace = keykit.OtherRecipients(ctx, req.StateValue, req.PlanValue, adopted)
	}, replaceIfOther, replaceIfOther)
}

func replaceIfOtherTeam() planmodifier.String {
	return stringplanmodifier.RequiresReplaceIf(func(ctx context.Context, req planmodifier.StringRequest, resp *stringplanmodifier.RequiresReplaceIfFuncResponse) {
		adopted := isAdopted(ctx, req.State, &resp.Diagnostics)
		resp.RequiresReplace = keykit.OtherTeam(req.StateValue, req.PlanValue, adopted)
	}, replaceIfOther, replaceIfOther)
}

func replaceIfOtherDescription() planmodifier.String {
	return stringplanmodifier.RequiresReplaceIf(func(ctx context.Context, req planmodifier.StringRequest, resp *stringplanmodifier.RequiresReplaceIfFuncResponse) {
		adopted := isAdopted(ctx, req.State, &resp.Diagnostics)
		resp.RequiresReplace = keykit.OtherDescription(ctx, req.Private, req.StateValue, req.PlanValue, adopted)
	}, replaceIfOther, replaceIfOther)
}

// isAdopted tells a key that Terraform did not make: it has no fingerprint.
func isAdopted(ctx context.Context, state tfsdk.State, diags *diag.Diagnostics) bool {
	var fingerprint types.String
	diags.Append(state.GetAttribute(ctx, path.Root("fingerprint"), &fingerprint)...)
	return fingerprint.IsNull()
}
