package rotatingapikey_test

import (
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

// With retire_previous = "handover" the resource leaves the previous key to a
// hand-over, and rotates no further before that.
func TestRetireByHandover(t *testing.T) {
	t.Parallel()
	args := func(more ...any) rehearsal.Args {
		all := rotatedBy("1", append([]any{"rotate_after", "30d", "overlap", "3d", "retire_previous", "handover"}, more...)...)
		return all
	}
	v := func(value string) map[string]any { return map[string]any{"v": value} }
	start := func(t *testing.T) *stage {
		t.Helper()
		s := newStage(t, acctest.Options{}, args())
		s.Apply().Expect(0)
		s.Clock.Advance(month)
		s.Apply().Expect(0)
		s.is(map[string]any{"id": "3", "previous_id": "2"})
		return s
	}
	t.Run("the previous key stays", func(t *testing.T) {
		t.Parallel()
		s := start(t)
		s.Clock.Advance(20 * 24 * time.Hour)
		s.Settled()
		s.live("2", "3")
	})
	t.Run("the next rotation waits, and the plan says why", func(t *testing.T) {
		t.Parallel()
		s := start(t)
		s.Clock.Advance(month)
		s.Apply().Expect(0, "Rotation waits for the hand-over", `Key 3 ("ci-20261223T015600Z") is due for rotation since 2027-01-22T01:56:00Z. Its previous key 2 ("ci-20261123T015600Z") is still there`).
			ExpectNot("Apply again")
		s.live("2", "3")
		// Once the previous key is gone it takes place.
		s.API.DeleteKey("2")
		s.Apply().Expect(0, "because the current key is older than rotate_after")
		s.is(map[string]any{"id": "4", "previous_id": "3", "generation": 3})
	})
	t.Run("who asks for a rotation is told what to do first", func(t *testing.T) {
		t.Parallel()
		s := start(t)
		for _, asked := range []rehearsal.Args{args("keepers", v("2")), args("name", "cd"), args("description", "new")} {
			s.args = asked
			s.Apply().Expect(1, "Unable to rotate API key before its hand-over", "apply its nebula_api_key_handover", `set overlap to "0s"`)
			s.live("2", "3")
		}
		s.args = args("keepers", v("2"), "overlap", "0s")
		s.Apply().Expect(0, "revokes these API keys: 3 (\"ci-20261223T015600Z\"), 2 (\"ci-20261123T015600Z\")")
		s.live("4")
		s.Settled()
	})
	t.Run("a current key that is gone is replaced at once", func(t *testing.T) {
		t.Parallel()
		s := start(t)
		s.API.DeleteKey("3")
		s.Clock.Advance(5 * 24 * time.Hour)
		s.Apply().Expect(0, "because the current one was deleted elsewhere")
		s.is(map[string]any{"id": "4", "previous_id": "2"})
		s.live("2", "4")
	})
	t.Run("given up", func(t *testing.T) {
		t.Parallel()
		s := start(t)
		s.Clock.Advance(3 * 24 * time.Hour)
		s.Settled()
		s.args = args("retire_previous", "overlap")
		s.Apply().Expect(0, "revokes these API keys: 2")
		s.live("3")
		s.Settled()
	})
	t.Run("destroyed", func(t *testing.T) {
		t.Parallel()
		s := start(t)
		s.ends()
	})
}
