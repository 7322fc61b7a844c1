package rotatingapikey

import (
	"context"
	"maps"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/keyring"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// The notes in the resource's private state.
const (
	dueNote  = "due"
	keysNote = "keys"
)

// due is the note of a read that found something due. It is written again only
// where that changes what a plan does: a note of each read would make every
// refresh a change of the state, a new version of it with each apply, and a
// plan with -refresh-only -detailed-exitcode that never comes out as unchanged.
//
// It holds for one current key: once that is rotated the note says nothing any
// more, however far ahead the clock was that wrote it.
type due struct {
	At time.Time `json:"at"`
	ID string    `json:"id"`
}

// readAt is when a read last found something due; the zero time where none did,
// or where the note is about another key.
func (d due) readAt(m *model) time.Time {
	if d.ID != m.ID.ValueString() {
		return time.Time{}
	}
	return d.At
}

// loadDue reads the note. Ahead says that it lies too far ahead to be true; keys
// is nil where no clock is at hand.
func loadDue(ctx context.Context, op *tfkit.Operation, keys *keyring.Keyring) (note due, ahead bool) {
	ahead = op.Note(ctx, dueNote, &note) && keys != nil && !keys.Believable(note.At)
	return note, ahead
}

// isNews reports whether something has fallen due by now that a note of readAt
// does not know of.
func (m *model) isNews(now, readAt time.Time) bool {
	return reached(m.RotateAt, now) && !reached(m.RotateAt, readAt) ||
		reached(m.PreviousRetireAt, now) && !reached(m.PreviousRetireAt, readAt)
}

// keyNotes say of the keys of a resource, by id, what no attribute tells.
type keyNotes map[string]keyNote

type keyNote struct {
	Name string `json:"name"`
	// Overlap is that of the rotation which made the key the previous one.
	Overlap string `json:"overlap,omitempty"`
}

func loadKeyNotes(ctx context.Context, op *tfkit.Operation) keyNotes {
	notes := keyNotes{}
	if !op.Note(ctx, keysNote, &notes) {
		return keyNotes{}
	}
	return notes
}

// named notes the name of a key.
func (n keyNotes) named(id, name string) {
	note := n[id]
	note.Name = name
	n[id] = note
}

// only keeps what is said of the keys of a model.
func (n keyNotes) only(ctx context.Context, m *model) keyNotes {
	left := keyNotes{}
	for _, id := range append(m.leftovers(ctx), m.ID.ValueString(), m.PreviousID.ValueString()) {
		if note, ok := n[id]; ok {
			left[id] = note
		}
	}
	return left
}

// save writes the notes about the keys of a model.
func (n keyNotes) save(ctx context.Context, op *tfkit.Operation, m *model) {
	left := n.only(ctx, m)
	if len(left) == 0 {
		op.SetNote(ctx, keysNote, nil)
		return
	}
	op.SetNote(ctx, keysNote, left)
}

// saveIfNew is save for a read, which must not write what stands there already.
func (n keyNotes) saveIfNew(ctx context.Context, op *tfkit.Operation, m *model) {
	if !maps.Equal(n.only(ctx, m), loadKeyNotes(ctx, op)) {
		n.save(ctx, op, m)
	}
}

// show names a key for people.
func (n keyNotes) show(id string) string {
	if note, ok := n[id]; ok && note.Name != "" {
		return id + " (" + tfkit.Quoted(note.Name) + ")"
	}
	return id
}
