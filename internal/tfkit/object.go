package tfkit

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/listing"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

// Object is what a resource manages: one object of a shared list. It has an id,
// unless its create was left undecided (listing.UndecidedError). Then Wanted
// matches it by its sign, or matches nothing where nothing is known to find it
// by.
type Object[Row any] struct {
	List   *listing.List[Row]
	Wanted listing.Wanted[Row]
	// Undecided is what people are told of an object without an id.
	Undecided Undecided
}

// CheckTime is for an object without an id in a resource's Read. A create cannot
// have begun more than five minutes from now: then a clock is wrong. CheckTime
// warns of it, and gives the instant to record instead.
func (o Object[Row]) CheckTime(ctx context.Context, op *Operation) (corrected types.String, wrong bool) {
	// An answer tells the time by the API's clock. Refresh reports a list that
	// cannot be had.
	_, _ = o.List.ForRefresh().All(ctx)
	now := o.List.Time()
	if !o.Undecided.Begun.After(now.Add(listing.ClockSkew)) {
		return types.String{}, false
	}
	op.Warn(ClockAhead(o.Undecided.A, o.Undecided.earlier(), Time(o.Undecided.Begun)))
	return Time(now), true
}

// Refresh looks the object up for a resource's Read, in the list that all reads
// of the run share. Where it is not found, Refresh has said why, and has removed
// the resource from the state if the absence is proven.
func (o Object[Row]) Refresh(ctx context.Context, op *Operation) (row Row, found bool) {
	if o.unfindable() {
		o.lost(ctx, op)
		return row, false
	}
	row, err := o.List.ForRefresh().Find(ctx, o.Wanted)
	var absent *listing.AbsentError
	var several *listing.SeveralError
	var hidden *listing.HiddenError
	switch {
	case err == nil:
		if o.Wanted.ID == "" {
			op.Warn(o.Undecided.appeared(o.List.ID(row)))
		}
		return row, true
	case errors.As(err, &absent):
		o.gone(ctx, op, absent)
	case errors.As(err, &several):
		op.Warn(o.Undecided.several(several))
	case errors.As(err, &hidden):
		o.lost(ctx, op)
	default:
		op.Fail(Failure{Err: err, State: "The " + o.Undecided.One + " stays in the state as it was."})
	}
	return row, false
}

// Delete deletes the object for a resource's Delete. The resource stays in the
// state, with an error, unless it is certain that the object is gone.
func (o Object[Row]) Delete(ctx context.Context, op *Operation, call func(context.Context, nebula.ID) error) {
	if o.Wanted.ID == "" && !o.resolve(ctx, op) {
		return
	}
	deletion, err := o.List.Delete(ctx, o.Wanted, func(ctx context.Context) error { return call(ctx, o.Wanted.ID) })
	switch {
	case err != nil:
		op.Fail(Failure{Err: err, State: o.stays()})
	case deletion.Absent != nil:
		GoneAlready(op, Capital(o.Undecided.One), deletion.Absent)
	}
}

func (o Object[Row]) stays() string {
	return Named(Capital(o.Undecided.One), types.StringValue(string(o.Wanted.ID)), types.StringValue(o.Undecided.Name)) + " stays in the state."
}

// unfindable says that the object may exist and that nothing is known to find it
// by.
func (o Object[Row]) unfindable() bool { return o.Wanted.ID == "" && o.Wanted.Match == nil }

// gone removes an object that is proven to be gone from the state, unless it was
// never found and may still appear.
func (o Object[Row]) gone(ctx context.Context, op *Operation, absent *listing.AbsentError) {
	if o.Wanted.ID == "" && o.mayStillAppear() {
		op.Warn(o.Undecided.notFoundYet())
		return
	}
	if o.Wanted.ID != "" {
		GoneYoung(op, Capital(o.Undecided.One), absent)
		NoneFound(op, o.Undecided.Many, o.List, absent)
	}
	op.Forget(ctx)
}

// mayStillAppear reports whether the create of an object without id is recent
// enough that the object may appear although no list shows it.
func (o Object[Row]) mayStillAppear() bool {
	return o.List.Time().Sub(o.Undecided.Begun) < listing.LateCommit
}

// lost deals with an object that may exist and cannot be recognised in the list.
func (o Object[Row]) lost(ctx context.Context, op *Operation) {
	if o.mayStillAppear() {
		op.Warn(o.Undecided.withoutID())
		return
	}
	op.Warn(o.Undecided.forgotten())
	op.Forget(ctx)
}

// resolve finds the id of an object that has none yet, and reports whether there
// is one to delete.
func (o *Object[Row]) resolve(ctx context.Context, op *Operation) bool {
	if o.unfindable() {
		op.Warn(o.Undecided.forgotten())
		return false
	}
	row, err := o.List.Now().Find(ctx, o.Wanted)
	var hidden *listing.HiddenError
	switch {
	case err == nil:
		o.Wanted.ID = o.List.ID(row)
		return true
	case errors.As(err, &hidden):
		op.Warn(o.Undecided.forgotten())
	case !listing.IsAbsent(err):
		op.Fail(Failure{Err: err, State: o.stays()})
	case o.mayStillAppear():
		op.Warn(o.Undecided.mayAppear())
	}
	return false
}
