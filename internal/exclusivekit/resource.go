// Package exclusivekit is what only the exclusive resources share. Such a
// resource sees to it that an account has no objects of one kind besides those
// that a configuration allows.
//
// It deletes only what a plan has named. Terraform plans a change twice, the
// second time while applying, when more is known, and does not tell the
// provider what the first plan said. So what may be deleted must not depend on
// anything that can become known in between: every plan of an update empties
// the map of unmanaged objects, whatever the arguments are, and the apply
// deletes of the objects in that map those that the arguments, known by then,
// do not spare.
package exclusivekit

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// Resource is embedded by an exclusive resource. M is its model.
type Resource[M Holder] struct {
	tfkit.Resource

	Words Words
	// Timeout bounds an apply that deletes, where none is configured.
	Timeout  time.Duration
	NewModel func() M
	// Look gives the objects that nothing spares, as the map is to show them, and
	// notes what later operations must know of the others. Refreshing says that
	// it is for a Read.
	Look func(ctx context.Context, op *tfkit.Operation, m M, refreshing bool) (Named, error)
	// Announce tells what the apply of a plan does to the objects that leave the
	// map: the plan itself counts that as a change of one resource, which is easy
	// to overlook.
	Announce func(ctx context.Context, op *tfkit.Operation, plan M, leaving Named)
	// Evict deletes of the objects that have left the map those that nothing
	// spares. Where it fails the operation, the state stays as it was, so it does
	// that only before it deletes anything.
	Evict func(ctx context.Context, op *tfkit.Operation, plan M, o *Outcome)
}

// Outcome is what an apply has done so far.
type Outcome struct {
	// Left are the objects that may still be there: at first all that the plan
	// has named. Gone are those that this apply deleted.
	Left, Gone Named
	Failures   []tfkit.Failure
}

// ValidateConfig checks the time-outs.
func (r *Resource[M]) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	m := r.NewModel()
	load := func(ctx context.Context) diag.Diagnostics { return req.Config.Get(ctx, m) }
	r.RunOffline(ctx, tfkit.Doing("validate exclusive "+r.Words.Many, &resp.Diagnostics, load), func(_ context.Context, op *tfkit.Operation) {
		op.Append(tfkit.CheckTimeouts(m.Limits().Object))
	})
}

// Create only looks.
func (r *Resource[M]) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	m := r.NewModel()
	r.Run(ctx, tfkit.Creating("look for unmanaged "+r.Words.Many, m, req, resp), func(ctx context.Context, op *tfkit.Operation) {
		seen, err := r.Look(ctx, op, m, false)
		record(ctx, op, m, seen, err, "Nothing is in the state, and nothing was deleted.")
	})
}

// Read looks again, in the list that all reads of this run share.
func (r *Resource[M]) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	m := r.NewModel()
	r.Run(ctx, tfkit.Reading("look for unmanaged "+r.Words.Many, m, req, resp), func(ctx context.Context, op *tfkit.Operation) {
		seen, err := r.Look(ctx, op, m, true)
		record(ctx, op, m, seen, err, "The unmanaged "+r.Words.Short+" stay in the state as they were.")
	})
}

// record saves what a look has seen, or fails with what is in the state then.
func record[M Holder](ctx context.Context, op *tfkit.Operation, m M, seen Named, err error, stateOtherwise string) {
	switch {
	case err != nil:
		op.Fail(tfkit.Failure{Err: err, State: stateOtherwise})
	case !op.Failed():
		m.common().hold(seen)
		op.Save(ctx, m)
	}
}

// ModifyPlan names the objects that may be deleted. See the package's comment for
// why the arguments have no say in it.
func (r *Resource[M]) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() || req.State.Raw.IsNull() {
		// Destroying deletes no object, and before creating nothing is seen yet.
		return
	}
	plan, state := r.NewModel(), r.NewModel()
	r.RunPlanning(ctx, tfkit.Planning("plan exclusive "+r.Words.Many, plan, state, req, resp), func(ctx context.Context, op *tfkit.Operation) {
		plan.common().hold(nil)
		op.Save(ctx, plan)
		r.Announce(ctx, op, plan, state.common().held())
	})
}

// Update deletes what the plan has named, and what is left undone stays
// recorded.
func (r *Resource[M]) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	plan, state := r.NewModel(), r.NewModel()
	op := tfkit.Updating("delete unmanaged "+r.Words.Many, plan, state, req, resp).Within(r.Timeout)
	r.Run(ctx, op, func(ctx context.Context, op *tfkit.Operation) {
		o := Outcome{Left: state.common().held(), Gone: Named{}}
		r.Evict(ctx, op, plan, &o)
		if op.Failed() {
			return
		}
		plan.common().hold(o.Left)
		op.Save(ctx, plan)
		for _, failure := range o.Failures {
			failure.State += "This apply deleted: " + r.Words.Show(o.Gone) + ". Still in unmanaged: " + r.Words.Show(o.Left) + "."
			op.Fail(failure)
		}
	})
}

// Delete forgets the resource. No object is deleted.
func (r *Resource[M]) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {
}
