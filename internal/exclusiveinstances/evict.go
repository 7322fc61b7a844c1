package exclusiveinstances

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/exclusivekit"
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
	*exclusivekit.Outcome
}

// evict deletes what the plan has named.
func evict(ctx context.Context, op *tfkit.Operation, plan *model, o *exclusivekit.Outcome) {
	p := plan.policy(ctx, op)
	if op.Failed() {
		return
	}
	e := eviction{op: op, policy: p.sparing(remembered(ctx, op)), Outcome: o}
	e.run(ctx)
}

// run deletes all that the plan has named, at the same time: each takes minutes,
// and all of them share lists. A machine that cannot be deleted does not protect
// the others.
func (e *eviction) run(ctx context.Context) {
	if len(e.Left) == 0 {
		return
	}
	listed, err := machinekit.Fleet(e.op.Services).List().Now().All(ctx)
	if err != nil {
		e.Failures = append(e.Failures, tfkit.Failure{Err: err})
		return
	}
	var doomed, renamed []nebula.Instance
	e.Left, doomed, renamed = toDelete(e.Left, listed, e.policy, machinekit.Fleet(e.op.Services).Time())
	for _, machine := range renamed {
		e.fail(machine, fmt.Errorf("instance %s is named %s now, and the plan showed it as %s",
			nebula.CleanText(string(machine.ID)), tfkit.Quoted(fleet.NameOf(machine)), nameIn(e.Left[machine.ID])), "Plan again, and check that you mean this instance.")
	}
	var group sync.WaitGroup
	for _, machine := range doomed {
		group.Go(func() { e.delete(ctx, machine) })
	}
	group.Wait()
}

// toDelete finds among the machines that a plan has named those to delete, and
// those that have another name now.
func toDelete(named exclusivekit.Named, listed []nebula.Instance, p policy, now time.Time) (left exclusivekit.Named, doomed, renamed []nebula.Instance) {
	return exclusivekit.Judge(named, listed, func(i nebula.Instance) nebula.ID { return i.ID },
		func(i nebula.Instance, _ string) bool { return p.spares(i, now) },
		func(i nebula.Instance, shown string) bool { return nameIn(shown) == tfkit.Quoted(fleet.NameOf(i)) })
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
	e.Gone[machine.ID] = e.Left[machine.ID]
	delete(e.Left, machine.ID)
}

// fail notes what became of one machine.
func (e *eviction) fail(machine nebula.Instance, err error, next string) {
	e.Failures = append(e.Failures, tfkit.Failure{Err: &evictionError{machine, err}, Next: next,
		State: "Instance " + fleet.Show(machine) + " may still be billed. "})
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
