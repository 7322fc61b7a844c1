package keyring

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/listing"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

// The API may be read in two ways, and a create works in both.
func TestCreateInBothReadings(t *testing.T) {
	t.Parallel()
	for _, reading := range fakenebula.Readings() {
		t.Run(string(reading), func(t *testing.T) {
			t.Parallel()
			bubble(t, of(reading, fakenebula.KeyOptions{TakesTeam: fakenebula.Yes}), func(t *testing.T, r *fixture) {
				created, err := r.keys.Create(t.Context(), Spec{Name: "n", Description: "text", TeamID: "8"})
				if err != nil || !r.server.Valid(created.Secret) || created.Token == "" {
					t.Fatalf("created %+v, %v", created, err)
				}
				made := r.server.Keys()[1]
				if made.ID != string(created.ID) || made.Name != "n" || made.Team != 8 || made.Description != "text [tf:"+created.Token+"]" {
					t.Errorf("made %+v", made)
				}
				silent, want := reading == year2025, counts{post: 1}
				if silent {
					want.get = 1
				}
				if (created.Name == nil) != silent || (created.Description == nil) != silent {
					t.Errorf("created %+v", created)
				}
				r.wantCounts(want)
			})
		})
	}
}

func TestRowsOf2025(t *testing.T) {
	t.Parallel()
	bubble(t, of(year2025, fakenebula.KeyOptions{}), func(t *testing.T, r *fixture) {
		at := time.Now()
		created, err := r.keys.Create(t.Context(), Spec{Name: "n", TeamID: "8"})
		if err != nil {
			t.Fatal(err)
		}
		r.server.AddKey("", "")
		r.server.SetActive("3", false)
		keys, err := r.keys.ForRead().All(t.Context())
		if err != nil || len(keys) != 3 {
			t.Fatalf("keys %+v, %v", keys, err)
		}
		for i, active := range []bool{true, true, false} {
			if got := keys[i]; got.Active == nil || *got.Active != active || !got.CreatedAt.Equal(at) || got.Description != nil || got.Token != "" {
				t.Errorf("key %+v", got)
			}
		}
		if got := keys[1]; got.Team == nil || got.Team.ID != "8" || got.Fingerprint != nebula.Fingerprint(created.Secret) {
			t.Errorf("key %+v", got)
		}
		if got := keys[0]; got.Team != nil || got.Fingerprint != nebula.Fingerprint(rootKey) {
			t.Errorf("key %+v", got)
		}
		if shown := fmt.Sprintf("%+v", keys); strings.Contains(shown, created.Secret) || strings.Contains(shown, rootKey) {
			t.Errorf("a secret is in %s", shown)
		}
	})
}

func TestOwnCreateIsSeenAlthoughTheListLags(t *testing.T) {
	t.Parallel()
	bubble(t, fixtureOptions{fake: fakenebula.Options{HideNewFor: 30 * time.Second, Stored: fakenebula.OnlyIn("name", fakenebula.HTMLEscaped)}}, func(t *testing.T, r *fixture) {
		created, err := r.keys.Create(t.Context(), Spec{Name: "a & b", Description: "text"})
		if err != nil {
			t.Fatal(err)
		}
		for range 40 {
			key, err := r.keys.Now().Find(t.Context(), Ref{ID: created.ID, Token: created.Token})
			wantKey(t, key, err, created.ID, "a &amp; b", "text", created.Token)
			time.Sleep(time.Second)
		}
		if keys, err := r.keys.Now().All(t.Context()); err != nil || len(keys) != 2 {
			t.Errorf("keys %v, %v: the key must be listed once", keys, err)
		}
	})
}

// A key that is made and deleted in one run is gone, although the list lags.
func TestKeyMadeAndDeletedInOneRun(t *testing.T) {
	t.Parallel()
	for name, hidden := range map[string]time.Duration{"listed": 0, "never listed": time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bubble(t, fixtureOptions{fake: fakenebula.Options{HideNewFor: hidden}}, func(t *testing.T, r *fixture) {
				created, err := r.keys.Create(t.Context(), spec())
				if err != nil {
					t.Fatal(err)
				}
				if keys, err := r.keys.ForRead().All(t.Context()); err != nil || len(keys) != 2 {
					t.Errorf("keys %v, %v", keys, err)
				}
				if absent, err := r.delete(t.Context(), Ref{ID: created.ID}); err != nil || absent {
					t.Errorf("absent %v, %v", absent, err)
				}
				if keys, err := r.keys.ForRead().All(t.Context()); err != nil || len(keys) != 1 {
					t.Errorf("keys %v, %v", keys, err)
				}
			})
		})
	}
}

// A create that failed may have made a key all the same, so that readers look
// again.
func TestFailedCreateInvalidatesTheList(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]fakenebula.Fault{
		"refused": {Answer: fakenebula.Failed(422, "no")}, "refused, though it acted": {Answer: fakenebula.Failed(422, "no"), Commit: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bubble(t, fixtureOptions{}, func(t *testing.T, r *fixture) {
				see := func() {
					t.Helper()
					if keys, err := r.keys.ForRefresh().All(t.Context()); err != nil || len(keys) != len(r.server.Keys()) {
						t.Errorf("keys %v, %v", keys, err)
					}
				}
				see()
				fault.Operation = opCreate
				r.server.Inject(fault)
				if created, err := r.keys.Create(t.Context(), spec()); err == nil {
					t.Errorf("created %v", created)
				}
				see()
				r.wantCounts(counts{post: 1, get: 2})
			})
		})
	}
}

// Each try has a token of its own, for a token tells the age of its key.
func TestEveryTryOfACreateHasATokenOfItsOwn(t *testing.T) {
	t.Parallel()
	bubble(t, fixtureOptions{}, func(t *testing.T, r *fixture) {
		r.server.Inject(fakenebula.Fault{Operation: opCreate, Answer: fakenebula.TooManyRequests("60"), Times: 2})
		created, err := r.keys.Create(t.Context(), spec())
		if err != nil {
			t.Fatal(err)
		}
		sent := r.sentTokens()
		if len(sent) != 3 || sent[2] != created.Token || len(slices.Compact(slices.Sorted(slices.Values(sent)))) != 3 {
			t.Errorf("tokens %v, created %v", sent, created.Token)
		}
		if born, ok := TokenTime(created.Token); !ok || time.Since(born) > time.Second {
			t.Errorf("the key looks %v old", time.Since(born))
		}
	})
}

// Who deletes by a marker must not look at a list of before.
func TestDeleteByTokenLooksAtAListOfNow(t *testing.T) {
	t.Parallel()
	bubble(t, fixtureOptions{}, func(t *testing.T, r *fixture) {
		if _, err := r.keys.ForRefresh().All(t.Context()); err != nil {
			t.Error(err)
		}
		time.Sleep(20 * time.Second)
		token := r.token(0)
		r.server.AddKey("n", MarkDescription("text", token)) // the late commit of another process
		if absent, err := r.delete(t.Context(), Ref{Token: token}); err != nil || absent {
			t.Errorf("absent %v, %v", absent, err)
		}
		if left := r.live(); len(left) > 0 {
			t.Errorf("left are %v", left)
		}
	})
}

// The list of before may show one key with the marker where there are two now,
// or a marker that somebody has edited away.
func TestDeleteByTokenDoesNotActOnAListOfBefore(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*fixture, string){
		"copied": func(r *fixture, token string) { r.server.AddKey("copy", MarkDescription("", token)) },
		"edited": func(r *fixture, _ string) { r.server.SetDescription("2", "kept for good") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bubble(t, fixtureOptions{}, func(t *testing.T, r *fixture) {
				token := r.token(time.Hour)
				r.server.AddKey("n", MarkDescription("text", token))
				if _, err := r.keys.ForRefresh().All(t.Context()); err != nil {
					t.Error(err)
				}
				time.Sleep(time.Second)
				change(r, token)
				_, err := r.delete(t.Context(), Ref{Token: token})
				var several *listing.SeveralError
				if name == "copied" && !errors.As(err, &several) || name == "edited" && err != nil {
					t.Errorf("error %v", err)
				}
				if deleted := r.deletes(); len(deleted) > 0 {
					t.Errorf("deleted %v", deleted)
				}
			})
		})
	}
}

func TestSecretsAreNotPrinted(t *testing.T) {
	t.Parallel()
	created := Created{ID: "7", Secret: "ak_WT2l5Rw8Rv8Mp7Q7fLh7dFgEDl_EMAntCsqlxhEsu-0"}
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		if got := fmt.Sprintf(format, created); got != "API key 7" {
			t.Errorf("%s prints %s", format, got)
		}
	}
}
