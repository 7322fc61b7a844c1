package keyring

import (
	"context"
	"slices"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/listing"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

// Ref says which key is meant: by its id or, while that is not known, by the
// token of its ownership marker.
type Ref struct {
	ID nebula.ID
	// Token also tells the age of a key whose ID is known.
	Token string
	// Born is when a key without a token was made, as far as that is known: a
	// young key is not believed gone as easily as others.
	Born time.Time
}

// wanted is what the list is searched for.
func (k *Keyring) wanted(r Ref) listing.Wanted[nebula.APIKey] {
	w := listing.Wanted[nebula.APIKey]{ID: r.ID, Born: r.Born}
	if r.Token != "" {
		w.Match = func(row nebula.APIKey) bool { return tokenOf(row) == r.Token }
		w.Sign = "carries the ownership marker [tf:" + r.Token + "]"
	}
	if born, ok := TokenTime(r.Token); ok {
		w.Born = born
	}
	return w
}

// Key is a key as the list shows it. What a row does not say is nil, zero or
// empty; it is not the same as saying that there is none.
type Key struct {
	ID   nebula.ID
	Name string
	// Description is the user's text, without the ownership marker.
	Description *string
	// Token is the token of the ownership marker.
	Token     string
	CreatedAt time.Time
	Active    *bool
	Team      *nebula.Team
	// Fingerprint is that of the key's secret, where the row shows enough to
	// compute it.
	Fingerprint string
}

func keyOf(row nebula.APIKey) Key {
	key := Key{ID: row.ID, Name: row.Name, CreatedAt: row.CreatedAt, Active: row.Active, Team: row.Team, Fingerprint: row.Fingerprint}
	if row.Description != nil {
		text, token := SplitMarker(*row.Description)
		key.Description, key.Token = &text, token
	}
	return key
}

func tokenOf(row nebula.APIKey) string {
	if row.Description == nil {
		return ""
	}
	_, token := SplitMarker(*row.Description)
	return token
}

// Look is the list of keys, with the reason for looking at it.
type Look struct {
	keys *Keyring
	list listing.Look[nebula.APIKey]
}

// ForRefresh is for the refresh of managed resources; see listing.
func (k *Keyring) ForRefresh() Look { return Look{k, k.list.ForRefresh()} }

// ForRead is for data sources and the like; see listing.
func (k *Keyring) ForRead() Look { return Look{k, k.list.ForRead()} }

// Now is for those who are about to act on what they see; see listing.
func (k *Keyring) Now() Look { return Look{k, k.list.Now()} }

// All gives all keys.
func (l Look) All(ctx context.Context) ([]Key, error) {
	rows, err := l.list.All(ctx)
	if err != nil {
		return nil, err
	}
	keys := make([]Key, len(rows))
	for i, row := range rows {
		keys[i] = keyOf(row)
	}
	return keys, nil
}

// Find looks a key up. The errors are those of listing.Look.Find, and a
// *HiddenMarkerError for a key that is known by its token alone, in a list that
// does not show descriptions.
func (l Look) Find(ctx context.Context, ref Ref) (Key, error) {
	row, err := l.list.Find(ctx, l.keys.wanted(ref))
	if err == nil {
		return keyOf(row), nil
	}
	if ref.ID != "" || !listing.IsAbsent(err) {
		return Key{}, err
	}
	rows, listErr := l.list.All(ctx)
	switch {
	case listErr != nil:
		return Key{}, listErr
	case hideMarkers(rows):
		return Key{}, &HiddenMarkerError{Token: ref.Token}
	default:
		return Key{}, err
	}
}

// hideMarkers tells a list that does not show descriptions. One in which only
// some rows lack theirs does: a key without a description may be listed so.
func hideMarkers(rows []nebula.APIKey) bool {
	described := func(row nebula.APIKey) bool { return row.Description != nil }
	return len(rows) > 0 && !slices.ContainsFunc(rows, described)
}

// NoneFound reports that managed keys were looked for in this run and that not
// one of them was in the list so far; see listing.
func (k *Keyring) NoneFound() bool { return k.list.NoneFound() }
