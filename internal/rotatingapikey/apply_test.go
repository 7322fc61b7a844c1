package rotatingapikey_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

// A plan is carried out as it was made, however much later.
func TestSavedPlan(t *testing.T) {
	t.Parallel()
	s := newStage(t, options{}, rehearsal.Args{"name": "ci", "rotate_after": "720h"})
	s.apply().ok()
	applied := func(plan *rehearsal.Plan, texts ...string) {
		t.Helper()
		s.outcome("apply", s.Apply(t.Context(), plan)).ok(texts...)
	}

	// Made before the key is due: it does not rotate, though it is due by then.
	s.args = rehearsal.Args{"name": "ci", "rotate_after": "720h", "overlap": "48h"}
	early := s.planned()
	s.changesOf(early, "overlap")
	s.advance(month + time.Hour)
	applied(early, "API key is due for rotation", "Apply again")
	s.is(map[string]any{"id": "2", "overlap": "48h"})
	s.live("2")

	// Made when it is due, applied a day later.
	late := s.planned()
	s.advance(24 * time.Hour)
	applied(late)
	made := acctest.Start().Add(month + 25*time.Hour)
	s.is(map[string]any{"id": "3", "previous_id": "2", "created_at": made.Format(time.RFC3339),
		"rotate_at": made.Add(month).Format(time.RFC3339), "previous_retire_at": made.Add(48 * time.Hour).Format(time.RFC3339)})
	s.settled()

	// The end of the previous key, planned and applied a day later.
	s.advance(48 * time.Hour)
	retire := s.planned()
	s.advance(24 * time.Hour)
	applied(retire)
	s.live("3")
	s.settled()

	// A plan whose key somebody else deletes in the meantime.
	s.advance(month)
	gone := s.planned()
	s.api.DeleteKey("3")
	applied(gone)
	s.is(map[string]any{"id": "4", "previous_id": "3"})
	s.settled() // the previous key is forgotten without a word
	s.ends()
}

// A shorter period is recorded first.
func TestShorterPeriod(t *testing.T) {
	t.Parallel()
	s := newStage(t, options{}, rehearsal.Args{"name": "ci", "rotate_after": "720h"})
	s.apply().ok()
	s.advance(100 * time.Hour)
	s.args = rehearsal.Args{"name": "ci", "rotate_after": "2d"}
	s.apply().ok("API key is due for rotation", "Apply again")
	s.live("2")
	s.apply().ok()
	s.live("2", "3")
	s.settled()
	s.ends()
}

// Once its create has succeeded a rotation goes on through an interrupt, so that
// what it made is recorded.
func TestInterruptedRotation(t *testing.T) {
	t.Parallel()
	synctest.Test(t, interruptedRotation)
}

func interruptedRotation(t *testing.T) {
	s := newStage(t, options{bubble: true}, rotatedBy("1"))
	s.apply().ok()
	s.advance(time.Hour)
	s.args = rotatedBy("2")
	s.wire = interruptAfter("POST")
	s.apply().ok()
	s.wire = nil
	s.is(map[string]any{"id": "3", "previous_id": "2", "key": s.api.Secret("3"), "unresolved_creation_tokens": nil})
	s.settled()

	// A key that does not work is deleted again, too.
	s.advance(time.Hour)
	s.args = rotatedBy("3")
	s.api.Inject(notAccepted)
	s.wire = interruptAfter("POST")
	s.apply().fails("The new one was deleted again.")
	s.wire = nil
	s.is(map[string]any{"id": "3", "previous_id": "2", "leftover_ids": nil, "unresolved_creation_tokens": nil})
	s.live("2", "3")
}
