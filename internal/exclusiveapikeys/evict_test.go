package exclusiveapikeys_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

var noRetries = map[string]string{"NEBULA_MAX_RETRIES": "0"}

// Between a plan and its apply a foreign actor adds, removes and renames keys:
// exactly what the plan named and is still the same goes.
func TestForeignActorBetweenPlanAndApply(t *testing.T) {
	t.Parallel()
	s, ids := lookedAt(t, acctest.Options{}, "goes", "gone by then", "renamed")
	s.Plan("-out=saved").Expect(2)
	late := add(s.World, "late")[0]
	s.API.DeleteKey(ids[1])
	s.API.SetName(ids[2], "production")
	s.Apply("saved").Expect(1,
		`Key `+ids[2]+` is named "production" now, and the plan showed it as "renamed".`,
		`This apply deleted: `+ids[0]+` ("goes"). Still in unmanaged: `+ids[2]+` ("renamed").`,
		"Plan again")
	expectDeletes(t, s.World, ids[0])
	expectKeys(t, s.World, "production", "late")
	expectUnmanaged(t, s, ids[2], "renamed")
	s.Plan().Expect(2, ids[2]+` ("production"), `+late+` ("late")`)
	s.Apply().Expect(0)
	expectDeletes(t, s.World, ids[2], late)
	s.Plan().Expect(0)
}

// The same while the apply runs.
func TestForeignActorDuringApply(t *testing.T) {
	t.Parallel()
	s, ids := lookedAt(t, acctest.Options{}, "a", "b", "c")
	s.API.OnRequest(func(r fakenebula.Request) {
		if r.Operation == fakenebula.OpDeleteKey && r.ObjectID == ids[0] {
			add(s.World, "in between")
			s.API.DeleteKey(ids[1])
		}
	})
	s.Apply().Expect(0)
	// b was there when the apply looked; that it is gone is no error.
	expectDeletes(t, s.World, ids...)
	expectKeys(t, s.World, "in between")
	expectUnmanaged(t, s)
	s.Plan().Expect(2, `("in between")`)
}

// What an apply looks at is a list of now, not that of its refresh.
func TestAppliesFromAListOfNow(t *testing.T) {
	t.Parallel()
	s, ids := lookedAt(t, acctest.Options{Fake: fakenebula.Options{Reading: fakenebula.Reading2024}}, "a", "b")
	s.Plan("-out=saved").Expect(2)
	s.API.SetName(ids[0], "production")
	s.API.ResetJournal()
	s.Apply("saved").Expect(1, "is named \"production\" now")
	if n := s.API.Count(fakenebula.OpListKeys); n != 1 {
		t.Errorf("an apply makes %d lists, want one", n)
	}
	expectDeletes(t, s.World, ids[1])
}

// A key that the API will not delete does not protect the others, whatever is
// wrong with it, and stays in the state.
func TestOneKeyThatStays(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]fakenebula.Answer{
		"not allowed":           fakenebula.Failed(403, "belongs to another team"),
		"a conflict":            fakenebula.Failed(400, "in use"),
		"always a server error": fakenebula.HTML(503),
		"not found, and listed": fakenebula.Failed(404, "no such key"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, ids := lookedAt(t, acctest.Options{Environment: noRetries}, "locked", "b", "c")
			s.API.Inject(refuseDelete(ids[0], answer))
			for range 2 {
				s.Apply().Expect(1, "Unable to delete unmanaged API keys", `Key `+ids[0]+` ("locked") may still be valid.`, `Still in unmanaged: `+ids[0]+` ("locked").`)
				expectKeys(t, s.World, "locked")
				expectUnmanaged(t, s, ids[0], "locked")
			}
			s.API.ClearFaults()
			s.Apply().Expect(0)
			expectKeys(t, s.World)
			s.Plan().Expect(0)
		})
	}
}

// A key with an id that no request can carry is shown, and stops nothing.
func TestOddID(t *testing.T) {
	t.Parallel()
	s, ids := newStage(t, acctest.Options{}, "a", "b")
	const odd = "../../login"
	s.API.Inject(fakenebula.Fault{Operation: fakenebula.OpListKeys, Times: -1, Rewrite: func(a fakenebula.Answer) fakenebula.Answer {
		var list map[string]json.RawMessage
		if err := json.Unmarshal([]byte(a.Body), &list); err != nil {
			t.Error(err)
		}
		rows := strings.Replace(string(list["data"]), "[", `[{"id":"`+odd+`","name":"odd","description":""},`, 1)
		list["data"] = json.RawMessage(rows)
		body, err := json.Marshal(list)
		if err != nil {
			t.Error(err)
		}
		a.Body = string(body)
		return a
	}})
	s.Apply().Expect(0)
	s.Apply().Expect(1, `Key `+odd+` ("odd") may still be valid.`, "its id is not valid in a request")
	expectDeletes(t, s.World, ids...)
	expectUnmanaged(t, s, odd, "odd")
	if n := s.API.Count(fakenebula.OpOther); n != 0 {
		t.Errorf("%d requests went elsewhere", n)
	}
}

// When the API is down there is no point in trying every key.
func TestOutage(t *testing.T) {
	t.Parallel()
	s, ids := lookedAt(t, acctest.Options{Environment: noRetries}, "a", "b", "c", "d", "e")
	broken := true
	s.API.OnRequest(func(r fakenebula.Request) {
		if broken && r.Operation == fakenebula.OpDeleteKey && r.ObjectID == ids[1] {
			broken = false
			s.API.Inject(fakenebula.Fault{Answer: fakenebula.HTML(503), Times: -1})
		}
	})
	s.Apply().Expect(1, "503", `This apply deleted: `+ids[0]+` ("a"). Still in unmanaged: `+ids[1]+` ("b"), `)
	expectDeletes(t, s.World, ids[0], ids[1], ids[2])
	s.API.ClearFaults()
	expectUnmanaged(t, s, ids[1], "b", ids[2], "c", ids[3], "d", ids[4], "e")
	s.Apply().Expect(0)
	expectKeys(t, s.World)
	s.Plan().Expect(0)
}

// An interrupt stops before the next key. What was deleted is told, what is
// left stays in the state.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	fake := fakenebula.New(fakenebula.Options{APIKeys: []fakenebula.SeedKey{{Name: "provider", Secret: ownSecret}, {Name: "first"}, {Name: "second"}}})
	w := newWorkspace(fake, func(p *rehearsal.Process) http.RoundTripper {
		return p.Wire(fake.Transport(), func(_ int, q *http.Request) error {
			if q.Method == http.MethodDelete {
				p.Interrupt()
			}
			return nil
		})
	}, func(rehearsal.Known) rehearsal.Args { return rehearsal.Args{"allowed_ids": []string{ownID}} })
	for range 2 {
		if r := w.Apply(t.Context(), rehearsal.Options{}); r.Failed() != (fake.Count(fakenebula.OpDeleteKey) > 0) {
			t.Fatal(r)
		}
	}
	if held := w.State(exclusive).Object.TextMap("unmanaged"); len(held) != 1 || held["3"] != "second" {
		t.Errorf("recorded are %v", held)
	}
	if n := fake.Count(fakenebula.OpDeleteKey); n != 1 {
		t.Errorf("%d deletes, want 1", n)
	}
}

// Without a list nothing is deleted, and a broken one is not taken for empty.
func TestNoList(t *testing.T) {
	t.Parallel()
	s, ids := newStage(t, acctest.Options{Environment: noRetries}, "a")
	noData := fakenebula.Fault{Operation: fakenebula.OpListKeys, Rewrite: fakenebula.WithData("null"), Times: -1}

	s.API.Inject(noData)
	s.Apply().Expect(1, "Unable to look for unmanaged API keys", "Nothing is in the state, and nothing was deleted.")
	s.API.ClearFaults()
	s.Apply().Expect(0)

	s.API.Inject(noData)
	s.Plan().Expect(1, "The unmanaged keys stay in the state as they were.")
	s.Apply("-refresh=false").Expect(1, "Unable to delete unmanaged API keys", "This apply deleted: none. Still in unmanaged: "+ids[0])
	expectDeletes(t, s.World)
	s.API.ClearFaults()
	expectUnmanaged(t, s, ids[0], "a")
	s.Apply().Expect(0)
	expectDeletes(t, s.World, ids[0])
}

// Messages name the first keys and count the others.
func TestManyKeys(t *testing.T) {
	t.Parallel()
	const many = 300
	fake := fakenebula.Options{}
	for i := range many {
		fake.APIKeys = append(fake.APIKeys, fakenebula.SeedKey{Name: fmt.Sprintf("key %d", i)})
	}
	s, _ := lookedAt(t, acctest.Options{Fake: fake, Environment: noRetries})
	short := func(r acctest.Result) {
		t.Helper()
		if n := len(r.Stderr); n > 10_000 {
			t.Errorf("%d keys make %d bytes of messages", many, n)
		}
	}
	short(s.Plan().Expect(2, "Applying this plan deletes these API keys: ", fmt.Sprintf(", and %d more.", many-20)))
	s.API.Inject(fakenebula.Fault{Operation: fakenebula.OpDeleteKey, Answer: fakenebula.Failed(403, "no"), Times: -1})
	short(s.Apply().Expect(1, fmt.Sprintf("%d more keys could not be deleted.", many-5)))
	s.API.ClearFaults()
	s.Apply().Expect(0)
	expectKeys(t, s.World)
}

// An API may keep names in another Unicode form than Terraform.
func TestNamesInAnotherUnicodeForm(t *testing.T) {
	t.Parallel()
	s, ids := newStage(t, acctest.Options{}, "cafe\u0301", "robot-cafe\u0301")
	s.Resources[0] = exclusiveBlock(rehearsal.Args{"allowed_ids": []string{ownID}, "ignore_name_regex": []string{"^robot-caf\u00e9$"}})
	s.Apply().Expect(0)
	expectUnmanaged(t, s, ids[0], "caf\u00e9")
	s.Apply().Expect(0)
	expectDeletes(t, s.World, ids[0])
	s.Plan().Expect(0)
}

// newWorkspace is a workspace with this configuration, on the machine's clock.
func newWorkspace(fake *fakenebula.Server, wire func(*rehearsal.Process) http.RoundTripper, config func(rehearsal.Known) rehearsal.Args) *rehearsal.Workspace {
	w := acctest.Rehearse(map[string]string{"NEBULA_API_URL": fake.BaseURL(), "NEBULA_API_KEY": ownSecret, "NEBULA_MAX_RETRIES": "1"}, wire)
	w.Resources = []rehearsal.Resource{{Address: exclusive, Config: config}}
	return w
}
