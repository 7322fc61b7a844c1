package lifecycle

import (
	"context"
	"errors"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

const (
	// secondLook is how long after a first list that lacks a key the second
	// one begins that is believed.
	secondLook = 2 * time.Second
	// settle is the age below which a key is never believed gone: the list
	// may not show it yet.
	settle = 10 * time.Second
	// youngKey is the age below which a proven absence is still doubtful
	// enough to be told.
	youngKey = 2 * time.Minute
	// lateCommit is the age at which an ambiguous create that no list shows
	// is given up: it will not appear any more.
	lateCommit = 10 * time.Minute
)

// Freshness of the shared list, as the age its begin may have.
const (
	// RefreshAge serves the refresh of managed resources. Terraform refreshes
	// them before anything is changed, in one walk that takes as long as there
	// are objects, so one list can serve the walk.
	RefreshAge = 5 * time.Minute
	// ReadAge serves readers that can run among changes, such as a data source
	// that waits for a local-exec.
	ReadAge = 3 * time.Second
	// planAge serves the same readers in a plan. There the run changes
	// nothing; what could is a data source or an ephemeral resource of another
	// provider that does more than read.
	planAge = 30 * time.Second
)

// ReaderAge is what a data source accepts: ReadAge, or more in a plan, so that
// data sources that are read one after the other in a long plan share a list
// all the same. A process that has refreshed and never written is a plan:
// Terraform configures the provider anew for an apply, which refreshes nothing.
func (k *Keeper) ReaderAge() time.Duration {
	if k.refreshed.Load() && !k.view.written() {
		return planAge
	}
	return ReadAge
}

// notBefore is when a list of at most this age can have begun.
func (k *Keeper) notBefore(maxAge time.Duration) time.Time {
	if maxAge >= RefreshAge {
		k.refreshed.Store(true)
	}
	return k.clock.Now().Add(-maxAge)
}

// List gives all keys, from a list that began at most maxAge ago.
func (k *Keeper) List(ctx context.Context, maxAge time.Duration) ([]Key, error) {
	s, err := k.view.since(ctx, k.notBefore(maxAge))
	if err != nil {
		return nil, err
	}
	keys := make([]Key, len(s.keys))
	for i, info := range s.keys {
		keys[i] = keyOf(info)
	}
	return keys, nil
}

// Find looks a key up in a list that began at most maxAge ago. An *AbsentError
// means that it is proven to be gone: a second complete list, at least two
// seconds later and not before the key was ten seconds old, lacks it as well.
// All callers share those lists and that wait. A *SeveralError means that a
// token fits several keys.
func (k *Keeper) Find(ctx context.Context, ref Ref, maxAge time.Duration) (Key, error) {
	if ref == (Ref{}) {
		// No list holds such a key, but that proves nothing.
		return Key{}, errors.New("a key without id and creation token cannot be looked for")
	}
	first, err := k.view.since(ctx, k.notBefore(maxAge))
	if err != nil {
		return Key{}, err
	}
	if keys, ok := first.lookup(ref); ok {
		return one(ref, keys)
	}

	witness := k.view.firstWitness()
	born, aged := k.born(ref, witness)
	from := first.ended.Add(secondLook)
	if !aged || !witness.began.Before(born) {
		// An earlier list of this process may be the first of the two.
		if _, ok := witness.lookup(ref); !ok {
			from = witness.ended.Add(secondLook)
		}
	}
	if settled := born.Add(settle); aged && settled.After(from) {
		from = settled
	}
	if first.began.Before(from) {
		if err := k.clock.Sleep(ctx, from.Sub(k.clock.Now())); err != nil {
			return Key{}, err
		}
		second, err := k.view.since(ctx, from)
		if err != nil {
			return Key{}, err
		}
		if keys, ok := second.lookup(ref); ok {
			return one(ref, keys)
		}
	}
	age := k.clock.Now().Sub(born)
	return Key{}, &AbsentError{Ref: ref, Young: aged && age < youngKey}
}

// born is the latest instant at which a key can have been made, as far as it
// is known; aged is false where nothing is.
func (k *Keeper) born(ref Ref, witness *snapshot) (born time.Time, aged bool) {
	if made, ok := k.view.madeAt(ref.ID); ok {
		return made, true
	}
	born, aged = TokenTime(ref.Token)
	switch {
	case !aged:
	case born.After(k.clock.Now()):
		// Two machines' clocks differ. This process has not made the key, so
		// it is as old as the first list at least; and everybody who waits
		// waits for the same moment.
		born = witness.began
	default:
		// A token's time is cut to the second.
		born = born.Add(time.Second)
	}
	return born, aged
}

func one(ref Ref, keys []Key) (Key, error) {
	if len(keys) == 1 {
		return keys[0], nil
	}
	ids := make([]nebula.ID, len(keys))
	for i, key := range keys {
		ids[i] = key.ID
	}
	return Key{}, &SeveralError{Token: ref.Token, IDs: ids}
}

// MayStillAppear reports whether a create with this token, which no list
// shows, is recent enough that its key may yet appear.
func (k *Keeper) MayStillAppear(token string) bool {
	born, ok := TokenTime(token)
	return ok && k.clock.Now().Sub(born) < lateCommit
}
