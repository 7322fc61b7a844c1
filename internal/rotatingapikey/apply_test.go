package rotatingapikey_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/clock"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

// A plan is carried out as it was made, however much later.
func TestSavedPlan(t *testing.T) {
	t.Parallel()
	s := newStage(t, acctest.Options{}, rehearsal.Args{"name": "ci", "rotate_after": "720h"})
	s.Apply().Expect(0)

	// Made before the key is due: it does not rotate, though it is due by then.
	s.args = rehearsal.Args{"name": "ci", "rotate_after": "720h", "overlap": "48h"}
	early := s.planned()
	s.changesOf(early, "overlap")
	s.Clock.Advance(month + time.Hour)
	s.applied(early, "API key is due for rotation", "Apply again")
	s.is(map[string]any{"id": "2", "overlap": "48h"})
	s.live("2")

	// Made when it is due, applied a day later.
	late := s.planned()
	s.Clock.Advance(24 * time.Hour)
	s.applied(late)
	made := acctest.Start().Add(month + 25*time.Hour)
	s.is(map[string]any{"id": "3", "previous_id": "2", "created_at": made.Format(time.RFC3339),
		"rotate_at": made.Add(month).Format(time.RFC3339), "previous_retire_at": made.Add(48 * time.Hour).Format(time.RFC3339)})
	s.Settled()

	// The end of the previous key, planned and applied a day later.
	s.Clock.Advance(48 * time.Hour)
	retire := s.planned()
	s.Clock.Advance(24 * time.Hour)
	s.applied(retire)
	s.live("3")
	s.Settled()

	// A plan whose key somebody else deletes in the meantime.
	s.Clock.Advance(month)
	gone := s.planned()
	s.API.DeleteKey("3")
	s.applied(gone)
	s.is(map[string]any{"id": "4", "previous_id": "3"})
	s.Settled()
	s.ends()
}

// A shorter period is recorded first.
func TestShorterPeriod(t *testing.T) {
	t.Parallel()
	s := newStage(t, acctest.Options{}, rehearsal.Args{"name": "ci", "rotate_after": "720h"})
	s.Apply().Expect(0)
	s.Clock.Advance(100 * time.Hour)
	s.args = rehearsal.Args{"name": "ci", "rotate_after": "2d"}
	s.Apply().Expect(0, "API key is due for rotation", "Apply again")
	s.live("2")
	s.Apply().Expect(0)
	s.live("2", "3")
	s.Settled()
	s.ends()
}

// Once its create has succeeded a rotation goes on through an interrupt, so that
// what it made is recorded.
func TestInterruptedRotation(t *testing.T) {
	t.Parallel()
	// On a fake clock the time that an interrupt leaves is over at once.
	synctest.Test(t, interruptedRotation)
}

func interruptedRotation(t *testing.T) {
	const secret = "ak_key-of-the-provider-in-this-test"
	api := fakenebula.New(fakenebula.Options{APIKeys: []fakenebula.SeedKey{{Name: acctest.OwnKey, Secret: secret}}})
	keeper, interrupts := "1", false
	w := acctest.Rehearse(map[string]string{"NEBULA_API_URL": api.BaseURL(), "NEBULA_API_KEY": secret}, func(p *rehearsal.Process) http.RoundTripper {
		return roundTripper(func(r *http.Request) (*http.Response, error) {
			resp, err := api.Transport().RoundTrip(r)
			if interrupts && r.Method == http.MethodPost {
				p.Interrupt()
			}
			return resp, err
		})
	})
	w.Resources = []rehearsal.Resource{{Address: key, Config: func(rehearsal.Known) rehearsal.Args { return rotatedBy(keeper) }}}
	apply := func(value string) *rehearsal.Report {
		if err := clock.System().Sleep(t.Context(), time.Hour); err != nil {
			t.Fatal(err)
		}
		keeper = value
		return w.Apply(t.Context(), rehearsal.Options{})
	}
	if r := apply("1"); r.Failed() {
		t.Fatal(r)
	}
	interrupts = true
	if r := apply("2"); r.Failed() {
		t.Fatal(r)
	}
	rotated := map[string]any{"id": "3", "previous_id": "2", "key": api.Secret("3"), "leftover_ids": nil, "unresolved_creation_tokens": nil}
	acctest.CheckAttributes(t, key, w.State(key).Object, rotated)

	// A key that does not work is deleted again, too.
	api.Inject(notAccepted)
	if r := apply("3"); !strings.Contains(r.String(), "The new one was deleted again.") {
		t.Fatal(r)
	}
	acctest.CheckAttributes(t, key, w.State(key).Object, rotated)
	if api.Valid(api.Secret("4")) {
		t.Error("the key that does not work is left")
	}
}
