package rotatingapikey_test

import (
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

// A new key that the API does not accept goes, and the old one stays current.
func TestRollBack(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		faults []fakenebula.Fault
		texts  []string
		left   []string // leftover_ids
	}{
		"not accepted": {[]fakenebula.Fault{{Operation: opList, Match: isVerify, Answer: fakenebula.Failed(401, "no such key"), Times: -1}},
			[]string{"The new key 3 was made, but did not prove to work", "HTTP 401", "The current key stays current. The new one was deleted again."}, nil},
		"no answer": {[]fakenebula.Fault{{Operation: opList, Match: isVerify, Drop: true, Times: -1}},
			[]string{"did not prove to work", "The new one was deleted again"}, nil},
		"not accepted, not deleted": {[]fakenebula.Fault{
			{Operation: opList, Match: isVerify, Answer: fakenebula.Failed(401, "no such key"), Times: -1},
			{Operation: opDelete, Answer: fakenebula.Failed(403, "no")}},
			[]string{"The new key 3 could not be deleted; it is recorded in leftover_ids, and the next apply tries again."}, []string{"3"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, acctest.Options{}, kept("1"))
			s.Apply().Expect(0)
			before := s.State(address).Object
			s.API.Inject(test.faults...)
			s.rotate("2").Expect(1, append(test.texts, "Unable to rotate API key")...)
			after := s.State(address).Object
			for name, value := range before {
				if name != "leftover_ids" && !value.Equal(after[name]) {
					t.Errorf("%s was %v and is %v", name, value, after[name])
				}
			}
			if test.left == nil {
				s.is(map[string]any{"leftover_ids": nil})
				s.live("2")
			} else {
				s.is(map[string]any{"leftover_ids": test.left})
				s.live(append([]string{"2"}, test.left...)...)
			}
			// Once the API is itself again the rotation takes place.
			s.API.ClearFaults()
			s.Plan().Expect(2)
			s.Apply().Expect(0)
			s.is(map[string]any{"id": "4", "previous_id": "2", "leftover_ids": nil})
			s.live("2", "4")
			s.settled()
			s.ends()
		})
	}
}

// A key that is slow to be known everywhere is waited for.
func TestNewKeyIsAcceptedLate(t *testing.T) {
	t.Parallel()
	s := newStage(t, acctest.Options{}, kept("1"))
	s.Apply().Expect(0)
	s.API.Inject(fakenebula.Fault{Operation: opList, Match: isVerify, Answer: fakenebula.Failed(401, "no such key"), Times: 3})
	s.rotate("2").Expect(0)
	s.is(map[string]any{"id": "3", "previous_id": "2"})
	s.settled()
	s.ends()
}

// A previous key that cannot be deleted is kept in state and tried again.
func TestPreviousKeyIsNotForgotten(t *testing.T) {
	t.Parallel()
	s := newStage(t, acctest.Options{}, kept("1"))
	s.Apply().Expect(0)
	s.rotate("2").Expect(0)
	s.Clock.Advance(24 * time.Hour)
	s.API.Inject(fakenebula.Fault{Operation: opDelete, Answer: fakenebula.Failed(403, "no")})
	s.Apply().Expect(1, "The previous key 2 could not be deleted", "Key 2 stays recorded as the previous key: it may still be valid. The next apply tries again.")
	s.is(map[string]any{"id": "3", "previous_id": "2"})
	s.live("2", "3")
	s.Plan().Expect(2)
	s.Apply().Expect(0)
	s.is(map[string]any{"id": "3", "previous_id": nil, "previous_key": nil})
	s.live("3")
	s.settled()
	s.ends()
}

// The same without an overlap, and for a key that a rotation evicts.
func TestEvictedKeyIsNotForgotten(t *testing.T) {
	t.Parallel()
	s := newStage(t, acctest.Options{}, kept("1"))
	s.Apply().Expect(0)
	s.rotate("2").Expect(0)
	s.API.Inject(fakenebula.Fault{Operation: opDelete, Answer: fakenebula.Failed(403, "no"), Times: 2})
	s.rotate("3").Expect(1, "The superseded key 2 could not be deleted", "leftover_ids")
	s.is(map[string]any{"id": "4", "previous_id": "3", "leftover_ids": []string{"2"}})
	s.live("2", "3", "4")
	s.Apply().Expect(1, "The superseded key 2 could not be deleted")
	s.changes("leftover_ids")
	s.Apply().Expect(0)
	s.is(map[string]any{"id": "4", "previous_id": "3", "leftover_ids": nil})
	s.settled()

	// In an incident: all that is old goes, and what does not is kept in mind.
	s.API.Inject(fakenebula.Fault{Operation: opDelete, Answer: fakenebula.Failed(403, "no"), Times: 2})
	s.rotate("4", atOnce).Expect(1, "The previous key 4 could not be deleted", "The superseded key 3 could not be deleted")
	s.is(map[string]any{"id": "5", "previous_id": "4", "leftover_ids": []string{"3"}})
	s.Plan().Expect(2)
	s.Apply().Expect(0)
	s.live("5")
	s.settled()
	s.ends()
}

// A key that no list shows yet is not taken for deleted when the answer to its
// deletion is lost.
func TestHiddenKeyIsNotForgotten(t *testing.T) {
	t.Parallel()
	s := newStage(t, acctest.Options{Fake: fakenebula.Options{HideNewFor: 8 * time.Second}, Environment: map[string]string{"NEBULA_MAX_RETRIES": "0"}}, kept("1"))
	s.Apply().Expect(0)
	s.API.Inject(fakenebula.Fault{Operation: opDelete, Drop: true})
	s.Configure(address, kept("2", atOnce))
	s.Apply(rehearsal.Options{NoRefresh: true}).Expect(1, "Key 2 stays recorded as the previous key", "The list of keys still shows the key.")
	s.is(map[string]any{"id": "3", "previous_id": "2"})
	s.live("2", "3")
	s.Apply().Expect(0)
	s.live("3")
	s.settled()
	s.ends()
}

// Destroying takes every key, and keeps those in state that stay.
func TestDestroyForgetsNothing(t *testing.T) {
	t.Parallel()
	s := newStage(t, acctest.Options{}, kept("1"))
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
	if len(s.Stored()) != 0 {
		t.Errorf("the state holds %v", s.Stored())
	}
}
