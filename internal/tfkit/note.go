package tfkit

import (
	"context"
	"encoding/json"

	"github.com/hashicorp/terraform-plugin-framework/diag"
)

// A note is a JSON value in a resource's private state: what the provider must
// remember of an object and no attribute should show.
type (
	noteReader interface {
		GetKey(context.Context, string) ([]byte, diag.Diagnostics)
	}
	noteWriter interface {
		SetKey(context.Context, string, []byte) diag.Diagnostics
	}
)

// Note reads a note into a pointer. It is false where there is none; a damaged
// note is none.
func (op *Operation) Note(ctx context.Context, name string, into any) bool {
	if op.notes == nil {
		return false
	}
	written, diags := op.notes.GetKey(ctx, name)
	op.diags.Append(diags...)
	return len(written) > 0 && json.Unmarshal(written, into) == nil
}

// SetNote writes a note; nil removes it. An operation that has no private state
// to write to does nothing. A note that changes with each read would make every
// refresh a change of the state, so write only what a later operation needs.
func (op *Operation) SetNote(ctx context.Context, name string, value any) {
	if op.newNotes == nil {
		return
	}
	var written []byte
	if value != nil {
		var err error
		if written, err = json.Marshal(value); err != nil {
			op.Fail(Failure{Err: err})
			return
		}
	}
	op.diags.Append(op.newNotes.SetKey(ctx, name, written)...)
}
