package keyring

import (
	"context"

	"github.com/nebulablock/terraform-provider-nebula/internal/clock"
	"github.com/nebulablock/terraform-provider-nebula/internal/listing"
)

// Delete revokes a key. No error means that it is revoked: either the API said
// so, or its answer proves nothing and two complete lists lack the key, which
// the Deletion tells. A key known by its token alone is looked for first, in a
// list of now; when there is none, there is nothing to do. The errors are those
// of Look.Find and listing.List.Delete.
func (k *Keyring) Delete(ctx context.Context, ref Ref) (listing.Deletion, error) {
	if ref.ID == "" {
		key, err := k.Now().Find(ctx, ref)
		switch {
		case listing.IsAbsent(err):
			return listing.Deletion{}, nil
		case err != nil:
			return listing.Deletion{}, err
		}
		ref.ID = key.ID
	}
	deletion, err := k.list.Delete(ctx, k.wanted(ref), k.client.DeleteAPIKey(ref.ID)...)
	if err == nil {
		k.release(ref.ID)
	}
	return deletion, err
}

// DeleteOwn revokes a key that a create of this process was answered with, and
// does so only when a list of now shows that very key with the token of that
// create. Else nothing is deleted and the error is an *UnprovenError: the key
// may be somebody else's, and its id must not be remembered as one's own. Any
// other error is that of deleting a key that is proven to be this create's. An
// interrupt does not stop it.
func (k *Keyring) DeleteOwn(ctx context.Context, ref Ref) error {
	ctx, cancel := clock.Finishing(ctx, k.clock)
	defer cancel()
	if unproven := k.prove(ctx, ref); unproven != nil {
		return unproven
	}
	_, err := k.Delete(ctx, ref)
	return err
}

// prove is nil when a list shows the key with its token.
func (k *Keyring) prove(ctx context.Context, ref Ref) *UnprovenError {
	if ref.Token == "" {
		return &UnprovenError{ID: ref.ID}
	}
	// What this process believes to have made proves nothing.
	k.list.MayHaveDeleted(ref.ID)
	row, err := k.list.Now().Find(ctx, k.wanted(ref))
	switch {
	case listing.IsAbsent(err):
		return &UnprovenError{ID: ref.ID}
	case err != nil:
		return &UnprovenError{ID: ref.ID, Cause: err}
	case row.Description == nil:
		return &UnprovenError{ID: ref.ID, Hidden: true}
	case tokenOf(row) != ref.Token:
		return &UnprovenError{ID: ref.ID}
	default:
		return nil
	}
}
