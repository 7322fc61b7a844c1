package rotatingapikey

import (
	"context"
	"errors"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/keykit"
	"github.com/nebulablock/terraform-provider-nebula/internal/keyring"
	"github.com/nebulablock/terraform-provider-nebula/internal/listing"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// reader brings a model up to date with the list. After the first error it
// changes nothing more, and the model must not be used.
type reader struct {
	op    *tfkit.Operation
	keys  *keyring.Keyring
	m     *model
	notes keyNotes
	err   error
}

func newReader(ctx context.Context, op *tfkit.Operation, m *model) *reader {
	return &reader{op: op, keys: keykit.Keys(op.Services), m: m, notes: loadKeyNotes(ctx, op)}
}

// read looks all keys up. gone says that nothing is left to keep.
func (r *reader) read(ctx context.Context) (gone bool, err error) {
	r.previous(ctx)
	gone = r.current(ctx)
	r.unresolved(ctx)
	r.leftovers(ctx)
	if gone || r.err != nil {
		return gone && r.err == nil, r.err
	}
	r.m.defaults()
	r.boundRetirement()
	r.m.derive()
	r.m.note(ctx, keykit.ManagedKeys(r.op.Services))
	r.notes.saveIfNew(ctx, r.op, r.m)
	r.noteDue(ctx)
	return false, nil
}

// find looks a key up. Without a key and an error it is gone.
func (r *reader) find(ctx context.Context, ref keyring.Ref) (key *keyring.Key, gone *listing.AbsentError, err error) {
	found, err := r.keys.ForRefresh().Find(ctx, ref)
	switch {
	case err == nil:
		return &found, nil, nil
	case errors.As(err, &gone):
		return nil, gone, nil
	default:
		return nil, nil, err
	}
}

// previous forgets a previous key that is gone: that is where it was headed. It
// is older than the current key, so the current key's token tells when a list
// can be believed to lack it.
func (r *reader) previous(ctx context.Context) {
	m := r.m
	if r.err != nil || m.PreviousID.IsNull() {
		return
	}
	key, gone, err := r.find(ctx, keyring.Ref{ID: nebula.ID(m.PreviousID.ValueString()), Token: m.CreationToken.ValueString()})
	switch {
	case err != nil:
		r.err = err
	case gone != nil:
		m.forgetPrevious()
	default:
		r.notes.named(string(key.ID), key.Name)
	}
}

// current looks the current key up. One that is gone is forgotten, so that the
// plan rotates; the answer true says that there is nothing left to keep.
func (r *reader) current(ctx context.Context) (nothingLeft bool) {
	m := r.m
	switch {
	case r.err != nil:
		return false
	case m.unfindable():
		r.op.Warn(keykit.WithoutID(m.KeyName.ValueString()))
		return false
	case m.ID.IsNull() && m.CreationToken.IsNull():
		return false
	}
	key, gone, err := r.find(ctx, m.ref())
	var several *listing.SeveralError
	var hidden *keyring.HiddenMarkerError
	switch {
	case errors.As(err, &hidden):
		r.op.Warn(keykit.WithoutID(m.KeyName.ValueString()))
	case errors.As(err, &several):
		r.warnOfSeveral(several, "The key stays in the state as tainted, without an id.")
	case err != nil:
		r.err = err
	case key != nil:
		r.found(ctx, *key)
	default:
		return r.gone(ctx, gone)
	}
	return false
}

// found takes over what the list shows of the current key.
func (r *reader) found(ctx context.Context, key keyring.Key) {
	if r.m.beingImported() {
		keykit.WarnImported(r.op, "They stay null until the first rotation.",
			"If consumers need the secret from Terraform now, rotate the key once it is imported: give it keepers and apply, then change them and apply again.")
		r.warnOfRelatives(ctx, key)
	}
	keykit.WarnIfInactive(r.op, key)
	r.m.refresh(ctx, r.op, key)
	r.date(key)
	r.notes.named(string(key.ID), r.m.KeyName.ValueString())
}

// gone decides what becomes of a current key that no list shows.
func (r *reader) gone(ctx context.Context, absent *listing.AbsentError) (nothingLeft bool) {
	m := r.m
	switch {
	case m.ID.IsNull() && keykit.MayStillAppear(ctx, r.op, m.CreationToken.ValueString()):
		r.op.Warn(keykit.NotFoundYet(m.KeyName.ValueString(), m.CreationToken.ValueString()))
		return false
	case m.ID.IsNull(), m.beingImported():
		// A first key that was never made, or an import of one that is not
		// there.
		return true
	}
	if absent.Young {
		young := tfkit.Young("API key", absent)
		young.Next = "Plan again before you apply."
		r.op.Warn(young)
	}
	keykit.WarnIfNoneFound(r.op, absent)
	m.forgetCurrent()
	return false
}

// unresolved looks for the keys that failed rotations made or may have made.
func (r *reader) unresolved(ctx context.Context) {
	for _, token := range r.m.unresolved(ctx) {
		if r.err != nil {
			return
		}
		key, _, err := r.find(ctx, keyring.Ref{Token: token})
		var several *listing.SeveralError
		var hidden *keyring.HiddenMarkerError
		switch {
		case errors.As(err, &hidden):
			// No list will ever show it.
			r.m.dropUnresolved(ctx, token)
			r.op.Warn(keykit.Forgotten(r.m.Name.ValueString()))
		case errors.As(err, &several):
			r.warnOfSeveral(several, "The marker stays in unresolved_creation_tokens.")
		case err != nil:
			r.err = err
		case key != nil:
			r.m.addLeftover(ctx, string(key.ID))
			r.notes.named(string(key.ID), key.Name)
			r.m.dropUnresolved(ctx, token)
		case !keykit.MayStillAppear(ctx, r.op, token):
			r.m.dropUnresolved(ctx, token)
		}
	}
}

// leftovers takes the names of keys in leftover_ids from the list. The keys are
// forgotten when they have been deleted, never because a list lacks them.
func (r *reader) leftovers(ctx context.Context) {
	ids := r.m.leftovers(ctx)
	if r.err != nil || len(ids) == 0 {
		return
	}
	listed, err := r.keys.ForRefresh().All(ctx)
	if err != nil {
		r.err = err
		return
	}
	for _, key := range listed {
		for _, id := range ids {
			if string(key.ID) == id {
				r.notes.named(id, key.Name)
			}
		}
	}
}

// noteDue notes that something has fallen due since the last note.
func (r *reader) noteDue(ctx context.Context) {
	now := r.keys.Time().UTC().Truncate(time.Second)
	note, ahead := loadDue(ctx, r.op, r.keys)
	if ahead {
		note = due{}
	}
	switch {
	case r.m.isNews(now, note.readAt(r.m)):
		r.op.SetNote(ctx, dueNote, due{At: now, ID: r.m.ID.ValueString()})
	case ahead:
		r.op.SetNote(ctx, dueNote, nil)
	}
	if ahead {
		r.op.Warn(clockAhead("A note that something is due was written by a machine whose clock is ahead, so it is not believed.", "The note is gone."))
	}
}

func (r *reader) warnOfSeveral(several *listing.SeveralError, state string) {
	warning := keykit.SeveralWithOneMarker(several, "No more than one of them was made by this resource.")
	warning.State = state
	warning.Next = "Find out which of them are in use, and delete the others. The last one is deleted by the apply after that; give it another description if it is to stay."
	r.op.Warn(warning)
}
