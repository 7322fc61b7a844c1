package apikeyhandover_test

import (
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

// The previous key ends in the first apply after both its time and the
// hand-over, and the plan says which one goes.
func TestHandOver(t *testing.T) {
	t.Parallel()
	for _, reading := range fakenebula.Readings() {
		for _, readsBack := range []bool{false, true} {
			name := string(reading)
			if readsBack {
				name += ", read back"
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				s := newStage(t, acctest.Options{Fake: fakenebula.Options{Reading: reading}}, readsBack)
				s.Apply().Expect(0)
				s.is(map[string]any{"id": "2", "generation": 1, "previous_id": nil, "handed_over_at": "2026-11-23T01:56:00Z"})
				s.Settled()
				s.Clock.Advance(month)
				s.Apply().Expect(0, "Complete: 0 added, 2 changed, 0 destroyed.").ExpectNot("to be revoked")
				s.is(map[string]any{"id": "3", "generation": 2, "previous_id": "2", "handed_over_at": "2026-12-23T01:56:00Z"})
				s.Settled()
				s.Clock.Advance(3*day - time.Second)
				s.Settled()
				s.live("2", "3")
				s.Clock.Advance(time.Second)
				s.Plan().Expect(2, `Applying this plan revokes key 2 ("ci-20261123T015600Z"): the key after it has been handed over.`, "0 to add, 1 to change")
				s.Apply().Expect(0)
				s.live("3")
				s.is(map[string]any{"id": "3", "generation": 2, "previous_id": nil})
				s.Settled()
				s.Apply().Expect(0)
				s.Settled()
				// And so on.
				s.Clock.Advance(month)
				s.Apply().Expect(0)
				s.live("3", "4")
				s.Clock.Advance(3 * day)
				s.Apply().Expect(0)
				s.live("4")
				s.Settled()
				s.Destroy().Expect(0)
				s.live()
			})
		}
	}
}

// However long publishing fails, nothing ends before the new key has arrived,
// and not in the apply that brings it.
func TestPublishingFails(t *testing.T) {
	t.Parallel()
	s := newStage(t, acctest.Options{}, false)
	s.Apply().Expect(0)
	s.Clock.Advance(month)
	// Terraform does not come to what depends on a resource that failed.
	s.Apply("-target=" + rotating).Expect(0)
	for range 10 {
		s.Clock.Advance(day)
		s.Apply("-target=" + rotating).Expect(0)
		s.live("2", "3")
	}
	s.Apply().Expect(0).ExpectNot("to be revoked")
	s.live("2", "3")
	s.is(map[string]any{"id": "3", "previous_id": "2", "handed_over_at": "2027-01-02T01:56:00Z"})
	s.Apply().Expect(0, "revokes key 2")
	s.live("3")
	s.Settled()
}

// Refreshing, targets and saved plans each have an answer.
func TestFlags(t *testing.T) {
	t.Parallel()
	t.Run("refresh only", func(t *testing.T) {
		t.Parallel()
		s := rotated(t, false)
		s.Clock.Advance(3 * day)
		s.Plan("-refresh=false").Expect(0)
		s.Apply("-refresh-only").Expect(0)
		s.live("2", "3")
		// It has noted that the key is due.
		s.Apply("-refresh=false").Expect(0, "revokes key 2")
		s.live("3")
		s.Plan("-refresh=false").Expect(0)
		s.Settled()
	})
	t.Run("the rotating key alone", func(t *testing.T) {
		t.Parallel()
		s := rotated(t, false)
		s.Clock.Advance(10 * day)
		s.Apply("-target=" + rotating).Expect(0)
		s.live("2", "3")
	})
	t.Run("the hand-over, with what it depends on", func(t *testing.T) {
		t.Parallel()
		s := rotated(t, false)
		s.Clock.Advance(3 * day)
		s.Apply("-target=" + handover).Expect(0)
		s.live("3")
		s.Settled()
	})
	t.Run("a plan made before the key was due", func(t *testing.T) {
		t.Parallel()
		s := rotated(t, false)
		s.with(rehearsal.Args{"overlap": "2d"})
		s.Plan("-out=early").Expect(2)
		s.Clock.Advance(5 * day)
		s.Apply("early").Expect(0)
		s.live("2", "3")
		s.Apply().Expect(0)
		s.live("3")
	})
	t.Run("a plan applied days later", func(t *testing.T) {
		t.Parallel()
		s := rotated(t, true)
		s.Clock.Advance(3 * day)
		s.Plan("-out=late").Expect(2)
		s.Clock.Advance(2 * day)
		s.Apply("late").Expect(0)
		s.live("3")
		s.Settled()
	})
	t.Run("a saved plan that rotates", func(t *testing.T) {
		t.Parallel()
		s := newStage(t, acctest.Options{}, true)
		s.Apply().Expect(0)
		s.Clock.Advance(month)
		s.Plan("-out=rotate").Expect(2)
		s.Clock.Advance(day)
		s.Apply("rotate").Expect(0)
		s.is(map[string]any{"id": "3", "previous_id": "2", "generation": 2})
		s.Settled()
	})
	t.Run("destroy the rotating key first", func(t *testing.T) {
		t.Parallel()
		s := rotated(t, false)
		s.Workspace.Forget(handover)
		s.Destroy().Expect(0)
		s.live()
	})
}

// A hand-over that comes or goes later leaves nobody with a dead key, and the
// rotating key says why it waits.
func TestHandOverComesAndGoes(t *testing.T) {
	t.Parallel()
	s := rotated(t, false)
	both := s.Resources
	s.Resources = both[:1]
	s.Apply().Expect(0, "Previous API key stays valid")
	s.Clock.Advance(month)
	s.Apply().Expect(0, "Rotation waits for the hand-over", `Its previous key 2 ("ci-20261123T015600Z") is still there`)
	s.live("2", "3")
	// Added again, it hands over first and ends the key with the apply after
	// that; then the rotation takes place.
	s.Resources = both
	s.Apply().Expect(0, "Rotation waits for the hand-over").ExpectNot("to be revoked")
	s.live("2", "3")
	s.Apply().Expect(0, "revokes key 2")
	s.live("3")
	s.Apply().Expect(0, `rotates key 3 ("ci-20261223T015600Z")`)
	s.live("3", "4")
	s.is(map[string]any{"id": "4", "generation": 3, "previous_id": "3"})
}

// A rotating key that is imported again counts its generations from 1: its key is
// handed over once more.
func TestImportOfTheRotatingKey(t *testing.T) {
	t.Parallel()
	s := rotated(t, false)
	s.Workspace.Forget(rotating)
	s.Run("import", rotating, "3").Expect(0, "2 (\"ci-20261123T015600Z\")")
	s.Apply().Expect(0)
	s.is(map[string]any{"id": "3", "generation": 1, "previous_id": nil})
	s.live("2", "3")
	s.Settled()
}

// A key that is gone elsewhere, or that the rotating key has ended itself, is
// forgotten without a call.
func TestPreviousKeyIsGone(t *testing.T) {
	t.Parallel()
	t.Run("deleted elsewhere", func(t *testing.T) {
		t.Parallel()
		s := rotated(t, false)
		s.Clock.Advance(time.Hour)
		s.API.DeleteKey("2")
		s.API.ResetJournal()
		s.Apply().Expect(0)
		s.is(map[string]any{"previous_id": nil})
		s.Settled()
		if n := s.API.Count(fakenebula.OpDeleteKey); n != 0 {
			t.Errorf("%d deletes", n)
		}
	})
	t.Run("ended by overlap", func(t *testing.T) {
		t.Parallel()
		s := rotated(t, false)
		s.with(rehearsal.Args{"retire_previous": "overlap"})
		s.Clock.Advance(3 * day)
		s.API.ResetJournal()
		s.Apply().Expect(0)
		s.live("3")
		s.Settled()
		if n := s.API.Count(fakenebula.OpDeleteKey); n != 1 {
			t.Errorf("%d deletes", n)
		}
	})
	t.Run("in an incident", func(t *testing.T) {
		t.Parallel()
		s := rotated(t, true)
		s.with(rehearsal.Args{"overlap": "0s", "keepers": map[string]any{"v": "1"}})
		s.Apply().Expect(0)
		s.live("4")
		s.is(map[string]any{"id": "4", "generation": 3, "previous_id": nil})
		s.Settled()
	})
}

// A rotation that somebody wrote by hand is checked before anything is done.
func TestInvalidRotation(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ field, value, told string }{
		"malformed id":          {"id", "../3", "Error: Invalid id"},
		"malformed previous id": {"previous_id", "", "Error: Invalid id"},
		"no time":               {"previous_retire_at", "soon", "Error: Invalid time"},
		"one key twice":         {"previous_id", "3", "names key 3 as the current key and as the previous one"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rotation := map[string]any{"id": "3", "fingerprint": nil, "generation": 2, "previous_id": "2", "previous_retire_at": "2026-01-31T12:00:00Z"}
			rotation[test.field] = test.value
			s := acctest.NewStage(t, acctest.Options{})
			s.Resources = []rehearsal.Resource{rehearsal.Block(handover, rehearsal.Args{"rotation": rotation})}
			s.Plan().Expect(1, test.told)
			if calls := s.API.Count(fakenebula.OpAny); calls != 0 {
				t.Errorf("%d calls", calls)
			}
		})
	}
}

// What cannot be revoked stays in the state, and the provider's own key is not
// revoked at all.
func TestRevocationFails(t *testing.T) {
	t.Parallel()
	t.Run("refused", func(t *testing.T) {
		t.Parallel()
		s := rotated(t, false)
		s.Clock.Advance(3 * day)
		s.API.Inject(refused)
		s.Apply().Expect(1, "The previous key 2 could not be deleted", "The current key stays handed over. Key 2 stays in the state as the previous key")
		s.is(map[string]any{"id": "3", "previous_id": "2"})
		s.Apply().Expect(0)
		s.live("3")
		s.Settled()
	})
	t.Run("the provider's own", func(t *testing.T) {
		t.Parallel()
		s := rotated(t, false)
		s.Setenv("NEBULA_API_KEY", s.secretOf("2"))
		s.Clock.Advance(3 * day)
		s.API.ResetJournal()
		s.Apply().Expect(1, "Key 2 is the key that the provider itself authenticates with")
		s.live("2", "3")
		if n := s.API.Count(fakenebula.OpDeleteKey); n != 0 {
			t.Errorf("%d deletes", n)
		}
	})
}
