package sshkey

import (
	"context"

	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// nameNote is the name of the note of what the API keeps of the name.
const nameNote = "stored_name"

// noteName notes what the API made of a name that was sent, as far as its answer
// shows it; else the first list will.
func noteName(ctx context.Context, op *tfkit.Operation, m *model, shown string) {
	note := tfkit.StoredText{Unseen: true}
	if shown != "" && note.Learn(shown, m.Name.ValueString()) {
		op.Warn(nameChanged(m, shown))
	}
	keepNote(ctx, op, note)
}

func keepNote(ctx context.Context, op *tfkit.Operation, note tfkit.StoredText) {
	if note == (tfkit.StoredText{}) {
		op.SetNote(ctx, nameNote, nil)
		return
	}
	op.SetNote(ctx, nameNote, note)
}

// refresh takes over what the list shows of an entry.
func refresh(ctx context.Context, op *tfkit.Operation, m *model, found entry) {
	var note tfkit.StoredText
	op.Note(ctx, nameNote, &note)
	if found.Name != "" {
		before := note
		if note.Listed(found.Name, m.Name.ValueString(), nebula.ListedForm) {
			op.Warn(nameChanged(m, found.Name))
		}
		if note != before {
			keepNote(ctx, op, note)
		}
	}
	// The response holds the prior state, so an unchanged entry needs no more.
	if m.refresh(found, note) {
		op.Save(ctx, m)
	}
}
