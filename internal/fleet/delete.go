package fleet

import (
	"context"
	"errors"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/clock"
	"github.com/nebulablock/terraform-provider-nebula/internal/listing"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

// secondLook is how long after a list that lacks a machine another one must have
// begun that lacks it, too.
const secondLook = 2 * time.Second

// Delete deletes a machine, which must have an id, and waits until that is
// proven: the list of deleted machines shows it, or its word says that it is
// gone, or two complete lists lack it. A reserved machine is never deleted
// (*ReservedError).
//
// No error means that it is gone. Else it is a *NotGoneError when the API has
// taken the delete on and the machine was still there in the end, the errors of
// listing.List.Delete, or what the API answered.
func (f *Fleet) Delete(ctx context.Context, wanted Ref, tell func(nebula.Instance)) (listing.Deletion, error) {
	if _, err := nebula.ParseID(string(wanted.ID)); err != nil {
		return listing.Deletion{}, &listing.UndeletableError{Words: listed(), ID: wanted.ID}
	}
	known, err := f.guard(ctx, wanted)
	if err != nil {
		return listing.Deletion{}, err
	}
	err = f.client.DeleteInstance(ctx, wanted.ID)
	f.list.MayHaveDeleted(wanted.ID)
	if err != nil && !listing.ListDecides(err) {
		return listing.Deletion{}, err
	}
	ctx, cancel := clock.Finishing(ctx, f.clock)
	defer cancel()
	if err != nil {
		deletion, going, err := f.decide(ctx, wanted, err)
		if !going {
			return deletion, err
		}
	}
	return f.seeOff(ctx, known, tell)
}

// guard refuses to touch a reserved machine, as far as a list shows it. A list
// that cannot be had does not keep a machine alive that costs money.
func (f *Fleet) guard(ctx context.Context, wanted Ref) (nebula.Instance, error) {
	known := nebula.Instance{ID: wanted.ID, HostName: nebula.Text(wanted.Name)}
	rows, err := f.list.Before(ctx)
	if err != nil {
		return known, nil //nolint:nilerr // the delete itself will tell
	}
	if row, found := byID(rows, wanted.ID); found {
		known = row
	}
	if StateOf(known) == Reserved {
		return known, &ReservedError{Machine: known}
	}
	return known, nil
}

// decide looks what became of a delete whose answer proves nothing. Going says
// that the machine is on its way out.
func (f *Fleet) decide(ctx context.Context, wanted Ref, failure error) (deletion listing.Deletion, going bool, err error) {
	row, err := f.list.Now().Find(ctx, wanted.wanted())
	var absent *listing.AbsentError
	switch {
	case errors.As(err, &absent):
		f.list.Deleted(wanted.ID)
		return listing.Deletion{Absent: absent}, false, nil
	case err != nil:
		return listing.Deletion{}, false, &listing.UnconfirmedError{Words: listed(), Delete: failure, List: err}
	case IsLive(row):
		return listing.Deletion{}, false, &listing.StillListedError{Words: listed(), Delete: failure}
	}
	return listing.Deletion{}, true, nil
}

// seeOff waits until a machine is gone that is being deleted.
func (f *Fleet) seeOff(ctx context.Context, machine nebula.Instance, tell func(nebula.Instance)) (listing.Deletion, error) {
	begun := f.clock.Now()
	var missing time.Time
	err := f.list.Await(ctx, func(rows []nebula.Instance, began time.Time) bool {
		row, found := byID(rows, machine.ID)
		if found {
			machine, missing = row, time.Time{}
			if tell != nil {
				tell(row)
			}
			return StateOf(row) == Gone
		}
		if missing.IsZero() {
			missing = began
			return f.isDeleted(ctx, machine.ID)
		}
		return began.Sub(missing) >= secondLook
	})
	if err != nil {
		return listing.Deletion{}, &NotGoneError{Machine: machine, Waited: f.clock.Now().Sub(begun), Err: err}
	}
	f.list.Deleted(machine.ID)
	return listing.Deletion{}, nil
}

// isDeleted says that the list of deleted machines shows one. That this list
// cannot be had says nothing.
func (f *Fleet) isDeleted(ctx context.Context, id nebula.ID) bool {
	rows, err := f.deleted.ForRead().All(ctx)
	if err != nil {
		return false
	}
	_, found := byID(rows, id)
	return found
}
