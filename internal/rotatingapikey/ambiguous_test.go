package rotatingapikey_test

import (
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
)

// A create that is lost in the middle of a rotation.
func TestAmbiguousRotation(t *testing.T) {
	t.Parallel()
	t.Run("made", func(t *testing.T) {
		t.Parallel()
		s := newStage(t, acctest.Options{}, kept("1"))
		s.Apply().Expect(0)
		s.API.Inject(fakenebula.Fault{Operation: opCreate, Drop: true, Commit: true})
		s.rotate("2").Expect(0)
		s.is(map[string]any{"id": "4", "previous_id": "2"})
		s.live("2", "4")
		s.settled()
		s.ends()
	})
	t.Run("made late", func(t *testing.T) {
		t.Parallel()
		s := newStage(t, acctest.Options{}, kept("1"))
		s.Apply().Expect(0)
		s.API.Inject(fakenebula.Fault{Operation: opCreate, Drop: true, CommitAfter: 3 * time.Minute})
		s.rotate("2").Expect(1, "No list has shown a new key, but one may still appear.", "The current key stays current")
		tokens := s.State(address).Object.Texts("unresolved_creation_tokens")
		if len(tokens) != 1 {
			t.Fatalf("unresolved_creation_tokens is %v", tokens)
		}
		s.is(map[string]any{"id": "2", "previous_id": nil})
		// The next apply need not wait for it.
		s.Apply().Expect(0)
		s.is(map[string]any{"id": "3", "previous_id": "2", "unresolved_creation_tokens": tokens})
		s.settled()
		s.Clock.Advance(4 * time.Minute)
		s.live("2", "3", "4")
		s.changes("leftover_ids")
		s.Apply().Expect(0)
		s.live("2", "3")
		s.is(map[string]any{"leftover_ids": nil, "unresolved_creation_tokens": nil})
		s.settled()
		s.ends()
	})
	t.Run("never made", func(t *testing.T) {
		t.Parallel()
		s := newStage(t, acctest.Options{}, kept("1"))
		s.Apply().Expect(0)
		s.API.Inject(fakenebula.Fault{Operation: opCreate, Drop: true})
		s.rotate("2").Expect(1)
		s.Clock.Advance(10 * time.Minute)
		s.Apply().Expect(0)
		s.is(map[string]any{"id": "3", "previous_id": "2", "unresolved_creation_tokens": nil})
		s.settled()
		s.ends()
	})
	t.Run("destroyed before it is known", func(t *testing.T) {
		t.Parallel()
		s := newStage(t, acctest.Options{}, kept("1"))
		s.Apply().Expect(0)
		s.API.Inject(fakenebula.Fault{Operation: opCreate, Drop: true})
		s.rotate("2").Expect(1)
		s.Destroy().Expect(0, "API key may still appear", "no list shows one with its ownership marker [tf:")
		s.live()
	})
	t.Run("without a marker", func(t *testing.T) {
		t.Parallel()
		s := newStage(t, acctest.Options{Environment: map[string]string{"NEBULA_OWNERSHIP_MARKER": "false"}}, kept("1"))
		s.Apply().Expect(0)
		s.API.Inject(fakenebula.Fault{Operation: opCreate, Drop: true, Commit: true})
		s.rotate("2").Expect(1, "It may have made one of these keys, but which one could not be established: 3.",
			"carries no ownership marker (ownership_marker is false), so it is not recorded")
		s.is(map[string]any{"id": "2", "previous_id": nil, "leftover_ids": nil, "unresolved_creation_tokens": nil})
		s.API.DeleteKey("3")
		s.Apply().Expect(0)
		s.is(map[string]any{"id": "4", "previous_id": "2"})
		s.settled()
		s.ends()
	})
	t.Run("several", func(t *testing.T) {
		t.Parallel()
		s := newStage(t, acctest.Options{}, kept("1"))
		s.Apply().Expect(0)
		s.API.Inject(fakenebula.Fault{Operation: opCreate, Drop: true})
		s.rotate("2").Expect(1)
		token := s.State(address).Object.Texts("unresolved_creation_tokens")[0]
		s.API.AddKey("a copy", "[tf:"+token+"]")
		s.API.AddKey("another copy", "[tf:"+token+"]")
		s.Apply().Expect(0, "Several API keys with one ownership marker", "The keys 3, 4")
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
		s := newStage(t, acctest.Options{}, kept("1"))
		s.API.Inject(fakenebula.Fault{Operation: opCreate, Drop: true, CommitAfter: 3 * time.Minute})
		s.Apply().Expect(1, "The key is recorded as tainted")
		s.Plan().Expect(2, "API key not found yet", "replace")
		s.Clock.Advance(3 * time.Minute)
		s.Apply().Expect(0)
		s.live("3")
		s.settled()
		s.ends()
	})
	t.Run("never made", func(t *testing.T) {
		t.Parallel()
		s := newStage(t, acctest.Options{}, kept("1"))
		s.API.Inject(fakenebula.Fault{Operation: opCreate, Drop: true})
		s.Apply().Expect(1)
		s.Clock.Advance(10 * time.Minute)
		s.Plan().Expect(2, "create")
		s.Apply().Expect(0)
		s.settled()
		s.ends()
	})
	t.Run("without a marker", func(t *testing.T) {
		t.Parallel()
		s := newStage(t, acctest.Options{Environment: map[string]string{"NEBULA_OWNERSHIP_MARKER": "false"}}, kept("1"))
		s.API.Inject(fakenebula.Fault{Operation: opCreate, Drop: true})
		s.Apply().Expect(1)
		s.is(map[string]any{"id": nil, "creation_token": nil, "key_name": generation("ci", 0)})
		s.Plan().Expect(2, "API key without id", generation("ci", 0), "replace")
		s.Apply().Expect(0, "API key without id forgotten")
		s.settled()
		s.ends()
	})
	t.Run("several", func(t *testing.T) {
		t.Parallel()
		s := newStage(t, acctest.Options{}, kept("1"))
		s.API.Inject(fakenebula.Fault{Operation: opCreate, Drop: true})
		s.Apply().Expect(1)
		token := s.State(address).Object.Text("creation_token")
		s.API.AddKey("a copy", "[tf:"+token+"]")
		s.API.AddKey("another copy", "[tf:"+token+"]")
		s.Plan().Expect(2, "Several API keys with one ownership marker")
		s.Apply().Expect(1, "Find out which of the keys 2, 3 are in use")
		s.live("2", "3")
		s.API.SetDescription("2", "mine")
		s.API.SetDescription("3", "mine too")
		s.Clock.Advance(time.Hour)
		s.Apply().Expect(0)
		s.live("2", "3", "4")
	})
}
