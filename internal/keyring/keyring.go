// Package keyring creates, finds and deletes API keys so that none is lost,
// orphaned or deleted by mistake. The API makes that hard: names may repeat, a
// secret is shown once, and there is no idempotency key. What follows from that
// is here, and nothing of Terraform is. How the list is shared, and when an
// absence is believed, is package listing's.
package keyring

import (
	"context"
	"crypto/rand"
	"io"
	"sync"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/clock"
	"github.com/nebulablock/terraform-provider-nebula/internal/listing"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

// Options is what a Keyring is made of.
type Options struct {
	Client *nebula.Client
	// Clock measures all waits; nil means the machine's.
	Clock clock.Clock
	// OwnershipMarker says whether created keys carry a marker in their
	// description. Without it an ambiguous create cannot be resolved.
	OwnershipMarker bool
	// Random is the source of creation tokens; nil means crypto/rand.
	Random io.Reader
}

// Keyring looks after the keys of one account. It is safe for concurrent use.
type Keyring struct {
	client *nebula.Client
	clock  clock.Clock
	marker bool
	random io.Reader
	list   *listing.List[nebula.APIKey]
	// match finds the keys that an ambiguous create may have made. It is a
	// field so that a test can show what happens with a weaker rule.
	match func(rows []nebula.APIKey, a attempt) []nebula.APIKey

	mu sync.Mutex
	// made are the ids that creates of this process have got.
	made map[nebula.ID]bool
}

// New makes a Keyring. It calls nothing.
func New(o Options) *Keyring {
	k := &Keyring{client: o.Client, clock: o.Clock, marker: o.OwnershipMarker, random: o.Random, match: matchAttempt, made: map[nebula.ID]bool{}}
	if k.clock == nil {
		k.clock = clock.System()
	}
	if k.random == nil {
		k.random = rand.Reader
	}
	k.list = listing.New(listing.Options[nebula.APIKey]{
		Clock: k.clock,
		Words: listing.Words{One: "key", Many: "keys"},
		ID:    func(row nebula.APIKey) nebula.ID { return row.ID },
		Fetch: k.client.ListAPIKeys,
	})
	return k
}

// Ref says which key is meant: by its id or, while that is not known, by the
// token of its ownership marker.
type Ref struct {
	ID nebula.ID
	// Token also tells the age of a key whose ID is known.
	Token string
}

// wanted is what the list is searched for.
func (r Ref) wanted() listing.Wanted[nebula.APIKey] {
	w := listing.Wanted[nebula.APIKey]{ID: r.ID}
	if r.Token != "" {
		w.Match = func(row nebula.APIKey) bool { return tokenOf(row) == r.Token }
		w.Sign = "carries the ownership marker [tf:" + r.Token + "]"
	}
	if born, ok := TokenTime(r.Token); ok {
		// A token's time is cut to the second.
		w.Born = born.Add(time.Second)
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
	list listing.Look[nebula.APIKey]
}

// ForRefresh is for the refresh of managed resources; see listing.
func (k *Keyring) ForRefresh() Look { return Look{k.list.ForRefresh()} }

// ForRead is for data sources and the like; see listing.
func (k *Keyring) ForRead() Look { return Look{k.list.ForRead()} }

// Now is for those who are about to act on what they see; see listing.
func (k *Keyring) Now() Look { return Look{k.list.Now()} }

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
	row, err := l.list.Find(ctx, ref.wanted())
	if err == nil {
		return keyOf(row), nil
	}
	if ref.ID == "" && listing.IsAbsent(err) {
		rows, listErr := l.list.All(ctx)
		if listErr != nil {
			return Key{}, listErr
		}
		if hidden := withoutDescription(rows); len(hidden) > 0 {
			return Key{}, &HiddenMarkerError{Token: ref.Token}
		}
	}
	return Key{}, err
}

// withoutDescription are the rows in which a marker could not be seen.
func withoutDescription(rows []nebula.APIKey) []nebula.APIKey {
	var hidden []nebula.APIKey
	for _, row := range rows {
		if row.Description == nil {
			hidden = append(hidden, row)
		}
	}
	return hidden
}

// NoneFound reports that keys were looked for in this run and that not one of
// them was in the list.
func (k *Keyring) NoneFound() bool { return k.list.NoneFound() }

// lateCommit is the age at which an ambiguous create that no list shows is
// given up: it will not appear any more.
const lateCommit = 10 * time.Minute

// MayStillAppear reports whether a create with this token, which no list
// shows, is recent enough that its key may yet appear. Noticed is when it was
// first missed; it counts for a token whose time is not believable, because it
// was made on a machine whose clock was ahead.
func (k *Keyring) MayStillAppear(token string, noticed time.Time) bool {
	born, ok := k.Born(token)
	if !ok {
		born = noticed
	}
	return !born.IsZero() && k.clock.Now().Sub(born) < lateCommit
}

// tooFarAhead is how far an instant may lie ahead of this machine's clock and
// still be believed.
const tooFarAhead = 5 * time.Minute

// Believable reports whether an instant that was recorded can be true: it does
// not lie ahead by more than five minutes.
func (k *Keyring) Believable(at time.Time) bool {
	return !at.After(k.clock.Now().Add(tooFarAhead))
}

// Born is when the key with this token was made; ok is false for a token that
// does not say, or says what cannot be true.
func (k *Keyring) Born(token string) (born time.Time, ok bool) {
	born, ok = TokenTime(token)
	return born, ok && k.Believable(born)
}
