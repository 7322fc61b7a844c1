package keyring

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/clock"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
)

func TestMayStillAppear(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newFixture(t, fixtureOptions{})
		now := time.Now()
		for age, may := range map[time.Duration]bool{
			-4 * time.Minute: true, 0: true, 9*time.Minute + 59*time.Second: true, 10 * time.Minute: false, time.Hour: false,
		} {
			if got := r.keys.MayStillAppear(r.token(age), time.Time{}); got != may {
				t.Errorf("age %v: %v", age, got)
			}
		}
		// A token of the future says nothing; when it was missed does.
		for _, token := range []string{r.token(-6 * time.Minute), r.token(-100000 * time.Hour), "", "x", "x-y"} {
			for missed, may := range map[time.Time]bool{
				now: true, now.Add(-9 * time.Minute): true, now.Add(-10 * time.Minute): false, {}: false,
			} {
				if got := r.keys.MayStillAppear(token, missed); got != may {
					t.Errorf("%q, missed since %v: %v", token, missed, got)
				}
			}
		}
	})
}

func TestInstantsOfTheFutureAreNotBelieved(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newFixture(t, fixtureOptions{})
		for ahead, want := range map[time.Duration]bool{-time.Hour: true, 0: true, 5 * time.Minute: true, 5*time.Minute + time.Second: false, time.Hour: false} {
			if got := r.keys.Believable(time.Now().Add(ahead)); got != want {
				t.Errorf("%v ahead: %v", ahead, got)
			}
			born, ok := r.keys.Born(r.token(-ahead))
			if ok != want || ok && !born.Equal(time.Now().Add(ahead)) {
				t.Errorf("a token of %v ahead: %v, %v", ahead, born, ok)
			}
		}
		if born, ok := r.keys.Born("no token"); ok {
			t.Errorf("born %v", born)
		}
	})
}

// A key whose age is known by other means than a token is as young.
func TestYoungKeyWithoutAToken(t *testing.T) {
	t.Parallel()
	bubble(t, fixtureOptions{}, func(t *testing.T, r *fixture) {
		if _, err := r.keys.Now().All(t.Context()); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Minute)
		start := time.Now()
		if absent, err := r.delete(t.Context(), Ref{ID: "77", Born: start}); err != nil || !absent {
			t.Errorf("absent %v, %v", absent, err)
		}
		took(t, start, 11*time.Second) // an instant may be cut to the second
	})
}

// A key is as young as the API's clock says, and not as this machine's, which may
// be a year ahead: it is not gone because a list lags.
func TestYoungKeyIsNotGoneBecauseAClockIsAhead(t *testing.T) {
	t.Parallel()
	o := fixtureOptions{fake: fakenebula.Options{Clock: aYearBehind{clock.System()}, HideNewFor: 9 * time.Second}}
	bubble(t, o, func(t *testing.T, r *fixture) {
		if _, err := r.keys.Now().All(t.Context()); err != nil {
			t.Fatal(err)
		}
		created, err := r.keys.Create(t.Context(), spec())
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		key, err := r.another(o).ForRefresh().Find(t.Context(), Ref{ID: created.ID, Token: created.Token})
		if err != nil || key.ID != created.ID || time.Since(began) < 9*time.Second {
			t.Errorf("found %v, %v after %v", key, err, time.Since(began))
		}
	})
}
