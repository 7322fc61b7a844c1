package rotatingapikey_test

import (
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
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
			b := newBench(t, acctest.Options{}, rotatedBy("1"))
			b.Apply().Expect(0)
			before := b.State()[address].Attributes
			b.API.Inject(test.faults...)
			b.rotate("2").Expect(1, append(test.texts, "Unable to rotate API key")...)
			after := b.State()[address].Attributes
			for name, value := range before {
				if name != "leftover_ids" && name != "keepers" && name != "age_recipients" && name != "timeouts" && after[name] != value {
					t.Errorf("%s was %v and is %v", name, value, after[name])
				}
			}
			if test.left == nil {
				b.is(map[string]any{"leftover_ids": nil})
				b.live("2")
			} else {
				b.is(map[string]any{"leftover_ids": test.left})
				b.live(append([]string{"2"}, test.left...)...)
			}
			// Once the API is itself again the rotation takes place.
			b.API.ClearFaults()
			b.Plan().Expect(2, "will be updated in-place")
			b.Apply().Expect(0)
			b.is(map[string]any{"id": "4", "previous_id": "2", "leftover_ids": nil})
			b.live("2", "4")
			b.settled()
			b.ends()
		})
	}
}

// A key that is slow to be known everywhere is waited for.
func TestNewKeyIsAcceptedLate(t *testing.T) {
	t.Parallel()
	b := newBench(t, acctest.Options{}, rotatedBy("1"))
	b.Apply().Expect(0)
	b.API.Inject(fakenebula.Fault{Operation: opList, Match: isVerify, Answer: fakenebula.Failed(401, "no such key"), Times: 3})
	b.rotate("2").Expect(0)
	b.is(map[string]any{"id": "3", "previous_id": "2"})
	b.settled()
	b.ends()
}

// A previous key that cannot be deleted is kept in state and tried again.
func TestPreviousKeyIsNotForgotten(t *testing.T) {
	t.Parallel()
	b := newBench(t, acctest.Options{}, rotatedBy("1"))
	b.Apply().Expect(0)
	b.rotate("2").Expect(0)
	b.Clock.Advance(24 * time.Hour)
	b.API.Inject(fakenebula.Fault{Operation: opDelete, Answer: fakenebula.Failed(403, "no")})
	b.Apply().Expect(1, "The previous key 2 could not be deleted", "Key 2 stays recorded as the previous key: it may still be valid. The next apply tries again.")
	b.is(map[string]any{"id": "3", "previous_id": "2"})
	b.live("2", "3")
	b.Plan().Expect(2, `- previous_id = "2" -> null`)
	b.Apply().Expect(0)
	b.is(map[string]any{"id": "3", "previous_id": nil, "previous_key": nil})
	b.live("3")
	b.settled()
	b.ends()
}

// The same without an overlap, and for a key that a rotation evicts.
func TestEvictedKeyIsNotForgotten(t *testing.T) {
	t.Parallel()
	b := newBench(t, acctest.Options{}, rotatedBy("1"))
	b.Apply().Expect(0)
	b.rotate("2").Expect(0)
	b.API.Inject(fakenebula.Fault{Operation: opDelete, Answer: fakenebula.Failed(403, "no"), Times: 2})
	b.rotate("3").Expect(1, "The superseded key 2 could not be deleted", "leftover_ids")
	b.is(map[string]any{"id": "4", "previous_id": "3", "leftover_ids": []string{"2"}})
	b.live("2", "3", "4")
	b.Apply().Expect(1, "The superseded key 2 could not be deleted")
	b.Plan().Expect(2, "leftover_ids", "will be updated in-place")
	b.Apply().Expect(0)
	b.is(map[string]any{"id": "4", "previous_id": "3", "leftover_ids": nil})
	b.settled()

	// In an incident: all that is old goes, and what does not is kept in mind.
	b.API.Inject(fakenebula.Fault{Operation: opDelete, Answer: fakenebula.Failed(403, "no"), Times: 2})
	b.rotate("4", `overlap = "0s"`).Expect(1, "The previous key 4 could not be deleted", "The superseded key 3 could not be deleted")
	b.is(map[string]any{"id": "5", "previous_id": "4", "leftover_ids": []string{"3"}})
	b.Plan().Expect(2, "will be updated in-place")
	b.Apply().Expect(0)
	b.live("5")
	b.settled()
	b.ends()
}

// A key that no list shows yet is not taken for deleted when the answer to its
// deletion is lost.
func TestHiddenKeyIsNotForgotten(t *testing.T) {
	t.Parallel()
	b := newBench(t, acctest.Options{Fake: fakenebula.Options{HideNewFor: 8 * time.Second}, Environment: map[string]string{"NEBULA_MAX_RETRIES": "0"}}, rotatedBy("1"))
	b.Apply().Expect(0)
	b.API.Inject(fakenebula.Fault{Operation: opDelete, Drop: true})
	b.Write("main.tf", rotatedBy("2", `overlap = "0s"`))
	b.Apply("-refresh=false").Expect(1, "Key 2 stays recorded as the previous key", "The list of keys still shows the key.")
	b.is(map[string]any{"id": "3", "previous_id": "2"})
	b.live("2", "3")
	b.Apply().Expect(0)
	b.live("3")
	b.settled()
	b.ends()
}

// Destroying takes every key, and keeps those in state that stay.
func TestDestroyForgetsNothing(t *testing.T) {
	t.Parallel()
	b := newBench(t, acctest.Options{}, rotatedBy("1"))
	b.Apply().Expect(0)
	b.rotate("2").Expect(0)
	refuse := func(id string) fakenebula.Fault {
		return fakenebula.Fault{Operation: opDelete, Match: func(r fakenebula.Request) bool { return r.ObjectID == id }, Answer: fakenebula.Failed(403, "no")}
	}
	b.API.Inject(refuse("2"))
	b.rotate("3").Expect(1)
	b.live("2", "3", "4")
	b.API.Inject(refuse("2"), refuse("3"))
	b.Destroy().Expect(1, "The superseded key 2 could not be deleted", "The previous key 3 could not be deleted")
	b.is(map[string]any{"id": nil, "previous_id": "3", "leftover_ids": []string{"2"}})
	b.live("2", "3")
	b.API.Inject(refuse("3"))
	b.Destroy().Expect(1)
	b.live("3")
	b.ends()
	if len(b.State()) != 0 {
		t.Errorf("the state holds %v", b.State())
	}
}
