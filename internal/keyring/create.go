package keyring

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/clock"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

// Spec is what a new key is made of.
type Spec struct {
	Name string
	// Description is the user's text; the marker is added here.
	Description string
	// TeamID is the team that the key is for; empty means none.
	TeamID string
}

// Created is a key that was made. It holds the secret.
type Created struct {
	ID nebula.ID
	// Secret is the key itself, which the API never shows again.
	Secret string
	// Token is the token of the key's ownership marker, empty without one.
	Token string
	// CreatedAt is the API's word; zero where it does not say.
	CreatedAt time.Time
	// Name and Description are what the API says that it stored, the marker
	// included; nil where it does not say.
	Name, Description *string
}

// String keeps the secret out of a stray %v.
func (c Created) String() string { return "API key " + string(c.ID) }

// GoString keeps the secret out of a stray %#v.
func (c Created) GoString() string { return c.String() }

// MarkerLost reports that the API did not keep the ownership marker.
func (c Created) MarkerLost() bool {
	if c.Token == "" || c.Description == nil {
		return false
	}
	_, token := SplitMarker(*c.Description)
	return token != c.Token
}

// A key whose secret was lost is replaced twice at most: an API that loses
// three answers in a row needs people, not more keys.
const maxCreates = 3

// reconcileDelays are the pauses before the lists in which an ambiguous create
// is looked for.
var reconcileDelays = []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 15 * time.Second}

// attempt is one try to make a key.
type attempt struct {
	spec  Spec
	token string
	// begun is the time of the try.
	begun time.Time
	// before tells which ids a list of this process showed before the try, and
	// taken which of them creates of this process have got.
	before, taken func(nebula.ID) bool
}

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
func (k *Keyring) Create(ctx context.Context, spec Spec) (Created, error) {
	for n := 1; ; n++ {
		if ctx.Err() != nil {
			return Created{}, context.Cause(ctx)
		}
		created, a, err := k.attempt(ctx, spec)
		if err == nil {
			return created, nil
		}
		lost, err := k.cleanUp(ctx, a, err)
		if !lost || n == maxCreates || ctx.Err() != nil {
			return Created{}, err
		}
	}
}

// attempt sends one create and checks that its answer belongs to it.
func (k *Keyring) attempt(ctx context.Context, spec Spec) (Created, attempt, error) {
	a := attempt{spec: spec, before: k.list.Seen(), taken: k.isTaken}
	answer, err := k.client.CreateAPIKey(ctx, func() (nebula.APIKeyRequest, error) {
		a.begun = k.clock.Now()
		if k.marker {
			// A token tells the age of its key, so each try has its own: the
			// one before may have been turned away minutes ago.
			var err error
			if a.token, err = NewToken(a.begun, k.random); err != nil {
				return nebula.APIKeyRequest{}, err
			}
		}
		return nebula.APIKeyRequest{Name: spec.Name, Description: MarkDescription(spec.Description, a.token), TeamID: spec.TeamID}, nil
	})
	if err == nil {
		err = k.claim(a, answer)
	}
	if err != nil {
		k.list.MayHaveChanged()
		return Created{}, a, err
	}
	description := MarkDescription(spec.Description, a.token)
	row := nebula.APIKey{ID: answer.ID, Name: spec.Name, Description: &description, CreatedAt: answer.CreatedAt}
	if answer.Name != nil {
		row.Name = *answer.Name
	}
	if answer.Description != nil {
		row.Description = answer.Description
	}
	k.list.Created(row)
	return Created{ID: answer.ID, Secret: answer.Secret, Token: a.token, CreatedAt: answer.CreatedAt, Name: answer.Name, Description: answer.Description}, a, nil
}

// claim checks that a success is about a key that this try made. An id in an
// answer is no proof: an API with unique names may answer with an object that
// is there already, and a proxy may repeat another answer.
func (k *Keyring) claim(a attempt, answer nebula.CreatedAPIKey) error {
	foreign := func(reason string) error { return &ForeignAnswerError{ID: answer.ID, Reason: reason} }
	if reason := a.contradicts(answer); reason != "" {
		return foreign(reason)
	}
	if a.before(answer.ID) {
		return foreign("names a key that was listed before")
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.made[answer.ID] {
		return foreign("names a key that another create of this run has got")
	}
	if isMasked(answer.Secret) {
		return &nebula.MissingSecretError{ID: answer.ID}
	}
	k.made[answer.ID] = true
	return nil
}

func (k *Keyring) isTaken(id nebula.ID) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.made[id]
}

// contradicts says what of an answer shows that it is about another key. Text
// that the API stored in another form is no contradiction.
func (a attempt) contradicts(answer nebula.CreatedAPIKey) string {
	if answer.Description != nil && a.token != "" {
		switch _, token := SplitMarker(*answer.Description); token {
		case a.token:
			return ""
		case "":
		default:
			return "carries the ownership marker of another create"
		}
	}
	if answer.Name != nil && !StoredForm(a.spec.Name, *answer.Name) {
		return "is about a key of another name"
	}
	return ""
}

// isMasked tells a secret that is shown in part from a whole one.
func isMasked(secret string) bool {
	return strings.ContainsAny(secret, "*…•") || strings.Contains(secret, "...")
}

// cleanUp decides what a failed create left behind and removes it. lost says
// that a key was made, its secret lost and the key deleted, so that another
// may be made.
func (k *Keyring) cleanUp(ctx context.Context, a attempt, failure error) (lost bool, err error) {
	ctx, cancel := clock.Finishing(ctx, k.clock)
	defer cancel()

	undecided := &UndecidedError{Token: a.token, Create: failure}
	var missing *nebula.MissingSecretError
	var foreign *ForeignAnswerError
	switch {
	case errors.As(failure, &missing):
		// Making more keys would not make the API show their secrets.
		return false, k.discardUnseen(ctx, undecided, missing.ID)
	case errors.As(failure, &foreign):
		undecided.Candidates = []nebula.ID{foreign.ID}
	case !nebula.IsAmbiguous(failure):
		return false, failure
	}

	found, err := k.reconcile(ctx, a)
	undecided.Resolve = err
	switch {
	case err != nil:
	case len(found.own) == 1:
		id := found.own[0]
		if _, err := k.Delete(ctx, Ref{ID: id, Token: a.token}); err != nil {
			undecided.ID, undecided.Candidates, undecided.Resolve = id, nil, err
			return false, undecided
		}
		return foreign == nil, &SecretLostError{Create: failure}
	default:
		undecided.Hidden = found.hidden
		undecided.Candidates = append(undecided.Candidates, append(found.own, found.candidates...)...)
	}
	return false, undecided
}

// discardUnseen deletes the key of a success that did not show its secret, if a
// list proves that this create made it.
func (k *Keyring) discardUnseen(ctx context.Context, undecided *UndecidedError, id nebula.ID) error {
	err := k.DeleteOwn(ctx, Ref{ID: id, Token: undecided.Token})
	var unproven *UnprovenError
	switch {
	case err == nil:
		return &SecretLostError{Create: undecided.Create}
	case errors.As(err, &unproven):
		undecided.Candidates = []nebula.ID{id}
	default:
		undecided.Candidates, undecided.Resolve = []nebula.ID{id}, err
	}
	return undecided
}
