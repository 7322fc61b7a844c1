package sshkey

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/listing"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// nameNote is the name of the note of what the API keeps of the name.
const nameNote = "stored_name"

// noteName notes what the API made of a name that was sent, as far as its answer
// shows it; else the first list will.
func noteName(ctx context.Context, op *tfkit.Operation, m *model, shown string) {
	note := tfkit.StoredText{Unseen: true}
	if shown != "" {
		learnName(op, m, &note, shown)
	}
	keepNote(ctx, op, note)
}

func learnName(op *tfkit.Operation, m *model, note *tfkit.StoredText, shown string) {
	if note.Learn(shown, m.Name.ValueString()) {
		op.Warn(nameChanged(m, shown))
	}
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
	if m.ID.IsNull() {
		op.Warn(appeared(m, found))
	}
	var note tfkit.StoredText
	if op.Note(ctx, nameNote, &note) && note.Unseen && found.Name != "" {
		learnName(op, m, &note, found.Name)
		keepNote(ctx, op, note)
	}
	// The response holds the prior state, so an unchanged entry needs no more.
	if m.refresh(found, note) {
		op.Save(ctx, m)
	}
}

// gone removes an entry that is proven to be gone from the state, unless it was
// never found and may still appear.
func gone(ctx context.Context, op *tfkit.Operation, m *model, absent *listing.AbsentError) {
	keys := registryOf(op.Services)
	if m.ID.IsNull() && keys.mayStillAppear(m.born()) {
		op.Warn(notFoundYet(m))
		return
	}
	if !m.ID.IsNull() {
		tfkit.GoneYoung(op, thing, absent)
		tfkit.NoneFound(op, things, keys.list, absent)
	}
	op.Forget(ctx)
}

// lost deals with an entry that may exist and cannot be recognised in the list.
func lost(ctx context.Context, op *tfkit.Operation, m *model) {
	if registryOf(op.Services).mayStillAppear(m.born()) {
		op.Warn(withoutID(m))
		return
	}
	op.Warn(forgotten(m))
	op.Forget(ctx)
}

// warnClock replaces an instant that lies ahead by one that can be true.
func warnClock(ctx context.Context, op *tfkit.Operation, m *model) {
	op.Warn(tooFarAhead(m))
	m.CreatedAt = types.StringValue(op.Clock.Now().UTC().Format(time.RFC3339))
	op.Save(ctx, m)
}
