package exclusiveapikeys

import (
	"context"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/nebulablock/terraform-provider-nebula/internal/keykit"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// ModifyPlan names the keys that may be deleted. See the package's comment for
// why the arguments have no say in it.
func (r *exclusiveResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() || req.State.Raw.IsNull() {
		// Destroying deletes no key, and before creating nothing is seen yet.
		return
	}
	var plan, state model
	r.RunPlanning(ctx, tfkit.Planning("plan exclusive API keys", &plan, &state, req, resp), func(ctx context.Context, op *tfkit.Operation) {
		plan.setUnmanaged(nil)
		op.Save(ctx, &plan)
		p := plan.policy(ctx, op)
		if op.Failed() {
			return
		}
		announce(ctx, op, p, leaving(&state, &plan), isKnown(plan.AllowedIDs) && isKnown(plan.IgnoreNameRegex))
	})
}

// announce says which of the keys that leave the map will be deleted: the plan
// itself counts that as a change of one resource, which is easy to overlook. A
// key that this configuration manages is spared where that is remembered, and
// else fails the plan: the apply, which need not see the resource that manages
// it, would delete it.
func announce(ctx context.Context, op *tfkit.Operation, p policy, named names, known bool) {
	memory := remembered(ctx, op)
	if op.Services != nil {
		memory = memory.forCredential(op.CredentialFingerprint)
	}
	spared := memory.Managed.only(func(id nebula.ID, name string) bool { return !p.permits(id, name) })
	p = memory.sparing(p)
	doomed := named.only(func(id nebula.ID, name string) bool { return !p.spares(id, name) })
	doomed = doom(op, doomed)
	if len(spared) > 0 && known {
		op.Warn(tfkit.Message{Title: "Managed API keys are not in allowed_ids",
			What:  "These API keys are managed by this configuration and not in allowed_ids: " + show(spared) + ".",
			State: "They are not deleted.",
			Next: "Add them to allowed_ids: the id of a nebula_api_key, all ids of a nebula_rotating_api_key. " +
				"A key that is no longer managed is not deleted either, because that cannot be seen here: delete it elsewhere, or replace this resource once (-replace=ADDRESS)."})
	}
	if len(doomed) == 0 {
		return
	}
	what := "Applying this plan deletes these API keys: " + show(doomed) + "."
	if !known {
		what = "Applying this plan deletes those of these API keys that allowed_ids and ignore_name_regex do not spare, once their values are known: " + show(doomed) + "."
	}
	op.Warn(tfkit.Message{Title: "API keys to be deleted", What: what})
}

// doom tells the run which keys this plan means to delete, fails it when some
// of them are managed, and gives the others.
func doom(op *tfkit.Operation, doomed names) names {
	if op.Services == nil {
		return doomed
	}
	managed := keykit.ManagedKeys(op.Services).Doom(slices.Sorted(maps.Keys(doomed)))
	if len(managed) == 0 {
		return doomed
	}
	isManaged := func(id nebula.ID, _ string) bool { return slices.Contains(managed, id) }
	which := doomed.only(isManaged)
	subject := "Key " + show(which) + " is"
	if len(which) > 1 {
		subject = "The keys " + show(which) + " are"
	}
	op.Refuse(keykit.ManagedNotAllowed(subject))
	return doomed.only(func(id nebula.ID, name string) bool { return !isManaged(id, name) })
}
