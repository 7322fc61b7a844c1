package rotatingapikey

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/clock"
	"github.com/nebulablock/terraform-provider-nebula/internal/keykit"
	"github.com/nebulablock/terraform-provider-nebula/internal/keyring"
	"github.com/nebulablock/terraform-provider-nebula/internal/listing"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// rotation changes the keys of one resource and records each change in the
// state at once: what a later step breaks must not undo what is known.
type rotation struct {
	op   *tfkit.Operation
	keys *keyring.Keyring
	m    *model
}

func newRotation(op *tfkit.Operation, m *model) *rotation {
	return &rotation{op: op, keys: keykit.Keys(op.Services), m: m}
}

// create makes the first key.
func (w *rotation) create(ctx context.Context) {
	m := w.m
	m.forgetPrevious()
	m.LeftoverIDs, m.UnresolvedCreationTokens = noStrings(), noStrings()
	now := w.op.Clock.Now()
	name := nameOfGeneration(m.Name.ValueString(), now)
	created, err := w.keys.Create(ctx, keyring.Spec{Name: name, Description: m.Description.ValueString()})
	var undecided *keyring.UndecidedError
	switch {
	case err == nil:
		// A key that could not be sealed is recorded too, for the replacement
		// of what is tainted deletes it.
		sealErr := m.installed(ctx, created, name, now)
		w.record(ctx)
		if sealErr != nil {
			w.op.Fail(tfkit.Failure{To: "seal API key", Err: sealErr,
				State: fmt.Sprintf("Key %s is recorded as tainted, without its secret. The next apply deletes it and makes another.", created.ID),
				Next:  "Check age_recipients, then apply again."})
		}
	case errors.As(err, &undecided):
		m.undecidedCreate(undecided, name)
		w.record(ctx)
		w.fail(err, "The key is recorded as tainted, without its secret.")
	default:
		w.op.Fail(tfkit.Failure{Err: err, State: "No key was made that is left, and nothing is recorded.", Arguments: []string{"name", "description"}})
	}
}

// update does what the plan decided.
func (w *rotation) update(ctx context.Context, plan *model) {
	m := w.m
	m.RotateAfter, m.Overlap, m.Timeouts = plan.RotateAfter, plan.Overlap, plan.Timeouts
	m.RotateAt = rotateAt(m.CreatedAt, m.RotateAfter)
	rotate := plan.ID.IsUnknown()
	if !rotate {
		m.Name, m.Description, m.Keepers, m.AgeRecipients = plan.Name, plan.Description, plan.Keepers, plan.AgeRecipients
	}
	w.record(ctx)
	if rotate && !w.rotate(ctx, plan) {
		return
	}
	if plan.PreviousID.IsNull() {
		w.retire(ctx)
	}
	w.sweep(ctx)
	if !rotate && reached(m.RotateAt, w.op.Clock.Now()) {
		w.op.Warn(tfkit.Message{Title: "API key is due for rotation",
			What: "Key " + m.ID.ValueString() + " is older than rotate_after, which this apply has only recorded.",
			Next: "Apply again: the next plan rotates the key."})
	}
}

// destroy revokes every key of the resource. What could not be revoked stays
// recorded.
func (w *rotation) destroy(ctx context.Context) {
	refusal := keykit.RefuseOwnKey(w.op.Services, w.op.To(), w.m.PreviousFingerprint.ValueString(), w.m.PreviousID.ValueString())
	refusal.Append(keykit.RefuseOwnKey(w.op.Services, w.op.To(), w.m.Fingerprint.ValueString(), w.m.ID.ValueString())...)
	w.op.Append(refusal)
	if refusal.HasError() {
		return
	}
	w.resolve(ctx)
	w.sweep(ctx)
	w.retire(ctx)
	w.revokeCurrent(ctx)
}

func (w *rotation) record(ctx context.Context) { w.op.Save(ctx, w.m) }

func (w *rotation) fail(err error, state string) {
	w.op.Fail(tfkit.Failure{Err: err, State: state})
}

// rotate makes a new key, tries it, and only then lets it take the place of
// the old one.
func (w *rotation) rotate(ctx context.Context, plan *model) bool {
	if !w.mayRotate(plan) {
		return false
	}
	made := w.op.Clock.Now()
	name := nameOfGeneration(plan.Name.ValueString(), made)
	created, err := w.keys.Create(ctx, keyring.Spec{Name: name, Description: plan.Description.ValueString()})
	var undecided *keyring.UndecidedError
	switch {
	case errors.As(err, &undecided):
		state := "The current key stays current. The key that may have been made is recorded by its marker or id; an apply that finds it deletes it."
		if !w.m.undecidedRotation(ctx, undecided) {
			state = "The current key stays current. The key that may have been made carries no ownership marker (ownership_marker is false), so it is not recorded."
		}
		w.record(ctx)
		w.fail(err, state)
		return false
	case err != nil:
		w.op.Fail(tfkit.Failure{Err: err, State: "The current key stays current. No new key is left.", Arguments: []string{"name", "description"}})
		return false
	}

	// The new key exists, so an interrupt must not end this half-way.
	ctx, cancel := clock.Finishing(ctx, w.op.Clock)
	defer cancel()
	w.m.addLeftover(ctx, string(created.ID))
	w.record(ctx)
	if err := w.keys.Verify(ctx, created, w.verifyTime(ctx)); err != nil {
		w.discard(ctx, w.op.To(), created, &tfkit.Step{What: fmt.Sprintf("the new key %s was made, but did not prove to work", created.ID), Err: err})
		return false
	}
	next := *w.m
	next.Name, next.Description, next.Keepers, next.AgeRecipients = plan.Name, plan.Description, plan.Keepers, plan.AgeRecipients
	next.dropLeftover(ctx, string(created.ID))
	if !next.ID.IsNull() {
		if !next.PreviousID.IsNull() {
			next.addLeftover(ctx, next.PreviousID.ValueString())
		}
		next.demote(w.op.Clock.Now())
	}
	next.PreviousKey = keptInPlain(next.PreviousKey, next.AgeRecipients)
	if err := next.installed(ctx, created, name, made); err != nil {
		w.discard(ctx, "seal API key", created, err)
		return false
	}
	*w.m = next
	w.record(ctx)
	return true
}

// mayRotate refuses a rotation that would have to end with revoking the key
// that the provider authenticates with.
func (w *rotation) mayRotate(plan *model) bool {
	if w.m.ID.IsNull() {
		// The new key takes nobody's place.
		return true
	}
	refusal := keykit.RefuseOwnKey(w.op.Services, w.op.To(), w.m.PreviousFingerprint.ValueString(), w.m.PreviousID.ValueString())
	if duration(plan.Overlap) == 0 {
		refusal.Append(keykit.RefuseOwnKey(w.op.Services, w.op.To(), w.m.Fingerprint.ValueString(), w.m.ID.ValueString())...)
	}
	w.op.Append(refusal)
	return !refusal.HasError()
}

// discard deletes a new key that cannot become the current one, if it is
// proven that this apply made it.
func (w *rotation) discard(ctx context.Context, to string, created keyring.Created, cause error) {
	id := string(created.ID)
	state := "The current key stays current. The new one was deleted again."
	err := w.keys.DeleteOwn(ctx, keyring.Ref{ID: created.ID, Token: created.Token})
	switch _, unproven := errors.AsType[*keyring.UnprovenError](err); {
	case err == nil:
		w.m.dropLeftover(ctx, id)
	case unproven:
		w.m.dropLeftover(ctx, id)
		state = "The current key stays current. The answer named key " + id + " as the new one. No list shows it with the ownership marker of this create, so it may be somebody else's: " +
			"it was not deleted, and it is not recorded."
	default:
		state = "The current key stays current. The new key " + id + " could not be deleted; it is recorded in leftover_ids, and the next apply tries again."
	}
	w.record(ctx)
	w.op.Fail(tfkit.Failure{To: to, Err: cause, State: state})
}

// verifyTime is how long the new key may take to be accepted: a minute, or what
// is left of the user's own time-out.
func (w *rotation) verifyTime(ctx context.Context) time.Duration {
	if update, ok := w.m.Timeouts.Attributes()["update"].(types.String); ok && !update.IsNull() {
		if left, bounded := w.op.Clock.Remaining(ctx); bounded {
			return left
		}
	}
	return keyring.VerifyTime
}

// superseded is a key of which the id is recorded and the age is not. It counts
// as made this moment, so that after a delete with no clear answer a list which
// lacks it is believed only when it has had the time to show it.
func (w *rotation) superseded(id string) keyring.Ref {
	// Without random bits the age is unknown, which is no worse.
	token, _ := keyring.NewToken(w.op.Clock.Now(), rand.Reader)
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

// retire deletes the previous key.
func (w *rotation) retire(ctx context.Context) {
	if w.m.PreviousID.IsNull() {
		return
	}
	id := w.m.PreviousID.ValueString()
	if refusal := keykit.RefuseOwnKey(w.op.Services, w.op.To(), w.m.PreviousFingerprint.ValueString(), id); refusal.HasError() {
		w.op.Append(refusal)
		return
	}
	if err := w.revoke(ctx, w.superseded(id)); err != nil {
		w.fail(&tfkit.Step{What: "the previous key " + id + " could not be deleted", Err: err}, "Key "+id+" stays recorded as the previous key: it may still be valid. The next apply tries again.")
		return
	}
	w.m.forgetPrevious()
	w.record(ctx)
}

// sweep deletes what earlier applies left behind.
func (w *rotation) sweep(ctx context.Context) {
	for _, id := range w.m.leftovers(ctx) {
		if err := w.revoke(ctx, w.superseded(id)); err != nil {
			w.fail(&tfkit.Step{What: "the superseded key " + id + " could not be deleted", Err: err}, "Key "+id+" stays recorded in leftover_ids: it may still be valid. The next apply tries again.")
			continue
		}
		w.m.dropLeftover(ctx, id)
		w.record(ctx)
	}
}

// resolve deletes the keys that interrupted rotations may have made. It is for
// the end of the resource; before that, reading it finds them.
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
	switch {
	case err == nil:
		err = w.revoke(ctx, keyring.Ref{ID: key.ID, Token: token})
	case listing.IsAbsent(err):
		if w.keys.MayStillAppear(token, w.op.Clock.Now()) {
			w.op.Warn(keykit.MayAppear(token))
		}
		return true
	}
	if err != nil {
		w.fail(err, "The key that may have been made stays recorded by its ownership marker [tf:"+token+"].")
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
			w.fail(err, "Key "+w.m.ID.ValueString()+" stays recorded: it may still be valid.")
			return
		}
	}
	w.m.forgetCurrent()
	w.record(ctx)
}
