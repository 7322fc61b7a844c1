package exclusiveinstances

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/fleet"
	"github.com/nebulablock/terraform-provider-nebula/internal/machinekit"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// eviction is one apply at work.
type eviction struct {
	op     *tfkit.Operation
	policy policy

	mu sync.Mutex
	// left are the machines that the plan has named and that may still be there,
	// gone those that this apply deleted.
	left, gone texts
	failures   []tfkit.Failure
}

// run deletes all that the plan has named, at the same time: each takes minutes,
// and all of them share lists. A machine that cannot be deleted does not protect
// the others.
func (e *eviction) run(ctx context.Context) {
	if len(e.left) == 0 {
		return
	}
	listed, err := machinekit.Fleet(e.op.Services).List().Now().All(ctx)
	if err != nil {
		e.failures = append(e.failures, tfkit.Failure{Err: err})
		return
	}
	var doomed, renamed []nebula.Instance
	e.left, doomed, renamed = toDelete(e.left, listed, e.policy, machinekit.Fleet(e.op.Services).Time())
	for _, machine := range renamed {
		e.fail(machine, fmt.Errorf("instance %s is named %s now, and the plan showed it as %s",
			nebula.CleanText(string(machine.ID)), tfkit.Quoted(fleet.NameOf(machine)), nameIn(e.left[machine.ID])), "Plan again, and check that you mean this instance.")
	}
	var group sync.WaitGroup
	for _, machine := range doomed {
		group.Go(func() { e.delete(ctx, machine) })
	}
	group.Wait()
}

// toDelete finds among the machines that a plan has named those to delete: they
// still exist and are not spared. A machine that has another name than the plan
// showed is not what somebody agreed to, so it is not deleted. What is gone, or
// spared, is not left.
func toDelete(named texts, listed []nebula.Instance, p policy, now time.Time) (left texts, doomed, renamed []nebula.Instance) {
	left = texts{}
	for _, i := range listed {
		shown, ok := named[i.ID]
		if !ok || p.spares(i, now) {
			continue
		}
		left[i.ID] = shown
		if nameIn(shown) != tfkit.Quoted(fleet.NameOf(i)) {
			renamed = append(renamed, i)
		} else {
			doomed = append(doomed, i)
		}
	}
	return left, doomed, renamed
}

// delete deletes one machine.
func (e *eviction) delete(ctx context.Context, machine nebula.Instance) {
	_, err := machinekit.Fleet(e.op.Services).Delete(ctx, fleet.Ref{ID: machine.ID, Name: fleet.NameOf(machine)}, nil)
	e.mu.Lock()
	defer e.mu.Unlock()
	if err != nil {
		e.fail(machine, err, "")
		return
	}
	e.gone[machine.ID] = e.left[machine.ID]
	delete(e.left, machine.ID)
}

// fail notes what became of one machine.
func (e *eviction) fail(machine nebula.Instance, err error, next string) {
	e.failures = append(e.failures, tfkit.Failure{Err: &evictionError{machine, err}, Next: next,
		State: "Instance " + fleet.Show(machine) + " may still be billed. "})
}

// report tells of all failures, once it is known what became of all machines.
func (e *eviction) report() {
	for _, failure := range e.failures {
		failure.State += fmt.Sprintf("This apply deleted: %s. Still in unmanaged: %s.", show(e.gone), show(e.left))
		e.op.Fail(failure)
	}
}

// evictionError says which machine a failure is about.
type evictionError struct {
	machine nebula.Instance
	err     error
}

func (e *evictionError) Error() string {
	return "instance " + nebula.CleanText(string(e.machine.ID)) + ": " + e.err.Error()
}

// Unwrap gives the failure.
func (e *evictionError) Unwrap() error { return e.err }

// Happened tells what happened, in paragraphs.
func (e *evictionError) Happened(tell func(error) []string) []string {
	return append([]string{"Instance " + fleet.Show(e.machine) + " was not deleted."}, tell(e.err)...)
}
