package keyring

import (
	"context"

	"github.com/nebulablock/terraform-provider-nebula/internal/clock"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

// cleanUp decides what a failed create left behind and removes it. lost says
// that a key was made, its secret lost and the key deleted, so that another
// may be made.
func (k *Keyring) cleanUp(ctx context.Context, a attempt, failure error) (lost bool, err error) {
	ctx, cancel := clock.Finishing(ctx, k.clock)
	defer cancel()

	undecided := &UndecidedError{Token: a.token, Begun: a.begun, Create: failure}
	if missing, ok := found[*nebula.MissingSecretError](failure); ok {
		// Making more keys would not make the API show their secrets.
		return false, k.discardUnseen(ctx, undecided, missing.ID)
	}
	foreign, isForeign := found[*ForeignAnswerError](failure)
	switch {
	case isForeign:
		undecided.Named = foreign.ID
	case !nebula.IsAmbiguous(failure):
		return false, failure
	}

	m, err := k.reconcile(ctx, a)
	a.date(k)
	undecided.Begun = a.begun
	if err != nil || len(m.own) != 1 {
		undecided.Resolve, undecided.Hidden = err, m.hidden
		undecided.Candidates = append(m.own, m.candidates...)
		return false, undecided
	}
	if _, err := k.Delete(ctx, Ref{ID: m.own[0], Token: a.token}); err != nil {
		undecided.ID, undecided.Named, undecided.Resolve = m.own[0], "", err
		return false, undecided
	}
	// After an answer that was another's the next one would be, too.
	return !isForeign, &SecretLostError{Create: failure}
}

// discardUnseen deletes the key of a success that did not show its secret, if a
// list proves that this create made it.
func (k *Keyring) discardUnseen(ctx context.Context, undecided *UndecidedError, id nebula.ID) error {
	ref := Ref{ID: id, Token: undecided.Token}
	if unproven := k.prove(ctx, ref); unproven != nil {
		undecided.Named, undecided.Hidden, undecided.Resolve = id, unproven.Hidden, unproven.Cause
		return undecided
	}
	if _, err := k.Delete(ctx, ref); err != nil {
		undecided.ID, undecided.Resolve = id, err
		return undecided
	}
	return &SecretLostError{Create: undecided.Create}
}
