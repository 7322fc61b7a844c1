package rotatingapikey

import (
	"context"
	"crypto/rand"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/nebulablock/terraform-provider-nebula/internal/keykit"
	"github.com/nebulablock/terraform-provider-nebula/internal/keyring"
	"github.com/nebulablock/terraform-provider-nebula/internal/listing"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// discard deletes a new key that cannot become the current one, if it is
// proven that this apply made it.
func (w *rotation) discard(ctx context.Context, to string, created keyring.Created, cause error) {
	const stays = "The current key stays current. "
	id := string(created.ID)
	err := w.keys.DeleteOwn(ctx, keyring.Ref{ID: created.ID, Token: created.Token})
	_, unproven := errors.AsType[*keyring.UnprovenError](err)
	var state string
	switch {
	case err == nil:
		w.m.dropUnresolved(ctx, created.Token)
		state = stays + "The new one was deleted again."
	case unproven && !w.mayBeFound(ctx, created.Token):
		w.m.dropUnresolved(ctx, created.Token)
		state = stays + "The answer named key " + id + " as the new one, but no ownership marker can prove that this apply made it, so it may be somebody else's: it was not deleted, and nothing of it is in the state."
	case unproven:
		state = stays + "The answer named key " + id + " as the new one. No list shows it with the ownership marker of this apply, so it may be somebody else's: " +
			"it was not deleted. The marker is in unresolved_creation_tokens. An apply that finds a key with it deletes that key."
	default:
		state = stays + "The new key " + id + " could not be deleted: " + tfkit.Sentence(err) + " Its marker is in unresolved_creation_tokens, and an apply that finds the key deletes it."
	}
	w.record(ctx)
	w.op.Fail(tfkit.Failure{To: to, Err: cause, State: state})
}

// mayBeFound reports whether a later list may show a key by its marker.
func (w *rotation) mayBeFound(ctx context.Context, token string) bool {
	if token == "" {
		return false
	}
	_, err := w.keys.Now().Find(ctx, keyring.Ref{Token: token})
	_, hidden := errors.AsType[*keyring.HiddenMarkerError](err)
	return !hidden
}

// superseded is a key of which the id is recorded and the age is not. It counts
// as made this moment, so that after a delete with no clear answer a list which
// lacks it is believed only when it has had the time to show it.
func (w *rotation) superseded(id string) keyring.Ref {
	// Without random bits the age is unknown, which is no worse.
	token, _ := keyring.NewToken(w.keys.Time(), rand.Reader)
	return keyring.Ref{ID: nebula.ID(id), Token: token}
}

// revoke deletes a key and tells when the API did not confirm it.
func (w *rotation) revoke(ctx context.Context, ref keyring.Ref) error {
	deletion, err := w.keys.Delete(ctx, ref)
	if deletion.Absent != nil {
		w.op.Warn(keykit.AbsentAtDelete(w.op.Services, deletion.Absent))
	}
	return err
}

// revocable refuses to revoke the current or the previous key where that is the
// one that the provider authenticates with. Of a key that was imported only a
// list can tell, and not every API's does.
func (w *rotation) revocable(ctx context.Context, current, previous bool) bool {
	m := w.m
	unknown := current && !m.ID.IsNull() && m.Fingerprint.IsNull() || previous && !m.PreviousID.IsNull() && m.PreviousFingerprint.IsNull()
	if unknown && w.op.CredentialFingerprint != "" {
		// A list that cannot be had tells nothing, and the delete goes on.
		listed, _ := w.keys.ForRead().All(ctx)
		keykit.ManagedKeys(w.op.Services).OwnID(listed)
	}
	var refusal diag.Diagnostics
	if previous {
		refusal.Append(keykit.RefuseOwnKey(w.op.Services, w.op.To(), m.PreviousFingerprint.ValueString(), m.PreviousID.ValueString())...)
	}
	if current {
		refusal.Append(keykit.RefuseOwnKey(w.op.Services, w.op.To(), m.Fingerprint.ValueString(), m.ID.ValueString())...)
	}
	w.op.Append(refusal)
	return !refusal.HasError()
}

// retire deletes the previous key.
func (w *rotation) retire(ctx context.Context) {
	if w.m.PreviousID.IsNull() || !w.revocable(ctx, false, true) {
		return
	}
	id := w.m.PreviousID.ValueString()
	if err := w.revoke(ctx, w.superseded(id)); err != nil {
		w.fail(&tfkit.StepError{What: "the previous key " + id + " could not be deleted", Err: err}, "Key "+id+" stays in the state as the previous key: it may still be valid. The next apply tries again.")
		return
	}
	w.m.forgetPrevious()
	w.record(ctx)
}

// sweep deletes what earlier applies left behind. One that stays does not keep
// the others.
func (w *rotation) sweep(ctx context.Context) {
	for _, id := range w.m.leftovers(ctx) {
		if err := w.revoke(ctx, w.superseded(id)); err != nil {
			w.fail(&tfkit.StepError{What: "the superseded key " + id + " could not be deleted", Err: err}, "Key "+id+" stays in leftover_ids: it may still be valid. The next apply tries again.")
			continue
		}
		w.m.dropLeftover(ctx, id)
		w.record(ctx)
	}
}

// destroy revokes every key of the resource. What could not be revoked stays
// recorded.
func (w *rotation) destroy(ctx context.Context) {
	if !w.revocable(ctx, true, true) {
		return
	}
	w.resolve(ctx)
	w.sweep(ctx)
	w.retire(ctx)
	w.revokeCurrent(ctx)
}

// resolve deletes the keys that failed rotations made or may have made. It is
// for the end of the resource; before that, reading it finds them.
func (w *rotation) resolve(ctx context.Context) {
	for _, token := range w.m.unresolved(ctx) {
		if !w.revokeByToken(ctx, token) {
			continue
		}
		w.m.dropUnresolved(ctx, token)
		w.record(ctx)
	}
}

// revokeByToken deletes the key that carries a marker, if there is one, and
// reports whether nothing of it needs to be remembered.
func (w *rotation) revokeByToken(ctx context.Context, token string) bool {
	key, err := w.keys.Now().Find(ctx, keyring.Ref{Token: token})
	_, hidden := errors.AsType[*keyring.HiddenMarkerError](err)
	switch {
	case err == nil:
		err = w.revoke(ctx, keyring.Ref{ID: key.ID, Token: token})
	case listing.IsAbsent(err):
		if keykit.MayStillAppear(ctx, w.op, token) {
			w.op.Warn(keykit.MayAppear(token))
		}
		return true
	case hidden:
		// No list will ever show it.
		w.op.Warn(keykit.Forgotten(w.m.Name.ValueString()))
		return true
	}
	if err != nil {
		w.fail(err, "The state keeps the ownership marker of the key that may have been made: [tf:"+token+"].")
	}
	return err == nil
}

func (w *rotation) revokeCurrent(ctx context.Context) {
	switch {
	case w.m.unfindable():
		w.op.Warn(keykit.Forgotten(w.m.KeyName.ValueString()))
		return
	case w.m.ID.IsNull() && w.m.CreationToken.IsNull():
		return
	case w.m.ID.IsNull():
		if !w.revokeByToken(ctx, w.m.CreationToken.ValueString()) {
			return
		}
	default:
		if err := w.revoke(ctx, w.m.ref()); err != nil {
			w.fail(err, tfkit.Named("Key", w.m.ID, w.m.KeyName)+" stays in the state: it may still be valid.")
			return
		}
	}
	w.m.forgetCurrent()
	w.record(ctx)
}
