package exclusiveapikeys

import (
	"context"
	"errors"
	"fmt"
	"time"

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
	p, diags := m.policy(ctx)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	timed, cancel := services.Clock.WithTimeout(ctx, timeout)
	defer cancel()

	keys, err := services.Keys.List(timed, lifecycle.ReadAge)
	if err != nil {
		tfkit.Report(&resp.Diagnostics, tfkit.Failure{To: to, Err: err, State: "Nothing is recorded, and nothing was deleted."})
		return
	}
	m.setUnmanaged(observe(keys, p))
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
	p, diags := m.policy(ctx)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	timed, cancel := services.Clock.WithTimeout(ctx, readTimeout)
	defer cancel()

	keys, err := services.Keys.List(timed, lifecycle.RefreshAge)
	if err != nil {
		tfkit.Report(&resp.Diagnostics, tfkit.Failure{To: to, Err: err, State: "The unmanaged keys stay recorded as they were."})
		return
	}
	m.setUnmanaged(observe(keys, p))
	resp.Diagnostics.Append(resp.State.Set(ctx, m)...)
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
	announce(ctx, &plan, leaving(&state, &plan), resp)
}

// announce says which of the keys that leave the map will be deleted: the plan
// itself counts that as a change of one resource, which is easy to overlook.
func announce(ctx context.Context, plan *model, named names, resp *resource.ModifyPlanResponse) {
	if len(named) == 0 {
		return
	}
	const summary = "API keys to be deleted"
	if !fullyKnown(plan.AllowedIDs) || !fullyKnown(plan.IgnoreNameRegex) {
		resp.Diagnostics.AddWarning(summary, "Applying this plan deletes those of these API keys that allowed_ids and ignore_name_regex do not spare, once their values are known: "+show(named)+".")
		return
	}
	p, diags := plan.policy(ctx)
	resp.Diagnostics.Append(diags...)
	for id, name := range named {
		if p.spares(id, name) {
			delete(named, id)
		}
	}
	if len(named) > 0 {
		resp.Diagnostics.AddWarning(summary, "Applying this plan deletes these API keys: "+show(named)+".")
	}
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
	p, diags := plan.policy(ctx)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	timed, cancel := services.Clock.WithTimeout(ctx, timeout)
	defer cancel()

	e := eviction{services: services, judge: r.judge, policy: p, left: leaving(&state, &plan), gone: names{}}
	e.run(timed)
	left := plan.unmanaged()
	for id, name := range e.left {
		left[id] = name
	}
	plan.setUnmanaged(left)
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	for _, failure := range e.failures {
		failure.To = to
		failure.State += fmt.Sprintf("This apply deleted: %s. Still recorded in unmanaged: %s.", show(e.gone), show(e.left))
		tfkit.Report(&resp.Diagnostics, failure)
	}
}

// Delete forgets the resource. No key is deleted.
func (r *exclusiveResource) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {
}

// eviction is one apply at work.
type eviction struct {
	services *tfkit.Services
	judge    func(names, []lifecycle.Key, policy) (doomed, renamed []lifecycle.Key)
	policy   policy
	// left are the keys that the plan has named and that may still be there,
	// gone those that this apply deleted.
	left, gone names
	failures   []tfkit.Failure
}

func (e *eviction) fail(err error, next string) {
	e.failures = append(e.failures, tfkit.Failure{Err: err, Next: next})
}

func (e *eviction) failKey(key lifecycle.Key, err error, next string) {
	e.failures = append(e.failures, tfkit.Failure{Err: err, Next: next,
		State: fmt.Sprintf("Key %s may still be valid. ", showKey(key.ID, key.Name))})
}

// run deletes one key after the other. A key that the API refuses to delete
// does not protect the others; anything else stops the work, because the next
// call would fare no better.
func (e *eviction) run(ctx context.Context) {
	for id, name := range e.left {
		if e.policy.spares(id, name) {
			delete(e.left, id)
		}
	}
	if len(e.left) == 0 {
		return
	}
	listed, err := e.services.Keys.List(ctx, 0)
	if err != nil {
		e.fail(err, "")
		return
	}
	doomed, renamed := e.judge(e.left, listed, e.policy)
	if e.services.OwnFingerprint != "" && len(doomed) == len(listed) && len(doomed) > 0 {
		e.fail(errLastKey, "Add the id of the key that the provider uses to allowed_ids; or run with a user name and password, if no key is to be left.")
		return
	}
	e.left = stillThere(e.left, doomed, renamed)
	for _, key := range renamed {
		e.failKey(key, fmt.Errorf("key %s is named %s now, and the plan showed it as %s", key.ID, tfkit.Quoted(key.Name), tfkit.Quoted(e.left[key.ID])),
			"Plan again, and look whether the key is meant.")
	}
	var last lifecycle.Key
	for _, key := range doomed {
		err := e.services.Keys.Delete(ctx, lifecycle.Ref{ID: key.ID})
		switch {
		case err == nil:
			last = key
			e.gone[key.ID] = key.Name
			delete(e.left, key.ID)
			continue
		case nebula.IsUnauthorized(err) && last.ID != "":
			e.failKey(key, err, fmt.Sprintf("The credential worked until key %s was deleted, so that was probably the key that the provider itself uses. "+
				"Set another credential, and add its id to allowed_ids if it is an API key.", showKey(last.ID, last.Name)))
		default:
			e.failKey(key, err, "")
		}
		if !refused(err) {
			return
		}
	}
}

var errLastKey = errors.New("the account would be left without any key, the provider's own included. Nothing was deleted")

// stillThere drops from what the plan has named the keys that are gone without
// this apply's doing.
func stillThere(named names, lists ...[]lifecycle.Key) names {
	left := names{}
	for _, list := range lists {
		for _, key := range list {
			left[key.ID] = key.Name
			if shown, ok := named[key.ID]; ok {
				left[key.ID] = shown
			}
		}
	}
	return left
}

// refused tells an answer that concerns one key only from what would meet the
// next call as well.
func refused(err error) bool {
	var unconfirmed *lifecycle.UnconfirmedError
	var e *nebula.APIError
	return !errors.As(err, &unconfirmed) && errors.As(err, &e) && e.Class == nebula.Refused &&
		!nebula.IsUnauthorized(err) && !nebula.IsRateLimited(err)
}
