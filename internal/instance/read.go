package instance

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/nebulablock/terraform-provider-nebula/internal/fleet"
	"github.com/nebulablock/terraform-provider-nebula/internal/listing"
	"github.com/nebulablock/terraform-provider-nebula/internal/machinekit"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// logStatus is the progress of a wait, in the log.
func logStatus(ctx context.Context) func(nebula.Instance) {
	return func(i nebula.Instance) {
		tflog.Info(ctx, "waiting for instance", map[string]any{"id": nebula.CleanText(string(i.ID)), "status": fleet.Status(i)})
	}
}

// refresh takes over what the list shows of a machine.
func refresh(ctx context.Context, op *tfkit.Operation, m *model, row nebula.Instance) {
	if fleet.StateOf(row) == fleet.Reserved {
		op.Fail(tfkit.Failure{Err: &fleet.ReservedError{Machine: row}, State: "It was not imported, and the state was not changed."})
		return
	}
	status, address := m.Status, m.PublicIPv4
	changed := m.refresh(row)
	var due bool
	if op.Note(ctx, detailNote, &due); due || !m.Status.Equal(status) || !m.PublicIPv4.Equal(address) {
		m.lookCloser(ctx, op)
		changed = true
	}
	// The response holds the prior state, so an unchanged machine needs no more.
	if changed {
		op.Save(ctx, m)
	}
}

// missing deals with a machine that the list does not show.
func missing(ctx context.Context, op *tfkit.Operation, err error) {
	var absent *listing.AbsentError
	if !errors.As(err, &absent) {
		op.Fail(tfkit.Failure{Err: err, State: "The instance stays in the state as it was."})
		return
	}
	tfkit.GoneYoung(op, "Instance", absent)
	tfkit.NoneFound(op, things, machinekit.Fleet(op.Services).List(), absent)
	op.Forget(ctx)
}

// lookAgain looks for a machine that an earlier apply may have made.
func lookAgain(ctx context.Context, op *tfkit.Operation, m *model) {
	machines := machinekit.Fleet(op.Services)
	look := machines.List().ForRefresh()
	row, err := machines.Resolve(ctx, look, m.ref())
	if machines.LiesAhead(tfkit.ParseTime(m.CreatedAt)) {
		op.Warn(tfkit.ClockAhead("an instance", mayHaveMade(m), m.CreatedAt))
		m.CreatedAt = tfkit.Time(machines.Time())
		op.Save(ctx, m)
	}
	var several *listing.SeveralError
	var unproven *fleet.UnprovenError
	switch {
	case err == nil:
		op.Warn(appeared(m, row))
		m.take(row)
		m.lookCloser(ctx, op)
		op.Save(ctx, m)
	case errors.As(err, &several), errors.As(err, &unproven):
		op.Warn(doubtful(err))
	case !listing.IsAbsent(err):
		op.Fail(tfkit.Failure{Err: err, State: "It stays in the state as tainted, without an id."})
	case machines.MayStillAppear(tfkit.ParseTime(m.CreatedAt)):
		op.Warn(notFoundYet(m, machines.Alike(ctx, look, m.Name.ValueString())))
	default:
		op.Warn(forgotten(m, machines.Alike(ctx, look, m.Name.ValueString())))
		op.Forget(ctx)
	}
}

// resolve finds the id of a machine that is known by its name alone, and reports
// whether there is one to delete.
func resolve(ctx context.Context, op *tfkit.Operation, m *model) bool {
	machines := machinekit.Fleet(op.Services)
	row, err := machines.Resolve(ctx, machines.List().Now(), m.ref())
	switch {
	case err == nil:
		m.ID = types.StringValue(string(row.ID))
		return true
	case !listing.IsAbsent(err):
		op.Fail(tfkit.Failure{Err: err, State: tfkit.Named("Instance", m.ID, m.Name) + " stays in the state, without an id."})
		return false
	}
	young, alike := machines.MayStillAppear(tfkit.ParseTime(m.CreatedAt)), machines.Alike(ctx, machines.List().ForRead(), m.Name.ValueString())
	switch {
	case young && m.NamePrefix.IsNull():
		op.Refuse(tooEarly(m, alike))
	case young:
		op.Warn(mayAppear(m, alike))
	case len(alike) > 0:
		op.Warn(forgotten(m, alike))
	}
	return false
}
