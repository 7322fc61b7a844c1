package rotatingapikey_test

import (
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
)

// The key that the provider authenticates with is not deleted by it.
func TestOwnKey(t *testing.T) {
	t.Parallel()
	s := newStage(t, options{}, rotatedBy("1"))
	use := func(id string) {
		s.environment["NEBULA_API_KEY"] = s.api.Secret(id)
		s.api.ResetJournal()
	}
	const refused = "is the key that the provider itself authenticates with"
	writes := func(creates, deletes int) {
		t.Helper()
		if c, d := s.api.Count(opCreate), s.api.Count(opDelete); c != creates || d != deletes {
			t.Errorf("%d creates and %d deletes, want %d and %d", c, d, creates, deletes)
		}
	}
	s.apply().ok()

	use("2")
	s.destroy().fails("Key 2 " + refused)
	writes(0, 0)
	s.rotate("2", "overlap", "0s").fails("Key 2 " + refused)
	writes(0, 0)
	// With an overlap the key only becomes the previous one.
	s.rotate("2").ok()
	writes(1, 0)
	s.is(map[string]any{"id": "3", "previous_id": "2"})
	s.settled()

	s.rotate("3").fails("Key 2 " + refused) // it would be evicted
	writes(1, 0)
	s.destroy().fails("Key 2 " + refused)
	s.args = rotatedBy("2")
	s.advance(48 * time.Hour)
	s.apply().fails("Key 2 " + refused) // its time is over
	writes(1, 0)
	s.is(map[string]any{"id": "3", "previous_id": "2"})

	// The current key is deleted elsewhere: a new one takes nobody's place.
	s.api.DeleteKey("3")
	s.args = rotatedBy("2", "overlap", "72h")
	s.apply().fails("Key 2 " + refused)
	writes(2, 0)
	s.is(map[string]any{"id": "4", "previous_id": "2"})

	use("4")
	s.apply().ok()
	writes(0, 1)
	s.live("4")
	use("1")
	s.settled()
	s.ends()
}

// An account that may hold one key only answers a create by invalidating all
// others: the new key is what is left, and it is not lost.
func TestOneKeyAccount(t *testing.T) {
	t.Parallel()
	s := newStage(t, options{fake: fakenebula.Options{Keys: fakenebula.KeyOptions{OneKey: true}, Users: map[string]string{"u": "p"}},
		environment: map[string]string{"NEBULA_API_KEY": "", "NEBULA_USERNAME": "u", "NEBULA_PASSWORD": "p"}}, rotatedBy("1"))
	s.apply().ok()
	s.rotate("2").ok()
	s.is(map[string]any{"id": "3"})
	s.live("3")
	s.settled()
	s.is(map[string]any{"id": "3"})
	s.ends()
}
