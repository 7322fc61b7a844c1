package exclusiveapikeys

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/nebulablock/terraform-provider-nebula/internal/lifecycle"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// Time-outs of operations that are not configured.
const (
	createTimeout = 5 * time.Minute
	readTimeout   = 5 * time.Minute
	updateTimeout = 10 * time.Minute
)

var (
	_ resource.ResourceWithConfigure      = (*exclusiveResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*exclusiveResource)(nil)
	_ resource.ResourceWithValidateConfig = (*exclusiveResource)(nil)
)

type exclusiveResource struct {
	tfkit.Resource
	// judge decides what is deleted. It is a field so that a test can show
	// what happens with a weaker rule.
	judge func(named names, listed []lifecycle.Key, p policy) (doomed, renamed []lifecycle.Key)
}

// NewResource is the resource nebula_api_keys_exclusive.
func NewResource() resource.Resource { return &exclusiveResource{judge: judge} }

func (r *exclusiveResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_api_keys_exclusive"
}

// Create only looks.
func (r *exclusiveResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	const to = "look for unmanaged API keys"
	ctx, end := r.Begin(ctx, to, &resp.Diagnostics)
	defer end()

	var m model
	resp.Diagnostics.Append(req.Plan.Get(ctx, &m)...)
	services, diags := r.Services(ctx)
	resp.Diagnostics.Append(diags...)
	timeout, diags := m.Timeouts.Create(ctx, createTimeout)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	timed, cancel := services.Clock.WithTimeout(ctx, timeout)
	defer cancel()

	diags, err := m.look(timed, services, lifecycle.ReadAge)
	resp.Diagnostics.Append(diags...)
	if err != nil {
		tfkit.Report(&resp.Diagnostics, tfkit.Failure{To: to, Err: err, State: "Nothing is recorded, and nothing was deleted."})
	}
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, m)...)
}

// Read looks again, in the list that all reads of this run share.
func (r *exclusiveResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	const to = "look for unmanaged API keys"
	ctx, end := r.Begin(ctx, to, &resp.Diagnostics)
	defer end()

	var m model
	resp.Diagnostics.Append(req.State.Get(ctx, &m)...)
	if resp.Diagnostics.HasError() || r.SkipRefresh("unmanaged API keys", &resp.Diagnostics) {
		return
	}
	services, diags := r.Services(ctx)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	timed, cancel := services.Clock.WithTimeout(ctx, readTimeout)
	defer cancel()

	diags, err := m.look(timed, services, lifecycle.RefreshAge)
	resp.Diagnostics.Append(diags...)
	if err != nil {
		tfkit.Report(&resp.Diagnostics, tfkit.Failure{To: to, Err: err, State: "The unmanaged keys stay recorded as they were."})
	}
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, m)...)
}

// look records which keys there are besides those that the arguments spare.
func (m *model) look(ctx context.Context, services *tfkit.Services, maxAge time.Duration) (diag.Diagnostics, error) {
	p, diags := m.policy(ctx)
	if diags.HasError() {
		return diags, nil
	}
	keys, err := services.Keys.List(ctx, maxAge)
	if err != nil {
		return diags, err
	}
	p.own = nebula.ID(services.OwnKeyID())
	m.setUnmanaged(observe(keys, p))
	return diags, nil
}

// ModifyPlan names the keys that may be deleted. See the package's comment for
// why the arguments have no say in it.
func (r *exclusiveResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	ctx, end := r.Begin(ctx, "plan exclusive API keys", &resp.Diagnostics)
	defer end()

	if req.Plan.Raw.IsNull() || req.State.Raw.IsNull() {
		// Destroying deletes no key, and before creating nothing is seen yet.
		return
	}
	var plan, state model
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	plan.setUnmanaged(nil)
	resp.Diagnostics.Append(resp.Plan.Set(ctx, plan)...)
	resp.Diagnostics.Append(announce(ctx, &plan, leaving(&state, &plan))...)
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
	const to = "delete unmanaged API keys"
	ctx, end := r.Begin(ctx, to, &resp.Diagnostics)
	defer end()

	var plan, state model
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	services, diags := r.Services(ctx)
	resp.Diagnostics.Append(diags...)
	timeout, diags := plan.Timeouts.Update(ctx, updateTimeout)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	timed, cancel := services.Clock.WithTimeout(ctx, timeout)
	defer cancel()

	failures, diags := r.evict(timed, services, &state, &plan)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	for _, failure := range failures {
		failure.To = to
		tfkit.Report(&resp.Diagnostics, failure)
	}
}

// Delete forgets the resource. No key is deleted.
func (r *exclusiveResource) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {
}
