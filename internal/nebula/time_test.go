package nebula_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/clock"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

// The API's clock counts where its answers tell it and it differs from this
// machine's by more than a minute; and it goes on counting.
func TestTime(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status int
		header map[string]string
		ahead  time.Duration // what Time is ahead of this machine's clock
		told   bool
	}{
		"a year ahead":      {200, map[string]string{"Date": at(365 * 24 * time.Hour)}, 365 * 24 * time.Hour, true},
		"two hours behind":  {200, map[string]string{"Date": at(-2 * time.Hour)}, -2 * time.Hour, true},
		"a minute ahead":    {200, map[string]string{"Date": at(time.Minute)}, 0, true},
		"the same":          {200, map[string]string{"Date": at(0)}, 0, true},
		"none":              {200, map[string]string{"Date": ""}, 0, false},
		"none that is one":  {200, map[string]string{"Date": "tomorrow"}, 0, false},
		"from a cache":      {200, map[string]string{"Date": at(-2 * time.Hour), "Age": "7200"}, 0, false},
		"of a proxy's page": {502, map[string]string{"Date": at(2 * time.Hour)}, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			machine := clock.NewFake(start())
			client := answering(t, func(w http.ResponseWriter, r *http.Request) {
				for name, value := range c.header {
					w.Header()[name] = []string{value}
				}
				body(c.status, success(`[]`))(w, r)
			}, func(cfg *nebula.Config) { cfg.Clock, cfg.MaxRetries = machine, 0 })
			if now, told := client.Time(); told || !now.Equal(start()) {
				t.Errorf("before any answer it is %v, told: %v", now, told)
			}
			_, _ = list(t.Context(), client) // only what it tells of the time counts
			machine.Advance(time.Hour)
			if now, told := client.Time(); told != c.told || now.Sub(machine.Now()) != c.ahead {
				t.Errorf("it is %v, told: %v; the machine's clock shows %v", now, told, machine.Now())
			}
		})
	}
}

// An instant of this machine is told by the API's clock, unless the machine's was
// set under way.
func TestWhen(t *testing.T) {
	t.Parallel()
	const ahead = 365 * 24 * time.Hour
	for name, c := range map[string]struct{ ago, want time.Duration }{
		"now":                 {0, 0},
		"a minute ago":        {time.Minute, time.Minute},
		"an hour ago":         {time.Hour, time.Hour},
		"a day ago":           {24 * time.Hour, 0},
		"an instant to come":  {-time.Second, 0},
		"a year of being set": {-ahead, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			machine := clock.NewFake(start())
			client := answering(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Date", at(ahead))
				body(200, success(`[]`))(w, r)
			}, func(cfg *nebula.Config) { cfg.Clock = machine })
			if at := client.When(start()); !at.Equal(start()) {
				t.Errorf("before any answer When = %v", at)
			}
			if _, err := list(t.Context(), client); err != nil {
				t.Fatal(err)
			}
			if got, want := client.When(machine.Now().Add(-c.ago)), start().Add(ahead-c.want); !got.Equal(want) {
				t.Errorf("When = %v, want %v", got, want)
			}
		})
	}
}

// A Retry-After that is a date is one of the API's clock, whatever this
// machine's shows.
func TestRetryAfterByTheAPIsClock(t *testing.T) {
	t.Parallel()
	for _, ahead := range []time.Duration{-400 * 24 * time.Hour, -time.Hour, 0, time.Hour, 400 * 24 * time.Hour} {
		machine, asked := clock.NewFake(start()), 0
		client := answering(t, func(w http.ResponseWriter, r *http.Request) {
			if asked++; asked > 1 {
				body(200, success(`[]`))(w, r)
				return
			}
			w.Header().Set("Date", at(ahead))
			w.Header().Set("Retry-After", at(ahead+5*time.Second))
			body(429, `{"detail":"slow down"}`)(w, r)
		}, func(cfg *nebula.Config) { cfg.Clock = machine })
		_, err := list(t.Context(), client)
		if waited := machine.Now().Sub(start()); err != nil || waited < 5*time.Second || waited > 6*time.Second {
			t.Errorf("the API's clock is %v ahead: waited %v, %v", ahead, waited, err)
		}
	}
}

// at is an instant so long after the start, as headers write it.
func at(d time.Duration) string { return start().Add(d).UTC().Format(http.TimeFormat) }
