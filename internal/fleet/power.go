package fleet

import (
	"context"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

// lostTime is how long a machine whose start or stop got no answer must have
// been as before, to be believed that nothing happened.
const lostTime = time.Minute

// Start starts a machine and waits until it runs. See Stop.
func (f *Fleet) Start(ctx context.Context, id nebula.ID, tell func(nebula.Instance)) (nebula.Instance, error) {
	return f.switchTo(ctx, id, Running, f.client.StartInstance, tell)
}

// Stop stops a machine and waits until it is stopped. One that is stopped
// already is left alone. The call is sent once: after a lost answer the status
// decides. The error is a *ReservedError, a *VanishedError, a *FailedError, a
// *NotSwitchedError when the machine was not seen in the new state, or what the
// API answered.
func (f *Fleet) Stop(ctx context.Context, id nebula.ID, tell func(nebula.Instance)) (nebula.Instance, error) {
	return f.switchTo(ctx, id, Stopped, f.client.StopInstance, tell)
}

func (f *Fleet) switchTo(ctx context.Context, id nebula.ID, want State, call func(context.Context, nebula.ID) error, tell func(nebula.Instance)) (nebula.Instance, error) {
	row, err := f.touchable(ctx, id)
	if err != nil || StateOf(row) == want {
		return row, err
	}
	before := StateOf(row)
	lost := call(ctx, id)
	f.list.MayHaveChanged()
	if lost != nil && !nebula.IsAmbiguous(lost) {
		return row, lost
	}
	begun := f.clock.Now()
	w := wait{machine: row, tell: tell}
	err = f.list.Await(ctx, func(rows []nebula.Instance, began time.Time) bool {
		if w.look(rows, began); StateOf(w.machine) == want {
			return true
		}
		return w.failure != nil || lost != nil && StateOf(w.machine) == before && began.Sub(begun) >= lostTime
	})
	switch {
	case w.failure != nil:
		return w.machine, w.failure
	case err == nil && StateOf(w.machine) == want:
		return w.machine, nil
	}
	return w.machine, &NotSwitchedError{Machine: w.machine, Want: want, Waited: f.clock.Now().Sub(begun), Call: lost, Err: err}
}

// touchable finds a machine that may be changed, in a list of now.
func (f *Fleet) touchable(ctx context.Context, id nebula.ID) (nebula.Instance, error) {
	row, err := f.Find(ctx, f.list.Now(), Ref{ID: id})
	if err != nil {
		return nebula.Instance{ID: id}, err
	}
	switch StateOf(row) {
	case Reserved:
		return row, &ReservedError{Machine: row}
	case Going:
		return row, &VanishedError{Machine: row}
	default:
		return row, nil
	}
}

// Reboot reboots a machine. It is sent once, and no status tells whether it
// happened: after a lost answer the error is a *MayHaveRebootedError.
func (f *Fleet) Reboot(ctx context.Context, id nebula.ID) (nebula.Instance, error) {
	row, err := f.touchable(ctx, id)
	if err != nil {
		return row, err
	}
	err = f.client.RebootInstance(ctx, id)
	f.list.MayHaveChanged()
	if nebula.IsAmbiguous(err) {
		return row, &MayHaveRebootedError{Machine: row, Call: err}
	}
	return row, err
}
