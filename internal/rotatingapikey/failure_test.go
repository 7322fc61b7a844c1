package rotatingapikey_test

import (
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

// notAccepted refuses every new key.
var notAccepted = fakenebula.Fault{Operation: opList, Match: isVerify, Answer: fakenebula.Failed(401, "no such key"), Times: -1}

// A new key that the API does not accept goes, and the old one stays current.
func TestRollBack(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		faults []fakenebula.Fault
		texts  []string
		stays  bool // the new key
	}{
		"not accepted": {[]fakenebula.Fault{notAccepted},
			[]string{"The new key 3 was made, but the API did not accept it", "did not accept it within", "HTTP 401", "it is the new key that is not", "The current key stays current. The new one was deleted again."}, false},
		"no answer": {[]fakenebula.Fault{{Operation: opList, Match: isVerify, Drop: true, Times: -1}},
			[]string{"but the API did not accept it", "The new one was deleted again"}, false},
		"not accepted, not deleted": {[]fakenebula.Fault{notAccepted, {Operation: opDelete, Answer: fakenebula.Failed(403, "no")}},
			[]string{"The new key 3 could not be deleted", "Its marker is in unresolved_creation_tokens, and an apply that finds the key deletes it."}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, of2024(), rotatedBy("1"))
			s.Apply().Expect(0)
			before := s.state()
			s.API.Inject(test.faults...)
			s.rotate("2").Expect(1, append(test.texts, "Unable to rotate API key")...).ExpectNot("Set NEBULA_API_KEY")
			for name, value := range before {
				if name != "unresolved_creation_tokens" && !value.Equal(s.state()[name]) {
					t.Errorf("%s was %v and is %v", name, value, s.state()[name])
				}
			}
			if test.stays {
				s.live("2", "3")
			} else {
				s.is(map[string]any{"unresolved_creation_tokens": nil})
				s.live("2")
			}
			// Once the API is itself again the rotation takes place, and what is
			// left goes.
			s.API.ClearFaults()
			s.Apply().Expect(0)
			s.is(map[string]any{"id": "4", "previous_id": "2", "leftover_ids": nil, "unresolved_creation_tokens": nil, "generation": 2})
			s.live("2", "4")
			s.Settled()
			s.ends()
		})
	}
}

// A key that is slow to be known everywhere is waited for: a minute, or as long
// as the user says.
func TestNewKeyIsAcceptedLate(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		after    time.Duration
		timeouts any
		accepted bool
	}{
		"half a minute":                    {30 * time.Second, nil, true},
		"two minutes":                      {2 * time.Minute, nil, false},
		"two minutes of a longer time-out": {2 * time.Minute, rehearsal.Args{"update": "5m"}, true},
		"beyond that time-out":             {6 * time.Minute, rehearsal.Args{"update": "5m"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, acctest.Options{}, rotatedBy("1"))
			s.Apply().Expect(0)
			until := s.Clock.Now().Add(time.Hour + test.after)
			s.API.Inject(fakenebula.Fault{Operation: opList, Answer: fakenebula.Failed(401, "no such key"), Times: -1,
				Match: func(r fakenebula.Request) bool { return isVerify(r) && r.Time.Before(until) }})
			if !test.accepted {
				s.rotate("2", "timeouts", test.timeouts).Expect(1, "did not accept it within")
				s.is(map[string]any{"id": "2", "previous_id": nil, "leftover_ids": nil})
				return
			}
			s.rotate("2", "timeouts", test.timeouts).Expect(0)
			s.is(map[string]any{"id": "3", "previous_id": "2"})
			s.Settled()
			s.ends()
		})
	}
}

// A previous key that cannot be deleted is kept in state and tried again.
func TestPreviousKeyIsNotForgotten(t *testing.T) {
	t.Parallel()
	s := newStage(t, acctest.Options{}, rotatedBy("1"))
	s.Apply().Expect(0)
	s.rotate("2").Expect(0)
	s.Clock.Advance(24 * time.Hour)
	s.API.Inject(fakenebula.Fault{Operation: opDelete, Answer: fakenebula.Failed(403, "no")})
	s.Apply().Expect(1, "The previous key 2 could not be deleted", "Key 2 stays in the state as the previous key: it may still be valid. The next apply tries again.")
	s.is(map[string]any{"id": "3", "previous_id": "2"})
	s.live("2", "3")
	s.changesOf(s.planned(`revokes these API keys: 2 ("`+generation("ci", 0)+`")`), append([]string{"ids", "rotation"}, previous...)...)
	s.Apply().Expect(0)
	s.is(map[string]any{"id": "3", "previous_id": nil, "previous_key": nil})
	s.live("3")
	s.Settled()
	s.ends()
}

// The same without an overlap, and for a key that a rotation evicts.
func TestEvictedKeyIsNotForgotten(t *testing.T) {
	t.Parallel()
	s := newStage(t, acctest.Options{}, rotatedBy("1"))
	s.Apply().Expect(0)
	s.rotate("2").Expect(0)
	s.API.Inject(fakenebula.Fault{Operation: opDelete, Answer: fakenebula.Failed(403, "no"), Times: 2})
	s.rotate("3").Expect(1, "The superseded key 2 could not be deleted", "leftover_ids")
	s.is(map[string]any{"id": "4", "previous_id": "3", "leftover_ids": []string{"2"}})
	s.live("2", "3", "4")
	s.Apply().Expect(1, "The superseded key 2 could not be deleted")
	s.changesOf(s.planned(`revokes these API keys: 2 ("`+generation("ci", 0)+`")`), "ids", "leftover_ids")
	s.Apply().Expect(0)
	s.is(map[string]any{"id": "4", "previous_id": "3", "leftover_ids": nil})
	s.Settled()

	// In an incident: all that is old goes, and what does not is kept in mind.
	s.API.Inject(fakenebula.Fault{Operation: opDelete, Answer: fakenebula.Failed(403, "no"), Times: 2})
	s.rotate("4", "overlap", "0s").Expect(1, "The previous key 4 could not be deleted", "The superseded key 3 could not be deleted")
	s.is(map[string]any{"id": "5", "previous_id": "4", "leftover_ids": []string{"3"}})
	s.planned("revokes these API keys: 4 (\"ci-")
	s.Apply().Expect(0)
	s.live("5")
	s.Settled()
	s.ends()
}

// A key that no list shows yet is not taken for deleted when the answer to its
// deletion is lost.
func TestHiddenKeyIsNotForgotten(t *testing.T) {
	t.Parallel()
	s := newStage(t, acctest.Options{Fake: fakenebula.Options{HideNewFor: 8 * time.Second}, Environment: map[string]string{"NEBULA_MAX_RETRIES": "0"}}, rotatedBy("1"))
	s.Apply().Expect(0)
	s.API.Inject(fakenebula.Fault{Operation: opDelete, Drop: true})
	s.args = rotatedBy("2", "overlap", "0s")
	s.Apply("-refresh=false").Expect(1, "Key 2 stays in the state as the previous key", "The list of keys still shows the key.")
	s.is(map[string]any{"id": "3", "previous_id": "2"})
	s.live("2", "3")
	s.Apply().Expect(0)
	s.live("3")
	s.Settled()
	s.ends()
}

// Destroying takes every key, and keeps those in state that stay.
func TestDestroyForgetsNothing(t *testing.T) {
	t.Parallel()
	s := newStage(t, acctest.Options{}, rotatedBy("1"))
	s.Apply().Expect(0)
	s.rotate("2").Expect(0)
	refuse := func(id string) fakenebula.Fault {
		return fakenebula.Fault{Operation: opDelete, Match: func(r fakenebula.Request) bool { return r.ObjectID == id }, Answer: fakenebula.Failed(403, "no")}
	}
	s.API.Inject(refuse("2"))
	s.rotate("3").Expect(1)
	s.live("2", "3", "4")
	s.API.Inject(refuse("2"), refuse("3"))
	s.Destroy().Expect(1, "The superseded key 2 could not be deleted", "The previous key 3 could not be deleted")
	s.is(map[string]any{"id": nil, "previous_id": "3", "leftover_ids": []string{"2"}})
	s.live("2", "3")
	s.API.Inject(refuse("3"))
	s.Destroy().Expect(1)
	s.live("3")
	s.ends()
	if left := s.Stored(); len(left) != 0 {
		t.Errorf("the state holds %v", left)
	}
}
