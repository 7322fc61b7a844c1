package lifecycle

import (
	"context"
	"errors"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

// Spec is what a new key is made of.
type Spec struct {
	Name string
	// Description is the user's text; the marker is added here.
	Description string
}

// Created is a key that was made. It holds the secret.
type Created struct {
	ID nebula.ID
	// Secret is the key itself, which the API never shows again.
	Secret string
	// Token is the token of the key's ownership marker, empty without one.
	Token string
}

// String keeps the secret out of a stray %v.
func (c Created) String() string { return "API key " + string(c.ID) }

// GoString keeps the secret out of a stray %#v.
func (c Created) GoString() string { return c.String() }

// A key whose secret was lost is replaced twice at most: an API that loses
// three answers in a row needs people, not more keys.
const maxCreates = 3

// reconcileDelays are the pauses before the lists in which an ambiguous create
// is looked for.
var reconcileDelays = []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 15 * time.Second}

// Create makes a key. Nothing but its answer is waited for when all goes well.
//
// When an answer is lost, the key that may have been made is looked for by its
// marker; one that is found is deleted, since nobody knows its secret, and
// another is made. The error is then:
//
//   - *UndecidedError: a key may exist; its token or ids must be remembered;
//   - *SecretLostError: keys were made, and deleted again;
//   - anything else: no key was made.
//
// An interrupt of ctx before the request stops it; after that the work goes on
// for up to a minute, until it is known what to remember.
func (k *Keeper) Create(ctx context.Context, spec Spec) (Created, error) {
	for n := 1; ; n++ {
		if ctx.Err() != nil {
			return Created{}, context.Cause(ctx)
		}
		var token string
		request := nebula.CreateAPIKeyRequest{Name: spec.Name, Description: spec.Description}
		if k.marker {
			// A token tells the age of its key, so each try has its own: the
			// one before may have been turned away minutes ago.
			request.Describe = func() (_ string, err error) {
				token, err = NewToken(k.clock.Now(), k.random)
				return MarkDescription(spec.Description, token), err
			}
		}
		created, err := k.client.CreateAPIKey(ctx, request)
		if err == nil {
			k.view.wroteKey(nebula.APIKeyInfo{ID: created.ID, Name: spec.Name, Description: MarkDescription(spec.Description, token)})
			return Created{ID: created.ID, Secret: created.Key, Token: token}, nil
		}
		if missing, ok := errors.AsType[*nebula.MissingKeyError](err); ok {
			k.view.wroteKey(nebula.APIKeyInfo{ID: missing.ID, Name: spec.Name, Description: MarkDescription(spec.Description, token)})
		} else {
			k.view.wrote()
		}
		lost, err := k.cleanUp(ctx, spec, token, err)
		if !lost || n == maxCreates || ctx.Err() != nil {
			return Created{}, err
		}
	}
}

// cleanUp decides what a failed create left behind and removes it. lost says
// that a key was made, its secret lost and the key deleted, so that another
// may be made.
func (k *Keeper) cleanUp(ctx context.Context, spec Spec, token string, failure error) (lost bool, err error) {
	ctx, cancel := k.finishing(ctx)
	defer cancel()

	var missing *nebula.MissingKeyError
	switch {
	case errors.As(failure, &missing):
		// Making more keys would not make the API show their secrets.
		if err := k.Delete(ctx, Ref{ID: missing.ID, Token: token}); err != nil {
			return false, &UndecidedError{Token: token, ID: missing.ID, Create: failure, Resolve: err}
		}
		return false, &SecretLostError{Create: failure}
	case !nebula.IsAmbiguous(failure):
		return false, failure
	}

	ids, err := k.reconcile(ctx, spec, token)
	switch {
	case err != nil || token == "" || len(ids) != 1:
		return false, &UndecidedError{Token: token, Candidates: ids, Create: failure, Resolve: err}
	}
	if err := k.Delete(ctx, Ref{ID: ids[0], Token: token}); err != nil {
		return false, &UndecidedError{Token: token, ID: ids[0], Create: failure, Resolve: err}
	}
	return true, &SecretLostError{Create: failure}
}

// reconcile looks for the key that an ambiguous create may have made, at
// growing intervals, until a list shows one or the time is up. A list that is
// refused ends it at once. The error is nil when lists were had and showed
// nothing.
func (k *Keeper) reconcile(ctx context.Context, spec Spec, token string) ([]nebula.ID, error) {
	var unread error
	for _, delay := range reconcileDelays {
		if err := k.clock.Sleep(ctx, delay); err != nil {
			return nil, unread
		}
		s, err := k.view.since(ctx, k.clock.Now())
		if err != nil {
			if refused(err) {
				return nil, err
			}
			unread = err
			continue
		}
		unread = nil
		if ids := k.match(s, spec, token); len(ids) > 0 {
			return ids, nil
		}
	}
	return nil, unread
}

// refused tells an answer that will not change from a fault.
func refused(err error) bool {
	var e *nebula.APIError
	return errors.As(err, &e) && e.Class == nebula.Refused || !errors.As(err, &e)
}

// matchMarker finds the keys that carry exactly this token's marker. Without a
// token it names the keys of that name, for people to look at: they may well
// be somebody else's, so they are never deleted.
func matchMarker(s *snapshot, spec Spec, token string) []nebula.ID {
	var ids []nebula.ID
	for _, info := range s.keys {
		if token == "" {
			if info.Name == spec.Name && info.Description == spec.Description {
				ids = append(ids, info.ID)
			}
			continue
		}
		if _, have := SplitMarker(info.Description); have == token {
			ids = append(ids, info.ID)
		}
	}
	return ids
}
