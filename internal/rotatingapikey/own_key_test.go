package rotatingapikey_test

import (
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

// The key that the provider authenticates with is not deleted by it.
func TestOwnKey(t *testing.T) {
	t.Parallel()
	s := newStage(t, acctest.Options{}, rotatedBy("1"))
	use := func(id string) {
		s.Setenv("NEBULA_API_KEY", s.API.Secret(id))
		s.API.ResetJournal()
	}
	const refused = "is the key that the provider itself authenticates with"
	writes := func(creates, deletes int) {
		t.Helper()
		if c, d := s.API.Count(opCreate), s.API.Count(opDelete); c != creates || d != deletes {
			t.Errorf("%d creates and %d deletes, want %d and %d", c, d, creates, deletes)
		}
	}
	s.Apply().Expect(0)

	use("2")
	s.Destroy().Expect(1, "Key 2 "+refused)
	writes(0, 0)
	s.rotate("2", "overlap", "0s").Expect(1, "Key 2 "+refused)
	writes(0, 0)
	// With an overlap the key only becomes the previous one.
	s.rotate("2").Expect(0)
	writes(1, 0)
	s.is(map[string]any{"id": "3", "previous_id": "2"})
	s.Settled()

	s.rotate("3").Expect(1, "Key 2 "+refused) // it would be evicted
	writes(1, 0)
	s.Destroy().Expect(1, "Key 2 "+refused)
	s.args = rotatedBy("2")
	s.Clock.Advance(48 * time.Hour)
	s.Apply().Expect(1, "Key 2 "+refused) // its time is over
	writes(1, 0)
	s.is(map[string]any{"id": "3", "previous_id": "2"})

	// The current key is deleted elsewhere: a new one takes nobody's place.
	s.API.DeleteKey("3")
	s.args = rotatedBy("2", "overlap", "72h")
	s.Apply().Expect(1, "Key 2 "+refused)
	writes(2, 0)
	s.is(map[string]any{"id": "4", "previous_id": "2"})

	use("4")
	s.Apply().Expect(0)
	writes(0, 1)
	s.live("4")
	use("1")
	s.Settled()
	s.ends()
}

// An account that may hold one key only answers a create by invalidating all
// others: the new key is what is left, and it is not lost.
func TestOneKeyAccount(t *testing.T) {
	t.Parallel()
	s := newStage(t, acctest.Options{Fake: fakenebula.Options{Keys: fakenebula.KeyOptions{OneKey: true}, Users: map[string]string{"u": "p"}},
		Environment: map[string]string{"NEBULA_API_KEY": "", "NEBULA_USERNAME": "u", "NEBULA_PASSWORD": "p"}}, rotatedBy("1"))
	s.Apply().Expect(0)
	s.rotate("2").Expect(0)
	s.is(map[string]any{"id": "3"})
	s.live("3")
	s.Settled()
	s.is(map[string]any{"id": "3"})
	s.ends()
}

// An own key that was imported is known where the list tells.
func TestImportedOwnKey(t *testing.T) {
	t.Parallel()
	s := newStage(t, acctest.Options{Fake: fakenebula.Options{Reading: fakenebula.Reading2025}}, rehearsal.Args{"name": acctest.OwnKey, "overlap": "0s", "keepers": map[string]any{"v": "1"}})
	s.importKey(ownID).Expect(0)
	s.Apply().Expect(0)
	s.Destroy().Expect(1, "Key 1 is the key that the provider itself authenticates with")
	s.args = rehearsal.Args{"name": acctest.OwnKey, "overlap": "0s", "keepers": map[string]any{"v": "2"}}
	s.Apply().Expect(1, "Key 1 is the key that the provider itself authenticates with")
	if n := s.API.Count(opCreate) + s.API.Count(opDelete); n != 0 {
		t.Errorf("%d creates and deletes", n)
	}
}
