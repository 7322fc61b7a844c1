package apikey_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

// expectUndecided checks that the state remembers a key that may exist: tainted,
// without secret, with or without id and token.
func expectUndecided(t *testing.T, s *acctest.Stage, id string, marked bool) (token string) {
	t.Helper()
	have := stored(s)
	token = have["creation_token"]
	if !s.Workspace.State(this).Tainted || have["id"] != id || (token != "") != marked || have["key"]+have["encrypted_key"]+have["fingerprint"] != "" ||
		have["name"] != "one" || have["description"] != "text" {
		t.Errorf("the state holds %+v", have)
	}
	return token
}

// lostRequest is a create of which nothing is ever heard again, madeLate one
// that takes effect when nobody looks any more.
var (
	lostRequest = fakenebula.Fault{Operation: opCreate, Drop: true}
	madeLate    = fakenebula.Fault{Operation: opCreate, Drop: true, CommitAfter: 2 * time.Minute}
)

const notFoundYet = "Warning: API key not found yet"

// undecided is a stage on which the create of the key was lost.
func undecided(t *testing.T, fault fakenebula.Fault) (s *acctest.Stage, token string) {
	t.Helper()
	s = stageOf(t, one(), of2024())
	s.API.Inject(fault)
	outcome := s.Apply()
	token = expectUndecided(t, s, "", true)
	outcome.Fails("Error: Unable to create API key",
		"POST /api-keys got no answer", "the API may or may not have acted.",
		"No list has shown a new key, but one may still appear.",
		"State: The key is in the state as tainted, without an id; its creation_token is "+token+".",
		"Next: Apply again. The provider looks for the key by its ownership marker [tf:"+token+"], deletes it if it finds it, and makes another.",
		`curl -H "Authorization: Bearer $NEBULA_API_KEY" `+s.API.BaseURL()+"/api-keys")
	s.Changed(acctest.Calls{opCreate: 1})
	return s, token
}

// A create that may yet take effect is remembered, and resolved by the next
// run.
func TestUndecidedCreate(t *testing.T) {
	t.Parallel()
	replaced := map[string]rehearsal.Action{this: rehearsal.Replace}
	const noRefresh = "-refresh=false"
	gone := func(t *testing.T, s *acctest.Stage) {
		t.Helper()
		if len(s.Stored()) != 0 {
			t.Errorf("the state holds %v", s.Stored())
		}
		s.Changed(acctest.Calls{})
	}
	for name, test := range map[string]struct {
		fault fakenebula.Fault
		run   func(t *testing.T, s *acctest.Stage, token string)
	}{
		"never made, applied soon": {lostRequest, func(t *testing.T, s *acctest.Stage, token string) {
			s.Plan().Succeeds(notFoundYet, `the key "one"`, "[tf:"+token+"] so far", "State: It stays in the state as tainted until ten minutes after its creation.").Does(replaced)
			s.Apply("-refresh-only").Succeeds(notFoundYet)
			expectUndecided(t, s, "", true)
			s.Apply().Succeeds()
			expectWhole(t, s)
		}},
		"never made, given up": {lostRequest, func(t *testing.T, s *acctest.Stage, _ string) {
			s.Clock.Advance(11 * time.Minute)
			s.Plan().Succeeds().Silent().Does(map[string]rehearsal.Action{this: rehearsal.Create})
			s.Apply().Succeeds()
			expectWhole(t, s)
		}},
		"never made, destroyed": {lostRequest, func(t *testing.T, s *acctest.Stage, token string) {
			s.Destroy().Succeeds("Warning: API key may still appear", "[tf:"+token+"]", "State: It is no longer in the state.")
			gone(t, s)
		}},
		"never made, destroyed unseen": {lostRequest, func(t *testing.T, s *acctest.Stage, _ string) {
			s.Destroy(noRefresh).Succeeds()
			gone(t, s)
		}},
		"never made, removed from the configuration": {lostRequest, func(t *testing.T, s *acctest.Stage, _ string) {
			s.Resources = nil
			s.Apply().Succeeds()
			gone(t, s)
		}},
		"made late, applied": {madeLate, func(t *testing.T, s *acctest.Stage, _ string) {
			s.Clock.Advance(3 * time.Minute)
			s.Plan().Succeeds().ExpectNot(notFoundYet).Does(replaced)
			s.Apply().Succeeds()
			expectWhole(t, s)
		}},
		"made late, refreshed, applied": {madeLate, func(t *testing.T, s *acctest.Stage, _ string) {
			s.Clock.Advance(3 * time.Minute)
			s.Apply("-refresh-only").Succeeds()
			expectUndecided(t, s, s.API.Keys()[1].ID, true)
			s.Apply(noRefresh).Succeeds()
			expectWhole(t, s)
		}},
		"made between plan and apply": {madeLate, func(t *testing.T, s *acctest.Stage, _ string) {
			plan := s.Plan().Succeeds(notFoundYet).Planned
			s.Clock.Advance(3 * time.Minute)
			if report := s.ApplyPlan(t.Context(), plan); report.Failed() {
				t.Error(report)
			}
			expectWhole(t, s)
		}},
		"made late, destroyed": {madeLate, func(t *testing.T, s *acctest.Stage, _ string) {
			s.Clock.Advance(3 * time.Minute)
			s.Destroy().Succeeds().ExpectNot("may still appear")
			expectNames(t, s.World)
		}},
		"made late, destroyed unseen": {madeLate, func(t *testing.T, s *acctest.Stage, _ string) {
			s.Clock.Advance(3 * time.Minute)
			s.Destroy(noRefresh).Succeeds()
			expectNames(t, s.World)
		}},
		"refused list": {madeLate, func(t *testing.T, s *acctest.Stage, _ string) {
			s.Clock.Advance(3 * time.Minute)
			s.API.Inject(fakenebula.Fault{Operation: opList, Times: -1, Answer: fakenebula.Failed(403, "not you")})
			s.Plan().Fails("not you")
			s.Destroy(noRefresh).Fails("not you", `State: Key "one" stays in the state: it may still be valid.`)
			expectUndecided(t, s, "", true)
			s.API.ClearFaults()
			s.Destroy().Succeeds()
			expectNames(t, s.World)
		}},
		"several with the marker": {lostRequest, func(t *testing.T, s *acctest.Stage, token string) {
			a, _ := s.API.AddKey("one", "text [tf:"+token+"]")
			b, _ := s.API.AddKey("copied by a colleague", "[tf:"+token+"]")
			both := "ore than one key carries the ownership marker [tf:" + token + "]: " + a + ", " + b
			s.Plan().Succeeds("Warning: Several API keys with one ownership marker", both, "Next: Find out which of them are in use, delete the others, then apply.")
			s.Apply().Fails("Error: Unable to delete API key", both, "delete the others")
			s.Destroy().Fails("Error: Unable to delete API key", both)
			expectUndecided(t, s, "", true)
			expectNames(t, s.World, "one", "copied by a colleague")
			s.API.DeleteKey(b)
			s.Apply().Succeeds()
			expectWhole(t, s)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, token := undecided(t, test.fault)
			test.run(t, s, token)
			if strings.Contains(name, "several") {
				return // the colleague's key was given the marker
			}
			expectForeignUntouched(t, s.World)
		})
	}
}

// A token from a machine whose clock was ahead does not keep an undecided entry
// for ever: ten minutes after it was first missed it goes.
func TestUndecidedCreateByAClockThatWasAhead(t *testing.T) {
	t.Parallel()
	s, token := undecided(t, lostRequest)
	// The next machine's clock is a year behind.
	s.Clock.Advance(-365 * 24 * time.Hour)
	s.Apply("-refresh-only").Succeeds(notFoundYet, token)
	s.Clock.Advance(9 * time.Minute)
	s.Plan().Succeeds(notFoundYet)
	s.Clock.Advance(2 * time.Minute)
	s.Plan().Succeeds().ExpectNot(notFoundYet).Does(map[string]rehearsal.Action{this: rehearsal.Create})
	// When it was missed can have been noted by such a machine, too.
	s.Clock.Advance(-365 * 24 * time.Hour)
	s.Apply("-refresh-only").Succeeds(notFoundYet)
	s.Clock.Advance(11 * time.Minute)
	s.Plan().Succeeds().ExpectNot(notFoundYet).Does(map[string]rehearsal.Action{this: rehearsal.Create})
}

// With create_before_destroy the old key stays until there is a whole new one.
func TestUndecidedReplacement(t *testing.T) {
	t.Parallel()
	s := settled(t, one(), of2024())
	old := stored(s)
	block := keyBlock("this", one(rehearsal.Args{"keepers": map[string]string{"round": "2"}}))
	block.CreateBeforeDestroy = true
	s.Resources = []rehearsal.Resource{block}
	s.API.Inject(madeLate)
	s.Apply().Fails("one may still appear")
	expectUndecided(t, s, "", true)
	if kept := s.Workspace.State(this + " (deposed)").Object; kept.Text("id") != old["id"] || !s.API.Valid(old["key"]) {
		t.Errorf("the old key is not kept: %v", s.Stored())
	}
	s.Clock.Advance(3 * time.Minute)
	expectNames(t, s.World, "one", "one")
	s.Apply().Succeeds()
	expectWhole(t, s)
	if s.API.Valid(old["key"]) {
		t.Error("the old key is still valid")
	}
}

// Several keys may carry the marker already when the create is looked into.
func TestSeveralCandidates(t *testing.T) {
	t.Parallel()
	s := stageOf(t, one(), of2024())
	var once sync.Once
	s.API.OnRequest(func(r fakenebula.Request) {
		if r.Operation == opCreate {
			once.Do(func() { s.API.AddKey("copy", r.Facts[fakenebula.FactDescription]) })
		}
	})
	s.API.Inject(fakenebula.Fault{Operation: opCreate, Drop: true, Commit: true})
	s.Apply().Fails("It may have made one of these keys, and it is not known which: 2, 3.",
		"Check whether this create made one of the keys, and delete it if so.", "curl -X DELETE")
	expectUndecided(t, s, "", true)
	expectNames(t, s.World, "one", "copy")
	s.API.DeleteKey("2")
	s.Apply().Succeeds()
	expectWhole(t, s)
}

// While the list is refused nothing can be resolved.
func TestUndecidedBecauseListIsRefused(t *testing.T) {
	t.Parallel()
	s := stageOf(t, one(), of2024())
	s.API.Inject(
		fakenebula.Fault{Operation: opCreate, Drop: true, Commit: true},
		fakenebula.Fault{Operation: opList, Answer: fakenebula.Failed(403, "not you")},
	)
	s.Apply().Fails("It is not known whether a key was made:", "not you")
	expectUndecided(t, s, "", true)
	s.Apply().Succeeds()
	expectWhole(t, s)
}

// Without a marker nothing can be resolved, and nothing is deleted.
func TestUndecidedWithoutMarker(t *testing.T) {
	t.Parallel()
	const withoutID = "Warning: API key without id"
	for name, test := range map[string]struct {
		commit bool
		then   func(t *testing.T, s *acctest.Stage)
	}{
		"made, applied": {true, func(t *testing.T, s *acctest.Stage) {
			s.Plan().Succeeds(withoutID, `the key "one"`, "State: It stays in the state as tainted.").Does(map[string]rehearsal.Action{this: rehearsal.Replace})
			s.Apply().Succeeds(withoutID, "Next: Look for a key of that name, and delete it if it is a leftover")
			expectNames(t, s.World, "one", "one")
			s.Changed(acctest.Calls{opCreate: 1})
			s.Plan().Succeeds().DoesNothing()
		}},
		"made, destroyed": {true, func(t *testing.T, s *acctest.Stage) {
			s.Destroy().Succeeds("Warning: API key without id removed from the state", "Nothing was deleted")
			expectNames(t, s.World, "one")
			if len(s.Stored()) != 0 {
				t.Error(s.Stored())
			}
		}},
		"not made, applied": {false, func(t *testing.T, s *acctest.Stage) {
			s.Apply().Succeeds(withoutID)
			expectNames(t, s.World, "one")
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := stageOf(t, one())
			s.Provider = rehearsal.Args{"ownership_marker": false}
			s.API.Inject(fakenebula.Fault{Operation: opCreate, Drop: true, Commit: test.commit})
			want := []string{"Unable to create API key", "It carries no ownership marker (ownership_marker is false), so Terraform cannot find it."}
			if test.commit {
				want = append(want, "It may have made one of these keys, and it is not known which: 2.", "Check whether that key is yours, and delete it if it is.",
					`curl -X DELETE -H "Authorization: Bearer $NEBULA_API_KEY" `+s.API.BaseURL())
			}
			s.Apply().Fails(want...)
			expectUndecided(t, s, "", false)
			s.API.ResetJournal()
			test.then(t, s)
		})
	}
}
