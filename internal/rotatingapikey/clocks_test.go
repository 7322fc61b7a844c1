package rotatingapikey_test

import (
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

const year = 365 * 24 * time.Hour

// dateless is an API whose answers do not tell the time, so that each machine's
// own clock is all there is.
func dateless() acctest.Options { return acctest.Options{Fake: fakenebula.Options{Dateless: true}} }

func dateless2024() acctest.Options {
	o := dateless()
	o.Fake.Reading = fakenebula.Reading2024
	return o
}

// Where the API's answers tell the time, a machine's own clock makes no
// difference: no key is rotated or revoked before its time, and none after.
func TestTheAPIsClockCounts(t *testing.T) {
	t.Parallel()
	for name, wrong := range map[string]time.Duration{"ahead": year, "behind": -year, "a day ahead": 24 * time.Hour, "a day behind": -24 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, acctest.Options{}, rehearsal.Args{"name": "ci", "rotate_after": "30d", "overlap": "3d"})
			s.Apply().Expect(0)
			refreshed := func(wait time.Duration, live ...string) {
				t.Helper()
				s.Clock.Advance(wait)
				s.ahead = wrong
				s.Apply().Expect(0).ExpectNot("Time in the state is in the future")
				s.live(live...)
				s.ahead = 0
				s.Settled()
			}
			refreshed(time.Hour, "2")
			refreshed(month-2*time.Hour, "2")
			refreshed(time.Hour, "2", "3")
			refreshed(3*24*time.Hour-time.Minute, "2", "3")
			refreshed(time.Minute, "3")
			s.ahead = wrong
			s.args = rehearsal.Args{"name": "ci", "rotate_after": "30d", "overlap": "3d", "keepers": map[string]any{"v": "1"}}
			s.Apply().Expect(0)
			s.ahead = 0
			s.Settled()
			s.Clock.Advance(3*24*time.Hour - time.Hour)
			s.Settled()
			s.live("3", "4")
		})
	}
}

// A plan that a machine with another clock has made is carried out or refused in
// plain words. It never comes out otherwise than it was shown.
func TestPlanOfAMachineWhoseClockIsAhead(t *testing.T) {
	t.Parallel()
	s := newStage(t, dateless(), rehearsal.Args{"name": "ci", "rotate_after": "30d"})
	s.Apply().Expect(0)
	s.Clock.Advance(month - time.Hour)
	s.ahead = 2 * time.Hour
	s.Plan("-out=saved").Expect(2, "because the current key is older than rotate_after")
	s.ahead = 0
	s.Apply("saved").Expect(1, "A note that key 2 is due was written by a machine whose clock is more than five minutes ahead", "Nothing is changed.", "with a refresh")
	s.live("2")
	s.Apply().Expect(0, "The note is gone.")
	s.Settled()
	s.Clock.Advance(time.Hour)
	s.Apply().Expect(0)
	s.live("2", "3")
}

// What a machine whose clock was ahead has recorded is not believed for years:
// it is dated again, and told.
func TestClockAhead(t *testing.T) {
	t.Parallel()
	aged := rehearsal.Args{"name": "ci", "rotate_after": "30d", "overlap": "3d"}
	const told = "Time in the state is in the future"

	t.Run("when a key was made", func(t *testing.T) {
		t.Parallel()
		s := newStage(t, dateless(), aged)
		s.ahead = year
		s.Apply().Expect(0)
		s.ahead = 0
		s.Apply().Expect(0, told, "Key 2 has the creation time 2027-11-23T01:56:00Z in the state, which is in the future.")
		s.is(map[string]any{"id": "2", "created_at": "2026-11-23T01:56:00Z", "rotate_at": "2026-12-23T01:56:00Z"})
		s.Settled()
		s.Clock.Advance(month)
		s.Apply().Expect(0, "because the current key is older than rotate_after")
		s.live("2", "3")
	})
	t.Run("a minute is nothing", func(t *testing.T) {
		t.Parallel()
		s := newStage(t, dateless(), aged)
		s.ahead = time.Minute
		s.Apply().Expect(0)
		s.ahead = 0
		s.Settled()
		s.Apply().Expect(0)
		s.is(map[string]any{"created_at": "2026-11-23T01:57:00Z"})
	})
	t.Run("the API knows better", func(t *testing.T) {
		t.Parallel()
		s := newStage(t, acctest.Options{Fake: fakenebula.Options{Reading: fakenebula.Reading2025, Dateless: true}}, aged)
		id, _ := s.API.AddKey("ci", "")
		s.Clock.Advance(48 * time.Hour)
		s.importKey(id).Expect(0)
		s.is(map[string]any{"created_at": "2026-11-23T01:56:00Z"})
	})
	t.Run("when a previous key ends", func(t *testing.T) {
		t.Parallel()
		s := newStage(t, dateless(), aged)
		s.Apply().Expect(0)
		s.ahead = year
		s.Apply().Expect(0)
		s.ahead = 0
		s.Apply().Expect(0, told, "The previous key 2 would stay valid until 2027-11-26T01:56:00Z, which is later than its overlap allows: 3d.")
		s.is(map[string]any{"id": "3", "created_at": "2026-11-23T01:56:00Z", "previous_id": "2", "previous_retire_at": "2026-11-26T01:56:00Z"})
		s.Settled()
		s.Clock.Advance(3*24*time.Hour - time.Second)
		s.Settled()
		s.Clock.Advance(time.Second)
		s.Apply().Expect(0, "revokes these API keys: 2")
		s.live("3")
	})
	t.Run("a longer overlap is no wrong clock", func(t *testing.T) {
		t.Parallel()
		s := newStage(t, dateless(), aged)
		s.Apply().Expect(0)
		s.Clock.Advance(month)
		s.Apply().Expect(0)
		s.args = rehearsal.Args{"name": "ci", "rotate_after": "30d", "overlap": "1h"}
		s.Apply().Expect(0).ExpectNot(told)
		s.is(map[string]any{"previous_id": "2", "previous_retire_at": "2026-12-26T01:56:00Z"})
		s.Settled()
	})
	t.Run("a note that something is due", func(t *testing.T) {
		t.Parallel()
		s := newStage(t, dateless(), aged)
		s.Apply().Expect(0)
		s.ahead = year
		s.Apply("-refresh-only").Expect(0)
		s.ahead = 0
		// Neither with nor without a refresh it is believed.
		s.Plan("-refresh=false").Expect(1, "A note that key 2 is due was written by a machine whose clock is more than five minutes ahead")
		s.Apply().Expect(0, told)
		s.live("2")
		s.Settled()
	})
	t.Run("an undecided entry", func(t *testing.T) {
		t.Parallel()
		s := newStage(t, dateless2024(), rotatedBy("1"))
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
		s.Settled()
	})
}

// A rotation by a machine whose clock is ahead happens once, not with every
// apply: what it noted is about the key that it rotated.
func TestClockAheadRotatesOnce(t *testing.T) {
	t.Parallel()
	s := newStage(t, dateless(), rehearsal.Args{"name": "ci", "rotate_after": "30d"})
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

// A machine whose clock is behind makes tokens that look old. Its undecided
// creates are not given up at once for that: the API's answers tell the time.
func TestUndecidedCreateByAClockThatIsBehind(t *testing.T) {
	t.Parallel()
	for name, behind := range map[string]time.Duration{"a day": -24 * time.Hour, "a year": -year} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, of2024(), rotatedBy("1"))
			s.Apply().Expect(0)
			s.ahead = behind
			s.API.Inject(fakenebula.Fault{Operation: opCreate, Drop: true, CommitAfter: 2 * time.Minute})
			s.args = rotatedBy("2")
			s.Apply().Expect(1)
			s.ahead = 0
			s.args = rotatedBy("1")
			s.Apply().Expect(0)
			if len(s.state().Texts("unresolved_creation_tokens")) != 1 {
				t.Error("the marker is forgotten at once")
			}
			s.Clock.Advance(3 * time.Minute)
			s.Apply().Expect(0)
			s.live("2")
			s.is(map[string]any{"id": "2", "unresolved_creation_tokens": nil, "leftover_ids": nil})
		})
	}
}
