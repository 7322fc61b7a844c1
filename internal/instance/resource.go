package instance

import (
	"context"
	"errors"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/fleet"
	"github.com/nebulablock/terraform-provider-nebula/internal/machinekit"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// The time-outs where none are configured.
const (
	createTimeout = 30 * time.Minute
	updateTimeout = 15 * time.Minute
	deleteTimeout = 20 * time.Minute
)

// thing is what people call one; things are several.
const (
	thing  = "instance"
	things = "instances"
)

const (
	nothingMade   = "No instance was made, and nothing is in the state."
	staysRecorded = "The instance stays in the state."
	isTainted     = "The instance is in the state as tainted, with its id. The next apply replaces it, unless terraform untaint ADDRESS keeps it."
)

var (
	_ resource.ResourceWithConfigure        = (*instanceResource)(nil)
	_ resource.ResourceWithConfigValidators = (*instanceResource)(nil)
	_ resource.ResourceWithIdentity         = (*instanceResource)(nil)
	_ resource.ResourceWithImportState      = (*instanceResource)(nil)
	_ resource.ResourceWithModifyPlan       = (*instanceResource)(nil)
	_ resource.ResourceWithValidateConfig   = (*instanceResource)(nil)
)

type instanceResource struct{ tfkit.ByID }

// NewResource is the resource nebula_instance.
func NewResource() resource.Resource {
	return &instanceResource{tfkit.ByID{Resource: tfkit.Resource{Type: "instance"}, Thing: thing, Shown: "the data source nebula_instances"}}
}

// Create makes a machine and records it before it waits. One that may or may not
// have been made is recorded as well, tainted and without an id.
func (r *instanceResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var m model
	r.Run(ctx, tfkit.Creating("create instance", &m, req, resp).Within(createTimeout), func(ctx context.Context, op *tfkit.Operation) {
		if !m.NamePrefix.IsNull() {
			m.Name = types.StringValue(fleet.NewName(m.NamePrefix.ValueString()))
		}
		var product nebula.Product
		machine, err := machinekit.Fleet(op.Services).Create(ctx, m.order(op.Services, &product))
		var undecided *fleet.UndecidedError
		switch {
		case errors.As(err, &undecided):
			m.undecided(undecided)
			op.Save(ctx, &m)
			op.Fail(tfkit.Failure{Err: err, State: "The instance is in the state as tainted, without an id."})
		case err != nil:
			op.Fail(tfkit.Failure{Err: err, State: nothingMade, Arguments: sent(), Spelled: map[string]string{"instance_name": "name"}})
		default:
			machinekit.ManagedIn(&r.Base).Note(machine.ID)
			m.take(machine)
			m.detailed = detailed{}
			op.Save(ctx, &m)
			m.arrive(ctx, op, machine, product)
			op.Save(ctx, &m)
		}
	})
}

// sent are the arguments that the API gets.
func sent() []string { return []string{"name", "product_id", "image_id", "ssh_key_id"} }

// arrive waits until a new machine is where it is to be. A machine that is merely
// not ready when an interrupt comes is not tainted: nothing is wrong with it.
func (m *model) arrive(ctx context.Context, op *tfkit.Operation, machine nebula.Instance, product nebula.Product) {
	goal := m.goal()
	if fleet.HasNoAddress(product.Type) { // some rows call all types "GPU"
		goal = min(goal, fleet.Runs)
	}
	stopped := m.PowerState.ValueString() == powerStopped
	if stopped {
		goal = max(goal, fleet.Runs)
	}
	machines := machinekit.Fleet(op.Services)
	arrival, err := machines.Await(ctx, machine, goal, logStatus(ctx))
	m.take(arrival.Machine)
	if err == nil && stopped {
		var row nebula.Instance
		if row, err = machines.Stop(ctx, machine.ID, logStatus(ctx)); err == nil {
			m.take(row)
		}
	}
	switch {
	case errors.Is(err, context.Canceled):
		op.Warn(interrupted(m, err))
	case err != nil:
		op.Fail(tfkit.Failure{Err: err, State: isTainted})
	case arrival.NoAddress:
		op.Warn(noAddress(m))
	}
	m.lookCloser(ctx, op)
}

// Read looks the machine up in the list that all reads of this run share. Only a
// proven absence removes it from state.
func (r *instanceResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var m model
	r.Run(ctx, tfkit.Reading("read instance", &m, req, resp), func(ctx context.Context, op *tfkit.Operation) {
		machines := machinekit.Fleet(op.Services)
		if m.ID.IsNull() {
			lookAgain(ctx, op, &m)
			return
		}
		row, err := machines.Find(ctx, machines.List().ForRefresh(), m.ref())
		if err != nil {
			missing(ctx, op, err)
			return
		}
		machinekit.ManagedIn(&r.Base).Note(row.ID) // a plan that dooms it comes later
		refresh(ctx, op, &m, row)
	})
}

// Update starts or stops the machine. Whatever else can change in place is
// recorded without a call.
func (r *instanceResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var m, prior model
	r.Run(ctx, tfkit.Updating("update instance", &m, &prior, req, resp).Within(updateTimeout), func(ctx context.Context, op *tfkit.Operation) {
		if !m.PowerState.IsNull() && !m.PowerState.Equal(prior.PowerState) {
			m.detailed = prior.detailed
			if !m.switchPower(ctx, op) {
				return
			}
			m.lookCloser(ctx, op)
		}
		op.Save(ctx, &m)
	})
}

// switchPower starts or stops the machine, and reports whether it is so.
func (m *model) switchPower(ctx context.Context, op *tfkit.Operation) bool {
	machines, ref := machinekit.Fleet(op.Services), m.ref()
	call, to := machines.Stop, "stop instance"
	if m.PowerState.ValueString() == powerRunning {
		call, to = machines.Start, "start instance"
	}
	row, err := call(ctx, ref.ID, logStatus(ctx))
	if err == nil && m.PowerState.ValueString() == powerRunning && m.goal() > fleet.Runs {
		var arrival fleet.Arrival
		arrival, err = machines.Await(ctx, row, m.goal(), logStatus(ctx))
		row = arrival.Machine
		if err == nil && arrival.NoAddress {
			op.Warn(noAddress(m))
		}
	}
	if err != nil {
		op.Fail(tfkit.Failure{To: to, Err: err, State: "The instance stays in the state as it was."})
		return false
	}
	m.take(row)
	return true
}

// Delete deletes the machine. State goes only when it is proven that it is gone.
func (r *instanceResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var m model
	r.Run(ctx, tfkit.Deleting("delete instance", &m, req, resp).Within(deleteTimeout), func(ctx context.Context, op *tfkit.Operation) {
		if m.DeletionProtection.ValueBool() {
			op.Refuse(protected(&m))
			return
		}
		if m.ID.IsNull() && !resolve(ctx, op, &m) {
			return
		}
		deletion, err := machinekit.Fleet(op.Services).Delete(ctx, m.ref(), logStatus(ctx))
		switch {
		case err != nil:
			op.Fail(tfkit.Failure{Err: err, State: tfkit.Named("Instance", m.ID, m.Name) + " stays in the state."})
		case deletion.Absent != nil:
			tfkit.GoneAlready(op, "Instance", deletion.Absent)
		}
	})
}

// lookCloser takes over what only the detail of the machine tells. That it cannot
// be had is noted, so that the next read asks again: everything else is known.
func (m *model) lookCloser(ctx context.Context, op *tfkit.Operation) {
	if ctx.Err() != nil {
		op.SetNote(ctx, detailNote, true)
		return
	}
	detail, err := machinekit.Fleet(op.Services).Detail(ctx, m.ref().ID)
	if err != nil {
		op.SetNote(ctx, detailNote, true)
		op.Warn(noDetail(m, err))
		return
	}
	op.SetNote(ctx, detailNote, nil)
	m.detailed = detailedOf(detail)
}

// detailNote is the name of the note that the detail is still to be looked at.
const detailNote = "detail_due"
