package exclusiveapikeys

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/nebulablock/terraform-provider-nebula/internal/keykit"
	"github.com/nebulablock/terraform-provider-nebula/internal/keyring"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// updateTimeout bounds an apply that deletes keys, where none is configured.
const updateTimeout = 10 * time.Minute

var (
	_ resource.ResourceWithConfigure      = (*exclusiveResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*exclusiveResource)(nil)
	_ resource.ResourceWithValidateConfig = (*exclusiveResource)(nil)
)

type exclusiveResource struct {
	tfkit.Resource
	// judge decides what is deleted. It is a field so that a test can show
	// what happens with a weaker rule.
	judge func(named names, listed []keyring.Key, p policy) (doomed, renamed []keyring.Key)
}

// NewResource is the resource nebula_api_keys_exclusive.
func NewResource() resource.Resource { return &exclusiveResource{judge: judge} }

func (r *exclusiveResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_api_keys_exclusive"
}

// Create only looks.
func (r *exclusiveResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var m model
	r.Run(ctx, tfkit.Creating("look for unmanaged API keys", &m, req, resp), func(ctx context.Context, op *tfkit.Operation) {
		m.look(ctx, op, keykit.Keys(op.Services).ForRead(), "Nothing is recorded, and nothing was deleted.")
	})
}

// Read looks again, in the list that all reads of this run share.
func (r *exclusiveResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var m model
	r.Run(ctx, tfkit.Reading("look for unmanaged API keys", &m, req, resp), func(ctx context.Context, op *tfkit.Operation) {
		m.look(ctx, op, keykit.Keys(op.Services).ForRefresh(), "The unmanaged keys stay recorded as they were.")
	})
}

// look records which keys there are besides those that the arguments spare.
func (m *model) look(ctx context.Context, op *tfkit.Operation, list keyring.Look, stateOtherwise string) {
	p, diags := m.policy(ctx)
	if op.Append(diags) {
		return
	}
	keys, err := list.All(ctx)
	if err != nil {
		op.Fail(tfkit.Failure{Err: err, State: stateOtherwise})
		return
	}
	p.own = keykit.ManagedKeys(op.Services).OwnID(keys)
	m.setUnmanaged(observe(keys, p))
	op.Save(ctx, m)
}

// ModifyPlan names the keys that may be deleted. See the package's comment for
// why the arguments have no say in it.
func (r *exclusiveResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() || req.State.Raw.IsNull() {
		// Destroying deletes no key, and before creating nothing is seen yet.
		return
	}
	var plan, state model
	load := func(ctx context.Context) diag.Diagnostics {
		diags := req.Plan.Get(ctx, &plan)
		diags.Append(req.State.Get(ctx, &state)...)
		return diags
	}
	r.RunOffline(ctx, tfkit.Doing("plan exclusive API keys", &resp.Diagnostics, load), func(ctx context.Context, op *tfkit.Operation) {
		plan.setUnmanaged(nil)
		op.Append(resp.Plan.Set(ctx, plan))
		op.Append(announce(ctx, &plan, leaving(&state, &plan)))
	})
}

// announce says which of the keys that leave the map will be deleted: the plan
// itself counts that as a change of one resource, which is easy to overlook.
func announce(ctx context.Context, plan *model, named names) diag.Diagnostics {
	var diags diag.Diagnostics
	if len(named) == 0 {
		return diags
	}
	const summary = "API keys to be deleted"
	if !fullyKnown(plan.AllowedIDs) || !fullyKnown(plan.IgnoreNameRegex) {
		diags.AddWarning(summary, "Applying this plan deletes those of these API keys that allowed_ids and ignore_name_regex do not spare, once their values are known: "+show(named)+".")
		return diags
	}
	p, diags := plan.policy(ctx)
	for id, name := range named {
		if p.spares(id, name) {
			delete(named, id)
		}
	}
	if len(named) > 0 {
		diags.AddWarning(summary, "Applying this plan deletes these API keys: "+show(named)+".")
	}
	return diags
}

// Update deletes what the plan has named, and what is left undone stays
// recorded.
func (r *exclusiveResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state model
	op := tfkit.Updating("delete unmanaged API keys", &plan, &state, req, resp).Within(updateTimeout)
	r.Run(ctx, op, func(ctx context.Context, op *tfkit.Operation) {
		failures, diags := r.evict(ctx, op.Services, &state, &plan)
		if op.Append(diags) {
			return
		}
		op.Save(ctx, &plan)
		for _, failure := range failures {
			op.Fail(failure)
		}
	})
}

// Delete forgets the resource. No key is deleted.
func (r *exclusiveResource) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {
}
