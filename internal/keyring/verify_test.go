package keyring

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

func TestVerify(t *testing.T) {
	t.Parallel()
	refused := func(status, times int) fakenebula.Fault {
		return fakenebula.Fault{Operation: opList, Answer: fakenebula.Failed(status, "no"), Times: times}
	}
	for name, c := range map[string]struct {
		fault  fakenebula.Fault
		within time.Duration
		took   time.Duration
		tries  int
		// refused says that the API did not accept the key.
		refused bool
	}{
		"accepted at once":          {within: VerifyTime, tries: 1},
		"accepted after a while":    {fault: refused(401, 4), within: VerifyTime, tries: 5, took: 15 * time.Second},
		"accepted in the end":       {fault: refused(401, 7), within: VerifyTime, tries: 8, took: time.Minute},
		"never accepted":            {fault: refused(401, -1), within: VerifyTime, tries: 8, took: time.Minute, refused: true},
		"forbidden":                 {fault: refused(403, -1), within: VerifyTime, tries: 8, took: time.Minute, refused: true},
		"never, with a longer time": {fault: refused(401, -1), within: 5 * time.Minute, tries: 24, took: 5 * time.Minute, refused: true},
		"never, with no time":       {fault: refused(401, -1), tries: 1, refused: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bubble(t, fixtureOptions{}, func(t *testing.T, r *fixture) {
				if c.fault.Times != 0 {
					r.server.Inject(c.fault)
				}
				_, secret := r.server.AddKey("n", "")
				start := time.Now()
				err := r.keys.Verify(t.Context(), Created{ID: "2", Secret: secret}, c.within)
				took(t, start, c.took)
				var notAccepted *NotAcceptedError
				if errors.As(err, &notAccepted) != c.refused || c.refused != (err != nil) {
					t.Fatalf("error %v", err)
				}
				if c.refused && (notAccepted.ID != "2" || notAccepted.Waited != c.took || notAccepted.Last == nil) {
					t.Errorf("%+v", notAccepted)
				}
				r.wantCounts(counts{get: c.tries})
				r.noSecrets(err)
			})
		})
	}
}

func TestVerifyIsInterrupted(t *testing.T) {
	t.Parallel()
	bubble(t, fixtureOptions{}, func(t *testing.T, r *fixture) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		start := time.Now()
		err := r.keys.Verify(ctx, Created{ID: "2", Secret: "ak_this-key-is-not-known"}, VerifyTime)
		var notAccepted *NotAcceptedError
		if !errors.As(err, &notAccepted) || !nebula.IsUnauthorized(err) {
			t.Errorf("error %v", err)
		}
		took(t, start, 7*time.Second) // the next try would come too late
	})
}

// A fault says nothing about the new key.
func TestVerifyThatFailsOtherwise(t *testing.T) {
	t.Parallel()
	bubble(t, fixtureOptions{}, func(t *testing.T, r *fixture) {
		r.server.Inject(fakenebula.Fault{Operation: opList, Answer: fakenebula.HTML(502), Times: -1})
		err := r.keys.Verify(t.Context(), Created{ID: "2", Secret: rootKey}, VerifyTime)
		var notAccepted *NotAcceptedError
		if err == nil || errors.As(err, &notAccepted) {
			t.Errorf("error %v", err)
		}
	})
}

func TestNotAcceptedErrorSpeaksOfTheNewKey(t *testing.T) {
	t.Parallel()
	tell := func(error) []string { return []string{"told"} }
	err := &NotAcceptedError{ID: "7", Waited: time.Minute, Last: errors.New("HTTP 401")}
	if got, want := err.Error(), "the API does not accept the new key 7: HTTP 401"; got != want {
		t.Errorf("says %q", got)
	}
	if got, want := err.Happened(tell), []string{"The API made key 7 and did not accept it within 1m0s.", "told"}; !slices.Equal(got, want) {
		t.Errorf("tells %q", got)
	}
	if got := err.Advice(nil); got == "" || !errors.Is(err, err.Last) {
		t.Errorf("advises %q", got)
	}
}
