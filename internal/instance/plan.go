package instance

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/machinekit"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// ModifyPlan decides what a change means: another machine, or a record.
func (r *instanceResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.State.Raw.IsNull() {
		return
	}
	var plan, prior model
	destroy := req.Plan.Raw.IsNull()
	load := func(ctx context.Context) diag.Diagnostics {
		diags := req.State.Get(ctx, &prior)
		if !destroy {
			diags.Append(req.Plan.Get(ctx, &plan)...)
		}
		return diags
	}
	r.RunPlanning(ctx, tfkit.Doing("plan instance", &resp.Diagnostics, load), func(ctx context.Context, op *tfkit.Operation) {
		if destroy {
			if prior.DeletionProtection.ValueBool() {
				op.Refuse(protected(&prior))
			}
			return
		}
		if id := nebula.ID(prior.ID.ValueString()); id != "" && machinekit.ManagedIn(&r.Base).Note(id) {
			op.Refuse(machinekit.ManagedNotAllowed(id))
		}
		replaced, recorded := compare(&prior, &plan)
		for _, attribute := range replaced {
			resp.RequiresReplace.Append(path.Root(attribute))
		}
		switch {
		case len(replaced) > 0 && prior.DeletionProtection.ValueBool():
			op.Refuse(protectedFromReplacement(&prior, replaced))
		case prior.ID.IsNull():
			op.Append(resp.Plan.SetAttribute(ctx, path.Root("id"), types.StringUnknown()))
		case len(replaced) > 0:
			plan.checkReplacement(ctx, op)
		default:
			announce(op, &prior, &plan, recorded)
			if switches(&prior, &plan) {
				for _, attribute := range []string{"status", "public_ipv4", "lan_ipv4", "user_name", "exposed_ports"} {
					op.Append(resp.Plan.SetAttribute(ctx, path.Root(attribute), types.StringUnknown()))
				}
			}
		}
	})
}

// compare finds the attributes whose change replaces the machine, and those that
// are given to an imported one for the first time. Neither product nor image nor
// SSH key of a machine can be seen, so these are recorded.
func compare(prior, plan *model) (replaced, recorded []string) {
	if prior.ID.IsNull() {
		// It is not tainted any more, and still nobody knows what it is.
		return []string{"id"}, nil
	}
	if !plan.Name.Equal(prior.Name) {
		replaced = append(replaced, "name")
	}
	switch prefix := plan.NamePrefix; {
	case prefix.Equal(prior.NamePrefix), prefix.IsNull():
	case !prefix.IsUnknown() && prior.NamePrefix.IsNull() && strings.HasPrefix(strings.ToLower(prior.Name.ValueString()), strings.ToLower(prefix.ValueString())):
		// The name is seen to begin with it.
	default:
		replaced = append(replaced, "name_prefix")
	}
	switch {
	case plan.ProductID.Equal(prior.ProductID):
	case prior.ProductID.IsNull():
		recorded = append(recorded, "product_id")
	default:
		replaced = append(replaced, "product_id")
	}
	imageReplaced, imageRecorded := compareImages(prior, plan)
	replaced, recorded = append(replaced, imageReplaced...), append(recorded, imageRecorded...)
	if prior.SSHKeyID.IsNull() {
		recorded = append(recorded, "ssh_key_id")
	}
	return replaced, recorded
}

// compareImages is compare for image and image_id. Which of the two says it does
// not matter where nothing is known yet.
func compareImages(prior, plan *model) (replaced, recorded []string) {
	first := prior.Image.IsNull() && prior.ImageID.IsNull()
	for _, image := range []struct {
		attribute   string
		before, now types.String
		same        func(a, b string) bool
	}{
		{"image", prior.Image, plan.Image, sameImage},
		{"image_id", prior.ImageID, plan.ImageID, func(a, b string) bool { return a == b }},
	} {
		known := !image.before.IsNull() && !image.now.IsNull() && !image.now.IsUnknown()
		switch {
		case image.now.Equal(image.before), known && image.same(image.before.ValueString(), image.now.ValueString()):
		case first:
			recorded = append(recorded, image.attribute)
		default:
			replaced = append(replaced, image.attribute)
		}
	}
	return replaced, recorded
}

// switches says that the plan starts or stops the machine.
func switches(prior, plan *model) bool {
	return !plan.PowerState.IsNull() && !plan.PowerState.Equal(prior.PowerState)
}

// announce tells what an update means that is easy to overlook.
func announce(op *tfkit.Operation, prior, plan *model, recorded []string) {
	if len(recorded) > 0 {
		op.Warn(notCompared(prior, recorded))
	}
	if !prior.SSHKeyID.IsNull() && !plan.SSHKeyID.Equal(prior.SSHKeyID) {
		op.Warn(keepsKey(prior))
	}
	if switches(prior, plan) && plan.PowerState.ValueString() == powerStopped {
		op.Warn(stoppedCosts(prior))
	}
}
