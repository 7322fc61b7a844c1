package keyring

import (
	"context"

	"github.com/nebulablock/terraform-provider-nebula/internal/clock"
	"github.com/nebulablock/terraform-provider-nebula/internal/listing"
)

// Delete revokes a key. No error means that it is revoked: either the API said
// so, or its answer proves nothing and two complete lists lack the key, which
// the Deletion tells. A key known by its token alone is looked for first; when
// there is none, there is nothing to do.
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
	return k.list.Delete(ctx, ref.wanted(), k.client.DeleteAPIKey(ref.ID)...)
}

// DeleteOwn revokes a key that a create of this process was answered with, and
// does so only when a list shows that very key with the marker of that create.
// Else nothing is deleted and the error is an *UnprovenError: the key may be
// somebody else's.
func (k *Keyring) DeleteOwn(ctx context.Context, ref Ref) error {
	ctx, cancel := clock.Finishing(ctx, k.clock)
	defer cancel()
	if ref.Token == "" {
		return &UnprovenError{ID: ref.ID}
	}
	row, err := k.list.Now().Find(ctx, Ref{ID: ref.ID, Token: ref.Token}.wanted())
	switch {
	case listing.IsAbsent(err):
		return &UnprovenError{ID: ref.ID}
	case err != nil:
		return err
	case tokenOf(row) != ref.Token:
		return &UnprovenError{ID: ref.ID}
	}
	_, err = k.Delete(ctx, ref)
	return err
}
