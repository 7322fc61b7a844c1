package exclusiveinstances

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/nebulablock/terraform-provider-nebula/internal/listing"
	"github.com/nebulablock/terraform-provider-nebula/internal/machinekit"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// updateTimeout bounds an apply that deletes machines, where none is configured.
const updateTimeout = 20 * time.Minute

var (
	_ resource.ResourceWithConfigure      = (*exclusiveResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*exclusiveResource)(nil)
	_ resource.ResourceWithValidateConfig = (*exclusiveResource)(nil)
)

type exclusiveResource struct{ tfkit.Resource }

// NewResource is the resource nebula_instances_exclusive.
func NewResource() resource.Resource {
	return &exclusiveResource{tfkit.Resource{Type: "instances_exclusive"}}
}

// Create only looks.
func (r *exclusiveResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var m model
	r.Run(ctx, tfkit.Creating("look for unmanaged instances", &m, req, resp), func(ctx context.Context, op *tfkit.Operation) {
		m.look(ctx, op, machinekit.ManagedIn(&r.Base), machinekit.Fleet(op.Services).ForRead(), "Nothing is in the state, and nothing was deleted.")
	})
}

// Read looks again, in the list that all reads of this run share.
func (r *exclusiveResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var m model
	r.Run(ctx, tfkit.Reading("look for unmanaged instances", &m, req, resp), func(ctx context.Context, op *tfkit.Operation) {
		m.look(ctx, op, machinekit.ManagedIn(&r.Base), machinekit.Fleet(op.Services).List().ForRefresh(), "The unmanaged instances stay in the state as they were.")
	})
}

// look records which machines there are besides those that are spared.
func (m *model) look(ctx context.Context, op *tfkit.Operation, known *machinekit.Managed, list listing.Look[nebula.Instance], stateOtherwise string) {
	p := m.policy(ctx, op)
	if op.Failed() {
		return
	}
	machines, err := list.All(ctx)
	if err != nil {
		op.Fail(tfkit.Failure{Err: err, State: stateOtherwise})
		return
	}
	m.setUnmanaged(observe(machines, p.sparing(remember(ctx, op, known, machines, p)), machinekit.Fleet(op.Services).Time()))
	op.Save(ctx, m)
}

// ModifyPlan names the machines that may be deleted. See the package's comment
// for why the arguments have no say in it.
func (r *exclusiveResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() || req.State.Raw.IsNull() {
		// Destroying deletes no machine, and before creating nothing is seen yet.
		return
	}
	var plan, state model
	r.RunPlanning(ctx, tfkit.Planning("plan exclusive instances", &plan, &state, req, resp), func(ctx context.Context, op *tfkit.Operation) {
		plan.setUnmanaged(nil)
		op.Save(ctx, &plan)
		named, managed := state.unmanaged(), remembered(ctx, op)
		p := plan.policy(ctx, op)
		maps.DeleteFunc(named, func(id nebula.ID, _ string) bool { _, spared := managed[id]; return spared || p.allowed[id] })
		if maps.DeleteFunc(managed, func(id nebula.ID, _ string) bool { return p.allowed[id] }); plan.known() {
			warnOfManaged(op, managed)
		}
		r.announce(op, &plan, named)
	})
}

// announce says which of the machines that leave the map will be deleted: the
// plan itself counts that as a change of one resource, which is easy to
// overlook. It fails where one of them is managed by this configuration.
func (r *exclusiveResource) announce(op *tfkit.Operation, plan *model, named texts) {
	if len(named) == 0 {
		return
	}
	if !plan.known() {
		op.Warn(tfkit.Message{Title: "Instances to be deleted",
			What: "Applying this plan deletes those of these instances that allowed_ids, ignore_name_regex and older_than do not spare, once their values are known: " + show(named) + "."})
		return
	}
	managed := machinekit.ManagedIn(&r.Base).Doom(slices.Sorted(maps.Keys(named)))
	for _, id := range managed {
		op.Refuse(machinekit.ManagedNotAllowed(id))
	}
	op.Warn(tfkit.Message{Title: "Instances to be deleted", Attribute: path.Root("unmanaged"),
		What: "Applying this plan deletes these instances, unless ignore_name_regex or older_than spares them by then: " + show(named) + "."})
}

// Update deletes what the plan has named, and what is left undone stays
// recorded.
func (r *exclusiveResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state model
	op := tfkit.Updating("delete unmanaged instances", &plan, &state, req, resp).Within(updateTimeout)
	r.Run(ctx, op, func(ctx context.Context, op *tfkit.Operation) {
		p := plan.policy(ctx, op)
		if op.Failed() {
			return
		}
		e := eviction{op: op, policy: p.sparing(remembered(ctx, op)), left: state.unmanaged(), gone: texts{}}
		e.run(ctx)
		plan.setUnmanaged(e.left)
		op.Save(ctx, &plan)
		e.report()
	})
}

// Delete forgets the resource. No machine is deleted.
func (r *exclusiveResource) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {
}
