package rotatingapikey_test

import (
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

const year = 365 * 24 * time.Hour

// What a machine whose clock was ahead has recorded is not believed for years:
// it is dated anew, and told.
func TestClockAhead(t *testing.T) {
	t.Parallel()
	aged := rehearsal.Args{"name": "ci", "rotate_after": "30d", "overlap": "3d"}
	const told = "Time in the state is in the future"

	t.Run("when a key was made", func(t *testing.T) {
		t.Parallel()
		s := newStage(t, acctest.Options{}, aged)
		s.ahead = year
		s.Apply().Expect(0)
		s.ahead = 0
		s.Apply().Expect(0, told, "Key 2 has the creation time 2027-11-23T01:56:00Z in the state, which is in the future.")
		s.is(map[string]any{"id": "2", "created_at": "2026-11-23T01:56:00Z", "rotate_at": "2026-12-23T01:56:00Z"})
		s.settled()
		s.Clock.Advance(month)
		s.Apply().Expect(0, "because the current key is older than rotate_after")
		s.live("2", "3")
	})
	t.Run("a minute is nothing", func(t *testing.T) {
		t.Parallel()
		s := newStage(t, acctest.Options{}, aged)
		s.ahead = time.Minute
		s.Apply().Expect(0)
		s.ahead = 0
		s.settled()
		s.Apply().Expect(0)
		s.is(map[string]any{"created_at": "2026-11-23T01:57:00Z"})
	})
	t.Run("the API knows better", func(t *testing.T) {
		t.Parallel()
		s := newStage(t, acctest.Options{Fake: fakenebula.Options{Reading: fakenebula.Reading2025}}, aged)
		id, _ := s.API.AddKey("ci", "")
		s.Clock.Advance(48 * time.Hour)
		s.importKey(id).Expect(0)
		s.is(map[string]any{"created_at": "2026-11-23T01:56:00Z"})
	})
	t.Run("when a previous key ends", func(t *testing.T) {
		t.Parallel()
		s := newStage(t, acctest.Options{}, aged)
		s.Apply().Expect(0)
		s.ahead = year
		s.Apply().Expect(0)
		s.ahead = 0
		s.Apply().Expect(0, told, "The previous key 2 would stay valid until 2027-11-26T01:56:00Z, which is later than its overlap allows: 3d.")
		s.is(map[string]any{"id": "3", "created_at": "2026-11-23T01:56:00Z", "previous_id": "2", "previous_retire_at": "2026-11-26T01:56:00Z"})
		s.settled()
		s.Clock.Advance(3*24*time.Hour - time.Second)
		s.settled()
		s.Clock.Advance(time.Second)
		s.Apply().Expect(0, "revokes these API keys: 2")
		s.live("3")
	})
	t.Run("a longer overlap is no wrong clock", func(t *testing.T) {
		t.Parallel()
		s := newStage(t, acctest.Options{}, aged)
		s.Apply().Expect(0)
		s.Clock.Advance(month)
		s.Apply().Expect(0)
		s.args = rehearsal.Args{"name": "ci", "rotate_after": "30d", "overlap": "1h"}
		s.Apply().Expect(0).ExpectNot(told)
		s.is(map[string]any{"previous_id": "2", "previous_retire_at": "2026-12-26T01:56:00Z"})
		s.settled()
	})
	t.Run("a note that something is due", func(t *testing.T) {
		t.Parallel()
		s := newStage(t, acctest.Options{}, aged)
		s.Apply().Expect(0)
		s.ahead = year
		s.Apply("-refresh-only").Expect(0)
		s.ahead = 0
		// Neither with nor without a refresh it is believed.
		s.Plan("-refresh=false").Expect(0)
		s.Apply().Expect(0, told)
		s.live("2")
		s.settled()
	})
	t.Run("an undecided entry", func(t *testing.T) {
		t.Parallel()
		s := newStage(t, of2024(), rotatedBy("1"))
		s.Apply().Expect(0)
		s.ahead = year
		s.API.Inject(fakenebula.Fault{Operation: opCreate, Drop: true})
		s.args = rotatedBy("2")
		s.Apply().Expect(1)
		s.ahead = 0
		s.args = rotatedBy("1")
		s.Apply().Expect(0)
		if len(s.state().Texts("unresolved_creation_tokens")) != 1 {
			t.Error("the marker is forgotten at once")
		}
		s.Clock.Advance(10 * time.Minute)
		s.Apply().Expect(0)
		s.is(map[string]any{"unresolved_creation_tokens": nil})
		s.settled()
	})
}

// A rotation by a machine whose clock is ahead happens once, not with every
// apply: what it noted is about the key that it rotated.
func TestClockAheadRotatesOnce(t *testing.T) {
	t.Parallel()
	s := newStage(t, acctest.Options{}, rehearsal.Args{"name": "ci", "rotate_after": "30d"})
	s.Apply().Expect(0)
	s.ahead = year
	s.Apply("-refresh-only").Expect(0)
	s.Apply("-refresh=false").Expect(0, "because the current key is older")
	s.ahead = 0
	for range 3 {
		s.Apply().Expect(0)
		s.Clock.Advance(time.Hour)
	}
	s.live("2", "3")
}

// A list that lags just after a rotation does not make the previous key
// forgotten: the age of the current key counts.
func TestPreviousKeyInALaggingList(t *testing.T) {
	t.Parallel()
	s := newStage(t, acctest.Options{}, rotatedBy("1"))
	s.Apply().Expect(0)
	s.rotate("2").Expect(0)
	until := s.Clock.Now().Add(8 * time.Second)
	s.API.Inject(fakenebula.Fault{Operation: opList, Times: -1, Omit: func(o fakenebula.Object) bool { return o.ID == "2" },
		Match: func(r fakenebula.Request) bool { return r.Time.Before(until) }})
	s.Clock.Advance(time.Second)
	s.Apply().Expect(0)
	s.is(map[string]any{"id": "3", "previous_id": "2"})
}

// The note that something is due is not written again and again, and a key that
// becomes due has one.
func TestRefreshWritesNoNews(t *testing.T) {
	t.Parallel()
	s := newStage(t, acctest.Options{}, rehearsal.Args{"name": "ci", "rotate_after": "30d"})
	s.Apply().Expect(0)
	refresh := func() string {
		t.Helper()
		s.Clock.Advance(time.Hour)
		s.Apply("-refresh-only").Expect(0)
		return string(s.Workspace.State(key).Private)
	}
	fresh := string(s.Workspace.State(key).Private)
	first := refresh()
	for range 2 {
		if again := refresh(); again != first {
			t.Errorf("refreshes change the notes: %s, then %s", first, again)
		}
	}
	s.Clock.Advance(month)
	dueOnce := refresh()
	if dueOnce == fresh {
		t.Errorf("nothing notes that the key is due: %s", dueOnce)
	}
	if again := refresh(); again != dueOnce {
		t.Errorf("the notes of a key that is due change: %s, then %s", dueOnce, again)
	}
}
