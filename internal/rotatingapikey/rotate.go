package rotatingapikey

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/clock"
	"github.com/nebulablock/terraform-provider-nebula/internal/keykit"
	"github.com/nebulablock/terraform-provider-nebula/internal/keyring"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// rotation changes the keys of one resource and records each change in the
// state at once: what a later step breaks must not undo what is known.
type rotation struct {
	op    *tfkit.Operation
	keys  *keyring.Keyring
	m     *model
	notes keyNotes
}

func newRotation(ctx context.Context, op *tfkit.Operation, m *model) *rotation {
	return &rotation{op: op, keys: keykit.Keys(op.Services), m: m, notes: loadKeyNotes(ctx, op)}
}

// record saves the model as it stands.
func (w *rotation) record(ctx context.Context) {
	w.m.derive()
	w.op.Save(ctx, w.m)
	w.notes.save(ctx, w.op, w.m)
	w.m.note(ctx, keykit.ManagedKeys(w.op.Services))
}

func (w *rotation) fail(err error, state string) {
	w.op.Fail(tfkit.Failure{Err: err, State: state})
}

// sentArguments are those that a create sends.
var sentArguments = []string{"name", "description", "team_id"}

// create makes the first key.
func (w *rotation) create(ctx context.Context) {
	m := w.m
	m.Generation = types.Int64Value(1)
	m.forgetPrevious()
	m.LeftoverIDs, m.UnresolvedCreationTokens = noStrings(), noStrings()
	spec := m.spec(nameOfGeneration(m.Name.ValueString(), w.keys.Time()))
	created, err := w.keys.Create(ctx, spec)
	var undecided *keyring.UndecidedError
	switch {
	case err == nil:
		w.first(ctx, spec, created)
	case errors.As(err, &undecided):
		m.undecidedFirst(undecided.ID, undecided.Token, spec.Name)
		w.record(ctx)
		keykit.NoteBegun(ctx, w.op, undecided.Token, undecided.Begun)
		w.fail(err, "The key is in the state as tainted, without its secret.")
	default:
		w.op.Fail(tfkit.Failure{Err: err, State: "No new key is left, and nothing is in the state.", Arguments: sentArguments})
	}
}

// first records the first key. One that cannot be sealed goes away again, if it
// is proven that this apply made it. Else its id is not recorded, because the
// replacement of the tainted resource would delete that key.
func (w *rotation) first(ctx context.Context, spec keyring.Spec, created keyring.Created) {
	born, _ := successorTimes(w.keys, created, created.Begun)
	sealErr := w.m.install(ctx, created, spec.Name, born)
	if sealErr == nil {
		w.notes.named(string(created.ID), spec.Name)
		w.record(ctx)
		keykit.NoteTexts(ctx, w.op, spec, created)
		return
	}
	state := "The key was deleted again, and nothing is in the state."
	if err := w.keys.DeleteOwn(ctx, keyring.Ref{ID: created.ID, Token: created.Token}); err != nil {
		w.m.undecidedFirst("", created.Token, spec.Name)
		w.record(ctx)
		state = fmt.Sprintf("Key %s could not be deleted again: %s It is in the state as tainted, without an id and its secret.", created.ID, tfkit.Sentence(err))
	}
	w.op.Fail(tfkit.Failure{To: "seal API key", Err: sealErr, State: state, Next: "Check age_recipients, then apply again."})
}

// update does what the plan decided.
func (w *rotation) update(ctx context.Context, plan *model) {
	m := w.m
	m.defaults()
	m.takeRotationArguments(plan)
	rotate := plan.ID.IsUnknown()
	if !rotate {
		m.takeKeyArguments(plan)
	}
	w.record(ctx)
	if rotate && !w.rotate(ctx, plan) {
		return
	}
	if plan.PreviousID.IsNull() {
		w.retire(ctx)
	}
	w.sweep(ctx)
	if !rotate && !m.waitsForHandover() && reached(m.RotateAt, w.keys.Time()) {
		w.op.Warn(tfkit.Message{Title: "API key is due for rotation",
			What: "Key " + m.ID.ValueString() + " is older than the new rotate_after, which this apply has only saved in the state.",
			Next: "Apply again: the next plan rotates the key."})
	}
}

// rotate makes a new key, tries it, and only then lets it take the place of
// the old one.
func (w *rotation) rotate(ctx context.Context, plan *model) bool {
	if !w.mayRotate(ctx, plan) {
		return false
	}
	spec := plan.spec(nameOfGeneration(plan.Name.ValueString(), w.keys.Time()))
	created, err := w.keys.Create(ctx, spec)
	if err != nil {
		w.notMade(ctx, err)
		return false
	}
	// The new key exists, so an interrupt must not end this half-way.
	interruptible := ctx
	ctx, cancel := clock.Finishing(ctx, w.op.Clock)
	defer cancel()
	// Until it is proven that the id belongs to this create, nothing but its
	// marker is recorded: what is recorded by id is deleted.
	w.m.addUnresolved(ctx, created.Token)
	w.record(ctx)
	keykit.NoteBegun(ctx, w.op, created.Token, created.Begun)
	if err := w.prove(interruptible, ctx, created); err != nil {
		w.discard(ctx, w.op.To(), created, &tfkit.StepError{What: fmt.Sprintf("the new key %s was made, but the API did not accept it", created.ID), Err: err})
		return false
	}
	next, err := w.successor(ctx, plan, created, spec.Name)
	if err != nil {
		w.discard(ctx, "seal API key", created, err)
		return false
	}
	w.notes.succeed(w.m, &next)
	*w.m = next
	w.record(ctx)
	keykit.NoteTexts(ctx, w.op, spec, created)
	return true
}

// notMade records what a failed create may have left.
func (w *rotation) notMade(ctx context.Context, err error) {
	var undecided *keyring.UndecidedError
	if !errors.As(err, &undecided) {
		w.op.Fail(tfkit.Failure{Err: err, State: "The current key stays current. No new key is left.", Arguments: sentArguments})
		return
	}
	state := "The current key stays current. The state holds the marker or the id of the key that may have been made. An apply that finds the key deletes it."
	if !w.m.undecidedRotation(ctx, undecided) {
		state = "The current key stays current. The key that may have been made carries no ownership marker (ownership_marker is false), so it is not in the state."
	}
	w.record(ctx)
	keykit.NoteBegun(ctx, w.op, undecided.Token, undecided.Begun)
	w.fail(err, state)
}

// successor is the model once a new key has taken the place of the current one.
// An error means that the key could not be sealed.
func (w *rotation) successor(ctx context.Context, plan *model, created keyring.Created, name string) (model, error) {
	next := *w.m
	next.takeKeyArguments(plan)
	next.dropUnresolved(ctx, created.Token)
	born, took := successorTimes(w.keys, created, w.keys.Time())
	if !next.ID.IsNull() {
		if !next.PreviousID.IsNull() {
			next.addLeftover(ctx, next.PreviousID.ValueString())
		}
		next.makePrevious(took)
	}
	next.PreviousKey = previousPlaintext(next.PreviousKey, next.AgeRecipients)
	next.Generation = w.m.nextGeneration()
	return next, next.install(ctx, created, name, born)
}

// succeed notes the names of the keys that a rotation changed, and how long the
// previous one is to live.
func (n keyNotes) succeed(before, after *model) {
	n.named(after.ID.ValueString(), after.KeyName.ValueString())
	if before.ID.IsNull() {
		return
	}
	n[before.ID.ValueString()] = keyNote{Name: before.KeyName.ValueString(), Overlap: after.Overlap.ValueString()}
}

// mayRotate refuses a rotation that would have to end with revoking the key
// that the provider authenticates with.
func (w *rotation) mayRotate(ctx context.Context, plan *model) bool {
	checkName(w.op, plan.Name)
	if w.op.Failed() {
		return false
	}
	if w.m.ID.IsNull() {
		// The new key takes nobody's place.
		return true
	}
	return w.revocable(ctx, duration(plan.Overlap) == 0, true)
}

// proofAfterInterrupt is how long a new key is tried after an interrupt. That
// leaves most of the time to finish for deleting it.
const proofAfterInterrupt = 20 * time.Second

// prove tries a new key against the API until it is accepted, or the time is up.
func (w *rotation) prove(interruptible, ctx context.Context, created keyring.Created) error {
	within := w.verifyTime(ctx)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := context.AfterFunc(interruptible, func() {
		if w.op.Clock.Sleep(ctx, proofAfterInterrupt) == nil {
			cancel()
		}
	})
	defer stop()
	return w.keys.Verify(ctx, created, within)
}

// verifyTime is how long the new key may take to be accepted: a minute, or what
// is left of the user's own time-out. Some of that is kept for deleting a key
// that is not accepted.
func (w *rotation) verifyTime(ctx context.Context) time.Duration {
	if update, ok := w.m.Timeouts.Attributes()["update"].(types.String); ok && !update.IsNull() {
		if left, bounded := w.op.Clock.Remaining(ctx); bounded {
			return max(left-time.Minute, left/2)
		}
	}
	return keyring.VerifyTime
}
