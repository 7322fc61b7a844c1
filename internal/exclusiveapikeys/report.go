package exclusiveapikeys

import (
	"fmt"

	"github.com/nebulablock/terraform-provider-nebula/internal/keyring"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// mostReported is how many keys that could not be deleted have an error each.
const mostReported = 5

func (e *eviction) fail(err error, next string) {
	e.failures = append(e.failures, tfkit.Failure{Err: err, Next: next})
}

func (e *eviction) failKey(key keyring.Key, err error, next string) {
	e.failures = append(e.failures, tfkit.Failure{Err: err, Next: next,
		State: fmt.Sprintf("Key %s may still be valid. ", showKey(key.ID, key.Name))})
}

// report tells of the first failures in full and counts the others. Each says
// what the apply has done and what is left.
func (e *eviction) report() {
	whole := fmt.Sprintf("This apply deleted: %s. Still in unmanaged: %s.", show(e.gone), show(e.left))
	for i, failure := range e.failures {
		if i == mostReported {
			e.op.Refuse(tfkit.Message{What: fmt.Sprintf("%d more keys could not be deleted.", len(e.failures)-i), State: whole, Next: "Solve the errors above, then apply again."})
			return
		}
		failure.State += whole
		e.op.Fail(failure)
	}
}
