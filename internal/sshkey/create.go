package sshkey

import (
	"cmp"
	"context"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/listing"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

// create registers a public key. When the answer is lost, the entry with this
// public key that was not there before is the one: the API keeps one entry per
// public key, and nothing secret was lost.
//
// The errors are those of listing.List.Create, and an *existsError where the
// account has the public key already.
func (r *registry) create(ctx context.Context, name string, key publicKey) (entry, error) {
	return r.list.Create(ctx, listing.Creation[entry]{
		Send: func(ctx context.Context, begin func()) (entry, error) {
			answer, err := r.client.CreateSSHKey(ctx, func() (nebula.SSHKeyRequest, error) {
				begin()
				return nebula.SSHKeyRequest{Name: name, PublicKey: key.line}, nil
			})
			return entryOf(answer), r.explain(ctx, key, err)
		},
		Contradicts: func(answer entry) string {
			if answer.Fingerprint == "" || answer.Fingerprint == key.fingerprint {
				return ""
			}
			return "is about another public key"
		},
		Listed: func(answer entry) entry {
			return entry{answer.ID, cmp.Or(answer.Name, name), key.line, key.fingerprint, answer.CreatedAt}
		},
		Compare: func(row entry, novelty listing.Novelty, begun time.Time) listing.Likeness {
			return key.compare(row, name, novelty, begun)
		},
		Sign: sign,
	})
}

// compare says whether an entry is the one that a create of this public key made.
func (k publicKey) compare(row entry, name string, novelty listing.Novelty, begun time.Time) listing.Likeness {
	hidden := row.Fingerprint == "" && k.mayBe(row.PublicKey)
	switch {
	case row.Fingerprint == k.fingerprint && novelty == listing.IsNew && listing.MadeBy(row.CreatedAt, begun):
		return listing.Same
	case row.Fingerprint == k.fingerprint,
		hidden && (novelty == listing.IsNew || novelty == listing.MayBeNew && row.Name == name):
		return listing.Similar
	default:
		return listing.Other
	}
}

// explain finds out whether a create was refused because the account has the
// public key already. The API's words are not relied upon: the list tells. Other
// errors stay as they are.
func (r *registry) explain(ctx context.Context, key publicKey, refusal error) error {
	if nebula.IsAmbiguous(refusal) || !nebula.IsInvalid(refusal) && !nebula.IsConflict(refusal) && !nebula.IsFailedEnvelope(refusal) {
		return refusal
	}
	rows, err := r.list.Now().All(ctx)
	if err != nil {
		return refusal
	}
	var partial []entry
	for _, row := range rows {
		switch {
		case row.Fingerprint == key.fingerprint:
			return &existsError{Entry: row, Certain: true, Refusal: refusal}
		case row.Fingerprint == "" && row.PublicKey != "" && key.mayBe(row.PublicKey):
			partial = append(partial, row)
		}
	}
	if len(partial) == 1 {
		return &existsError{Entry: partial[0], Refusal: refusal}
	}
	return refusal
}
