package keyring

import (
	"context"
	"time"

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
	// Begun is when the create was sent, as Keyring.Time tells it.
	Begun time.Time
	// Name and Description are what the API says that it stored, the marker
	// included; nil where it does not say.
	Name, Description *string
}

// String keeps the secret out of a stray %v.
func (c Created) String() string { return "API key " + nebula.CleanText(string(c.ID)) }

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

// Create makes a key. Nothing but its answer is waited for when all goes well.
//
// When an answer is lost, the key that may have been made is looked for by its
// marker; one that is found is deleted, since nobody knows its secret, and
// another is made. The error is then:
//
//   - *UndecidedError: a key may exist; its token or id must be remembered;
//   - *SecretLostError: keys were made, and deleted again;
//   - anything else: no key was made.
//
// An interrupt of ctx before the request stops it; after that the work goes on
// for up to a minute, until it is known what to remember.
func (k *Keyring) Create(ctx context.Context, spec Spec) (Created, error) {
	for n := 1; ; n++ {
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

// attempt is one try to make a key.
type attempt struct {
	spec  Spec
	token string
	// begun is the time of the try, and sent the same by this machine's clock.
	begun, sent time.Time
	// slack is how much older than the try a key must be to be another's.
	slack time.Duration
	// before tells which ids a list of this process showed before the try, and
	// taken which of them creates of this process have got.
	before, taken func(nebula.ID) bool
}

// request is what the next try sends. A token tells the age of its key, so each
// try has its own: the one before may have been turned away minutes ago.
func (a *attempt) request(k *Keyring) (nebula.APIKeyRequest, error) {
	a.begun, a.sent = k.Time(), k.clock.Now()
	if k.marker {
		var err error
		if a.token, err = NewToken(a.begun, k.random); err != nil {
			return nebula.APIKeyRequest{}, err
		}
	}
	return nebula.APIKeyRequest{Name: a.spec.Name, Description: MarkDescription(a.spec.Description, a.token), TeamID: a.spec.TeamID}, nil
}

// date tells when the try was begun by the API's clock, if its answer tells.
func (a *attempt) date(k *Keyring) {
	a.begun, a.slack = k.client.When(a.sent), certainlyOlder
	if _, told := k.client.Time(); told {
		a.slack = clockSkew
	}
}

// attempt sends one create and checks that its answer belongs to it.
func (k *Keyring) attempt(ctx context.Context, spec Spec) (Created, attempt, error) {
	a := attempt{spec: spec, before: k.list.Seen(), taken: k.isTaken}
	answer, err := k.client.CreateAPIKey(ctx, func() (nebula.APIKeyRequest, error) { return a.request(k) })
	a.date(k)
	if err == nil {
		err = k.claim(ctx, a, answer)
	}
	if err != nil {
		k.list.MayHaveChanged()
		return Created{}, a, err
	}
	// Until a list shows the key, it is shown as the answer does. A description
	// of which the answer says nothing is not made up.
	row := nebula.APIKey{ID: answer.ID, Name: spec.Name, Description: answer.Description, CreatedAt: answer.CreatedAt}
	if answer.Name != nil {
		row.Name = *answer.Name
	}
	k.list.Created(row)
	return Created{
		ID: answer.ID, Secret: answer.Secret, Token: a.token,
		CreatedAt: answer.CreatedAt, Begun: a.begun, Name: answer.Name, Description: answer.Description,
	}, a, nil
}
