package rotatingapikey_test

import (
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
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
		s := newStage(t, of2024(), rotatedBy("1"))
		s.Apply().Expect(0)
		s.API.Inject(fakenebula.Fault{Operation: opCreate, Drop: true, Commit: true})
		s.rotate("2").Expect(0)
		s.is(map[string]any{"id": "4", "previous_id": "2"})
		s.live("2", "4")
		s.Settled()
		s.ends()
	})
	t.Run("made late", func(t *testing.T) {
		t.Parallel()
		s := newStage(t, of2024(), rotatedBy("1"))
		s.Apply().Expect(0)
		s.API.Inject(fakenebula.Fault{Operation: opCreate, Drop: true, CommitAfter: 3 * time.Minute})
		s.rotate("2").Expect(1, "No list has shown a new key, but one may still appear.", "The current key stays current")
		tokens := s.state().Texts("unresolved_creation_tokens")
		if len(tokens) != 1 {
			t.Fatalf("unresolved_creation_tokens is %v", tokens)
		}
		s.is(map[string]any{"id": "2", "previous_id": nil})
		// The next apply need not wait for it.
		s.Apply().Expect(0)
		s.is(map[string]any{"id": "3", "previous_id": "2", "unresolved_creation_tokens": tokens})
		s.Settled()
		s.Clock.Advance(4 * time.Minute)
		s.live("2", "3", "4")
		s.changesOf(s.planned(`revokes these API keys: 4 ("ci-`), "ids", "leftover_ids")
		s.Apply().Expect(0)
		s.live("2", "3")
		s.is(map[string]any{"leftover_ids": nil, "unresolved_creation_tokens": nil})
		s.Settled()
		s.ends()
	})
	t.Run("never made", func(t *testing.T) {
		t.Parallel()
		s := newStage(t, of2024(), rotatedBy("1"))
		s.Apply().Expect(0)
		s.API.Inject(fakenebula.Fault{Operation: opCreate, Drop: true})
		s.rotate("2").Expect(1)
		s.Clock.Advance(10 * time.Minute)
		s.Apply().Expect(0)
		s.is(map[string]any{"id": "3", "previous_id": "2", "unresolved_creation_tokens": nil})
		s.Settled()
		s.ends()
	})
	t.Run("destroyed before it is known", func(t *testing.T) {
		t.Parallel()
		s := newStage(t, of2024(), rotatedBy("1"))
		s.Apply().Expect(0)
		s.API.Inject(fakenebula.Fault{Operation: opCreate, Drop: true})
		s.rotate("2").Expect(1)
		s.Destroy().Expect(0, "API key may still appear", "no list shows one with its ownership marker [tf:")
		s.live()
	})
	t.Run("without a marker", func(t *testing.T) {
		t.Parallel()
		s := newStage(t, acctest.Options{Fake: of2024().Fake, Environment: map[string]string{"NEBULA_OWNERSHIP_MARKER": "false"}}, rotatedBy("1"))
		s.Apply().Expect(0)
		s.API.Inject(fakenebula.Fault{Operation: opCreate, Drop: true, Commit: true})
		s.rotate("2").Expect(1, "It may have made one of these keys, and it is not known which: 3.",
			"carries no ownership marker (ownership_marker is false), so it is not in the state")
		s.is(map[string]any{"id": "2", "previous_id": nil, "leftover_ids": nil, "unresolved_creation_tokens": nil})
		s.API.DeleteKey("3")
		s.Apply().Expect(0)
		s.is(map[string]any{"id": "4", "previous_id": "2"})
		s.Settled()
		s.ends()
	})
	t.Run("several", func(t *testing.T) {
		t.Parallel()
		s := newStage(t, of2024(), rotatedBy("1"))
		s.Apply().Expect(0)
		s.API.Inject(fakenebula.Fault{Operation: opCreate, Drop: true})
		s.rotate("2").Expect(1)
		token := s.state().Texts("unresolved_creation_tokens")[0]
		s.API.AddKey("a copy", "[tf:"+token+"]")
		s.API.AddKey("another copy", "[tf:"+token+"]")
		s.Apply().Expect(0, "Several API keys with one ownership marker", ": 3, 4. No more than one of them was made by this resource.")
		s.live("2", "3", "4", "5")
		s.is(map[string]any{"id": "5", "previous_id": "2", "unresolved_creation_tokens": []string{token}})
		s.Destroy().Expect(1, "Find out which of the keys 3, 4 are in use")
		s.API.SetDescription("3", "mine")
		s.API.SetDescription("4", "mine too")
		s.Clock.Advance(time.Hour)
		s.Destroy().Expect(0)
		s.live("3", "4")
	})
}

// The very first create is lost.
func TestAmbiguousFirstKey(t *testing.T) {
	t.Parallel()
	t.Run("made late", func(t *testing.T) {
		t.Parallel()
		s := newStage(t, of2024(), rotatedBy("1"))
		s.API.Inject(fakenebula.Fault{Operation: opCreate, Drop: true, CommitAfter: 3 * time.Minute})
		s.Apply().Expect(1, "The key is in the state as tainted")
		s.replaced(s.planned("API key not found yet"))
		s.Clock.Advance(3 * time.Minute)
		s.Apply().Expect(0)
		s.live("3")
		s.Settled()
		s.ends()
	})
	t.Run("never made", func(t *testing.T) {
		t.Parallel()
		s := newStage(t, of2024(), rotatedBy("1"))
		s.API.Inject(fakenebula.Fault{Operation: opCreate, Drop: true})
		s.Apply().Expect(1)
		s.Clock.Advance(10 * time.Minute)
		if plan := s.planned(); plan.Changes[key].Action != rehearsal.Create {
			t.Error(plan)
		}
		s.Apply().Expect(0)
		s.Settled()
		s.ends()
	})
	t.Run("without a marker", func(t *testing.T) {
		t.Parallel()
		s := newStage(t, acctest.Options{Fake: of2024().Fake, Environment: map[string]string{"NEBULA_OWNERSHIP_MARKER": "false"}}, rotatedBy("1"))
		s.API.Inject(fakenebula.Fault{Operation: opCreate, Drop: true})
		s.Apply().Expect(1)
		s.is(map[string]any{"id": nil, "creation_token": nil, "key_name": generation("ci", 0)})
		s.replaced(s.planned("API key without id", generation("ci", 0)))
		s.Apply().Expect(0, "API key without id removed from the state")
		s.Settled()
		s.ends()
	})
	t.Run("several", func(t *testing.T) {
		t.Parallel()
		s := newStage(t, of2024(), rotatedBy("1"))
		s.API.Inject(fakenebula.Fault{Operation: opCreate, Drop: true})
		s.Apply().Expect(1)
		token := s.state().Text("creation_token")
		s.API.AddKey("a copy", "[tf:"+token+"]")
		s.API.AddKey("another copy", "[tf:"+token+"]")
		s.planned("Several API keys with one ownership marker")
		s.Apply().Expect(1, "Find out which of the keys 2, 3 are in use")
		s.live("2", "3")
		s.API.SetDescription("2", "mine")
		s.API.SetDescription("3", "mine too")
		s.Clock.Advance(time.Hour)
		s.Apply().Expect(0)
		s.live("2", "3", "4")
	})
}
