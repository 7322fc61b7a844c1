package lifecycle

import (
	"context"
	"errors"
	"fmt"

	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

// StillListedError is a delete that did not succeed, of a key that the list
// still shows.
type StillListedError struct{ Delete error }

func (e *StillListedError) Error() string {
	return fmt.Sprintf("%s; the list still shows the key", e.Delete)
}

func (e *StillListedError) Unwrap() error { return e.Delete }

// UnconfirmedError is a delete whose outcome could not be established.
type UnconfirmedError struct{ Delete, List error }

func (e *UnconfirmedError) Error() string {
	return fmt.Sprintf("%s; whether the key is gone could not be established: %s", e.Delete, e.List)
}

// Unwrap gives both causes, the delete's first.
func (e *UnconfirmedError) Unwrap() []error { return []error{e.Delete, e.List} }

// Delete revokes a key. nil means that it is revoked: either the API said so,
// or its answer proves nothing and two complete lists lack the key. A key
// known by its token alone is looked for first; when there is none, there is
// nothing to do.
func (k *Keeper) Delete(ctx context.Context, ref Ref) error {
	if ref.ID == "" {
		key, err := k.Find(ctx, ref, 0)
		switch {
		case IsAbsent(err):
			return nil
		case err != nil:
			return err
		}
		ref.ID = key.ID
	}
	err := k.client.DeleteAPIKey(ctx, ref.ID)
	if err == nil {
		k.view.deletedKey(ref.ID)
		return nil
	}
	k.view.doubtKey(ref.ID)
	if !listDecides(err) {
		return err
	}
	ctx, cancel := k.finishing(ctx)
	defer cancel()
	_, listErr := k.Find(ctx, ref, 0)
	switch {
	case IsAbsent(listErr):
		k.view.deletedKey(ref.ID)
		return nil
	case listErr == nil:
		return &StillListedError{Delete: err}
	default:
		return &UnconfirmedError{Delete: err, List: listErr}
	}
}

// listDecides tells the answers that leave open whether the key is gone from
// those that say it is not: a 404 may mean the key or the route, and after an
// ambiguous failure or a "failed" without a status anything is possible.
func listDecides(err error) bool {
	var e *nebula.APIError
	if !errors.As(err, &e) {
		return false
	}
	return e.Class == nebula.Ambiguous || nebula.IsNotFound(err) || nebula.IsFailedEnvelope(err)
}
