package rotatingapikey_test

import (
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

// replaced checks that a plan replaces the key.
func (s *stage) replaced(plan *rehearsal.Plan) {
	s.t.Helper()
	if plan.Changes[key].Action != rehearsal.Replace {
		s.t.Error(plan)
	}
}

// A create that is lost in the middle of a rotation.
func TestAmbiguousRotation(t *testing.T) {
	t.Parallel()
	t.Run("made", func(t *testing.T) {
		t.Parallel()
		s := newStage(t, options{}, rotatedBy("1"))
		s.apply().ok()
		s.api.Inject(fakenebula.Fault{Operation: opCreate, Drop: true, Commit: true})
		s.rotate("2").ok()
		s.is(map[string]any{"id": "4", "previous_id": "2"})
		s.live("2", "4")
		s.settled()
		s.ends()
	})
	t.Run("made late", func(t *testing.T) {
		t.Parallel()
		s := newStage(t, options{}, rotatedBy("1"))
		s.apply().ok()
		s.api.Inject(fakenebula.Fault{Operation: opCreate, Drop: true, CommitAfter: 3 * time.Minute})
		s.rotate("2").fails("No list has shown a new key, but one may still appear.", "The current key stays current")
		tokens := s.state().Texts("unresolved_creation_tokens")
		if len(tokens) != 1 {
			t.Fatalf("unresolved_creation_tokens is %v", tokens)
		}
		s.is(map[string]any{"id": "2", "previous_id": nil})
		// The next apply need not wait for it.
		s.apply().ok()
		s.is(map[string]any{"id": "3", "previous_id": "2", "unresolved_creation_tokens": tokens})
		s.settled()
		s.advance(4 * time.Minute)
		s.live("2", "3", "4")
		s.changesOf(s.planned(`revokes these API keys: 4 ("ci-`), "ids", "leftover_ids")
		s.apply().ok()
		s.live("2", "3")
		s.is(map[string]any{"leftover_ids": nil, "unresolved_creation_tokens": nil})
		s.settled()
		s.ends()
	})
	t.Run("never made", func(t *testing.T) {
		t.Parallel()
		s := newStage(t, options{}, rotatedBy("1"))
		s.apply().ok()
		s.api.Inject(fakenebula.Fault{Operation: opCreate, Drop: true})
		s.rotate("2").fails()
		s.advance(10 * time.Minute)
		s.apply().ok()
		s.is(map[string]any{"id": "3", "previous_id": "2", "unresolved_creation_tokens": nil})
		s.settled()
		s.ends()
	})
	t.Run("destroyed before it is known", func(t *testing.T) {
		t.Parallel()
		s := newStage(t, options{}, rotatedBy("1"))
		s.apply().ok()
		s.api.Inject(fakenebula.Fault{Operation: opCreate, Drop: true})
		s.rotate("2").fails()
		s.destroy().ok("API key may still appear", "no list shows one with its ownership marker [tf:")
		s.live()
	})
	t.Run("without a marker", func(t *testing.T) {
		t.Parallel()
		s := newStage(t, options{environment: map[string]string{"NEBULA_OWNERSHIP_MARKER": "false"}}, rotatedBy("1"))
		s.apply().ok()
		s.api.Inject(fakenebula.Fault{Operation: opCreate, Drop: true, Commit: true})
		s.rotate("2").fails("It may have made one of these keys, but which one could not be established: 3.",
			"carries no ownership marker (ownership_marker is false), so it is not recorded")
		s.is(map[string]any{"id": "2", "previous_id": nil, "leftover_ids": nil, "unresolved_creation_tokens": nil})
		s.api.DeleteKey("3")
		s.apply().ok()
		s.is(map[string]any{"id": "4", "previous_id": "2"})
		s.settled()
		s.ends()
	})
	t.Run("several", func(t *testing.T) {
		t.Parallel()
		s := newStage(t, options{}, rotatedBy("1"))
		s.apply().ok()
		s.api.Inject(fakenebula.Fault{Operation: opCreate, Drop: true})
		s.rotate("2").fails()
		token := s.state().Texts("unresolved_creation_tokens")[0]
		s.api.AddKey("a copy", "[tf:"+token+"]")
		s.api.AddKey("another copy", "[tf:"+token+"]")
		s.apply().ok("Several API keys with one ownership marker", "The keys 3, 4 each carr")
		s.live("2", "3", "4", "5")
		s.is(map[string]any{"id": "5", "previous_id": "2", "unresolved_creation_tokens": []string{token}})
		s.destroy().fails("Find out which of the keys 3, 4 are in use")
		s.api.SetDescription("3", "mine")
		s.api.SetDescription("4", "mine too")
		s.advance(time.Hour)
		s.destroy().ok()
		s.live("3", "4")
	})
}

// The very first create is lost.
func TestAmbiguousFirstKey(t *testing.T) {
	t.Parallel()
	t.Run("made late", func(t *testing.T) {
		t.Parallel()
		s := newStage(t, options{}, rotatedBy("1"))
		s.api.Inject(fakenebula.Fault{Operation: opCreate, Drop: true, CommitAfter: 3 * time.Minute})
		s.apply().fails("The key is recorded as tainted")
		s.replaced(s.planned("API key not found yet"))
		s.advance(3 * time.Minute)
		s.apply().ok()
		s.live("3")
		s.settled()
		s.ends()
	})
	t.Run("never made", func(t *testing.T) {
		t.Parallel()
		s := newStage(t, options{}, rotatedBy("1"))
		s.api.Inject(fakenebula.Fault{Operation: opCreate, Drop: true})
		s.apply().fails()
		s.advance(10 * time.Minute)
		if plan := s.planned(); plan.Changes[key].Action != rehearsal.Create {
			t.Error(plan)
		}
		s.apply().ok()
		s.settled()
		s.ends()
	})
	t.Run("without a marker", func(t *testing.T) {
		t.Parallel()
		s := newStage(t, options{environment: map[string]string{"NEBULA_OWNERSHIP_MARKER": "false"}}, rotatedBy("1"))
		s.api.Inject(fakenebula.Fault{Operation: opCreate, Drop: true})
		s.apply().fails()
		s.is(map[string]any{"id": nil, "creation_token": nil, "key_name": generation("ci", 0)})
		s.replaced(s.planned("API key without id", generation("ci", 0)))
		s.apply().ok("API key without id forgotten")
		s.settled()
		s.ends()
	})
	t.Run("several", func(t *testing.T) {
		t.Parallel()
		s := newStage(t, options{}, rotatedBy("1"))
		s.api.Inject(fakenebula.Fault{Operation: opCreate, Drop: true})
		s.apply().fails()
		token := s.state().Text("creation_token")
		s.api.AddKey("a copy", "[tf:"+token+"]")
		s.api.AddKey("another copy", "[tf:"+token+"]")
		s.planned("Several API keys with one ownership marker")
		s.apply().fails("Find out which of the keys 2, 3 are in use")
		s.live("2", "3")
		s.api.SetDescription("2", "mine")
		s.api.SetDescription("3", "mine too")
		s.advance(time.Hour)
		s.apply().ok()
		s.live("2", "3", "4")
	})
}
