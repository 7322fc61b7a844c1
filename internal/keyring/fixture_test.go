package keyring

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

const (
	rootKey = "ak_root-of-the-keyring-tests"
	rootID  = "1"
)

// fixture is a Keyring in front of a fake API. Its time is that of the test's
// bubble, which passes only while everybody waits.
type fixture struct {
	t      *testing.T
	server *fakenebula.Server
	keys   *Keyring

	mu       sync.Mutex
	observed []string
}

type fixtureOptions struct {
	fake     fakenebula.Options
	noMarker bool
	retries  int // 4 when zero, none when negative
}

// bubble runs a test on its own clock.
func bubble(t *testing.T, o fixtureOptions, test func(*testing.T, *fixture)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		test(t, newFixture(t, o))
		time.Sleep(5 * time.Minute) // a list that nobody waits for any more ends by then
	})
}

func newFixture(t *testing.T, o fixtureOptions) *fixture {
	t.Helper()
	o.fake.Seed = 7
	o.fake.APIKeys = append([]fakenebula.SeedKey{{Name: "root", Secret: rootKey}}, o.fake.APIKeys...)
	r := &fixture{t: t, server: fakenebula.New(o.fake)}
	r.keys = r.another(o)
	return r
}

// another is the Keyring of a further process on the same account.
func (r *fixture) another(o fixtureOptions) *Keyring {
	r.t.Helper()
	retries := 4
	if o.retries != 0 {
		retries = max(o.retries, 0)
	}
	client, err := nebula.New(nebula.Config{
		BaseURL: r.server.BaseURL(), Credential: nebula.APIKeyCredential(rootKey), Transport: r.server.Transport(), MaxRetries: retries,
		Observe: func(_ context.Context, e nebula.Exchange) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.observed = append(r.observed, fmt.Sprintf("%+v", e))
		},
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return New(Options{Client: client, OwnershipMarker: !o.noMarker})
}

// counts are the requests so far.
type counts struct{ post, get, del int }

func (r *fixture) counts() counts {
	return counts{
		r.server.Count(fakenebula.OpCreateKey),
		r.server.Count(fakenebula.OpListKeys),
		r.server.Count(fakenebula.OpDeleteKey),
	}
}

func (r *fixture) wantCounts(want counts) {
	r.t.Helper()
	if got := r.counts(); got != want {
		r.t.Errorf("POST, GET, DELETE = %v, want %v", got, want)
	}
}

// live are the ids that exist, without the credential's own.
func (r *fixture) live() []string {
	var ids []string
	for _, k := range r.server.Keys() {
		if k.ID != rootID {
			ids = append(ids, k.ID)
		}
	}
	return ids
}

// deletes are the ids that DELETE requests named.
func (r *fixture) deletes() []string {
	ids := map[string]bool{}
	for _, e := range r.server.Journal() {
		if e.Operation == fakenebula.OpDeleteKey {
			ids[e.ObjectID] = true
		}
	}
	return slices.Sorted(maps.Keys(ids))
}

// token is a creation token of that age.
func (r *fixture) token(age time.Duration) string {
	r.t.Helper()
	token, err := NewToken(time.Now().Add(-age), strings.NewReader("0123456789"))
	if err != nil {
		r.t.Fatal(err)
	}
	return token
}

// took checks how long something took, to the tenth of a second.
func took(t *testing.T, since time.Time, want time.Duration) {
	t.Helper()
	if got := time.Since(since).Round(100 * time.Millisecond); got != want {
		t.Errorf("took %v, want %v", got, want)
	}
}

// wantKey expects a key as a list shows it.
func wantKey(t *testing.T, key Key, err error, id nebula.ID, name, text, token string) {
	t.Helper()
	if err != nil || key.ID != id || key.Name != name || key.Description == nil || *key.Description != text || key.Token != token {
		t.Errorf("found %+v, %v, want %s %q %q %q", key, err, id, name, text, token)
	}
}

// delete revokes a key, and tells whether its absence is all that is known.
func (r *fixture) delete(ctx context.Context, ref Ref) (absent bool, err error) {
	deletion, err := r.keys.Delete(ctx, ref)
	return deletion.Absent != nil, err
}

func undecided(t *testing.T, err error) *UndecidedError {
	t.Helper()
	var u *UndecidedError
	if !errors.As(err, &u) {
		t.Fatalf("error is %T (%v), want *UndecidedError", err, err)
	}
	return u
}

// noSecrets checks that neither the error nor anything observed holds a secret.
func (r *fixture) noSecrets(err error) {
	r.t.Helper()
	r.mu.Lock()
	lines := slices.Clone(r.observed)
	r.mu.Unlock()
	for ; err != nil; err = errors.Unwrap(err) {
		lines = append(lines, err.Error(), fmt.Sprintf("%+v %#v", err, err))
	}
	if leak := newSecretFinder(r.server.Secrets()).find(lines); leak != "" {
		r.t.Errorf("a secret is in %q", leak)
	}
}
