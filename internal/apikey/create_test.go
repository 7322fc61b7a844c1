package apikey_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

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

type fault struct {
	name  string
	fault fakenebula.Fault
}

// lostAnswers are answers to a create that do not tell what became of it.
func lostAnswers() []fault {
	return []fault{
		{"dropped", fakenebula.Fault{Drop: true, Commit: true}},
		{"reset", fakenebula.Fault{Drop: true, Commit: true, Reset: true}},
		{"500", fakenebula.Fault{Answer: fakenebula.Failed(500, "oops"), Commit: true}},
		{"proxy", fakenebula.Fault{Answer: fakenebula.HTML(504), Commit: true}},
		{"page with 200", fakenebula.Fault{Answer: fakenebula.HTML(200), Commit: true}},
		{"redirect", fakenebula.Fault{Answer: fakenebula.Redirect(302, "https://example.com/"), Commit: true}},
		{"cut", fakenebula.Fault{Rewrite: fakenebula.Cut}},
		{"oversized", fakenebula.Fault{Rewrite: fakenebula.Oversize}},
		{"without id", fakenebula.Fault{Rewrite: fakenebula.WithoutField("id")}},
		{"id of wrong type", fakenebula.Fault{Rewrite: fakenebula.WithField("id", "{}")}},
		{"id that no request can carry", fakenebula.Fault{Rewrite: fakenebula.WithField("id", `"key:41001"`)}},
		{"id that is a path", fakenebula.Fault{Rewrite: fakenebula.WithField("id", `"../../admin"`)}},
		{"key of wrong type", fakenebula.Fault{Rewrite: fakenebula.WithField("key", "12")}},
		{"no data", fakenebula.Fault{Rewrite: fakenebula.WithData("null")}},
		{"late commit", fakenebula.Fault{Drop: true, CommitAfter: 20 * time.Second}},
	}
}

// A create whose answer is lost after the key was made is put right within the
// same apply: the key that nobody knows the secret of goes, another is made.
func TestAnswerToCreateLost(t *testing.T) {
	t.Parallel()
	for _, lost := range lostAnswers() {
		t.Run(lost.name, func(t *testing.T) {
			t.Parallel()
			s := stageOf(t, one(), of2024())
			// A colleague's key of the same name and text is nobody's business.
			s.API.AddKey("one", "text")
			lost.fault.Operation = opCreate
			s.API.Inject(lost.fault)
			s.Apply().Succeeds()
			s.Changed(acctest.Calls{opCreate: 2, opDelete: 1})
			expectWhole(t, s, "one")
			s.Plan().Succeeds().DoesNothing()
			s.Destroy().Succeeds()
			expectNames(t, s.World, "one")
			expectForeignUntouched(t, s.World)
		})
	}
}

// The same where the list shows no descriptions, and with them no marker: nothing
// is deleted, since nothing is proven; what may be the key is named.
func TestAnswerToCreateLostAndNoMarkerSeen(t *testing.T) {
	t.Parallel()
	s := stageOf(t, one(), of2025())
	s.API.AddKey("one", "")
	s.API.Inject(fakenebula.Fault{Operation: opCreate, Drop: true, Commit: true})
	told := s.Apply().Fails("Error: Unable to create API key", "it is not known which", "is in the state as tainted, without an id")
	s.Changed(acctest.Calls{opCreate: 1})
	expectUndecided(t, s, "", true)
	expectNames(t, s.World, "one", "one")
	s.Plan().Succeeds("Warning: API key without id").Does(map[string]rehearsal.Action{this: rehearsal.Replace})
	s.Destroy().Succeeds("Nothing was deleted")
	expectNames(t, s.World, "one", "one")
	told.ExpectNot(s.API.Secrets()...)
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
			s.Destroy(noRefresh).Fails("not you", "State: The key stays in the state: it may still be valid.")
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

// Three answers lost in a row are enough: nothing is left but an error.
func TestSecretsLostAgainAndAgain(t *testing.T) {
	t.Parallel()
	s := stageOf(t, one(), of2024())
	s.API.Inject(fakenebula.Fault{Operation: opCreate, Times: -1, Drop: true, Commit: true})
	s.Apply().Fails("The key that it made was deleted again, because its secret never arrived.", "State: No new key is left, and nothing is in the state.")
	s.Changed(acctest.Calls{opCreate: 3, opDelete: 3})
	expectNames(t, s.World)
	if len(s.Stored()) != 0 {
		t.Error(s.Stored())
	}
}

// A key that was found after its create, and cannot be deleted, is recorded
// with its id.
func TestLostKeyCannotBeDeleted(t *testing.T) {
	t.Parallel()
	s := stageOf(t, one(), of2024())
	s.API.Inject(fakenebula.Fault{Operation: opCreate, Drop: true, Commit: true},
		fakenebula.Fault{Operation: opDelete, Answer: fakenebula.Failed(403, "not yours")})
	s.Apply().Fails("Key 2 was made, and could not be deleted again:", "not yours", "State: Key 2 is in the state as tainted, without its secret.",
		"Apply again. The provider deletes key 2 before it makes another.")
	expectUndecided(t, s, "2", true)
	s.Apply().Succeeds()
	expectWhole(t, s)
}

// A success that does not show the whole key is of no use: the key goes again,
// if a list proves that this create made it.
func TestCreateWithoutWholeSecret(t *testing.T) {
	t.Parallel()
	for name, rewrite := range map[string]func(fakenebula.Answer) fakenebula.Answer{
		"without key": fakenebula.WithoutField("key"),
		"empty key":   fakenebula.WithField("key", `""`),
		"masked key":  fakenebula.WithField("key", `"ak_****"`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := stageOf(t, one(), of2024())
			s.API.Inject(fakenebula.Fault{Operation: opCreate, Rewrite: rewrite})
			s.Apply().Fails("Error: Unable to create API key", "did not show its secret", "nothing is in the state")
			s.Changed(acctest.Calls{opCreate: 1, opDelete: 1})
			expectNames(t, s.World)
			if len(s.Stored()) != 0 {
				t.Error(s.Stored())
			}
		})
	}
}

// An API with unique names may answer a create with a key that is there already.
// It is nobody's to delete, and its id is not recorded, because the replacement
// would delete it.
func TestSomebodyElsesKeyIsNeverDeleted(t *testing.T) {
	t.Parallel()
	for name, fake := range map[string]fakenebula.Options{
		"without secret": {Keys: fakenebula.KeyOptions{SameName: fakenebula.NameReturnsBare}},
		"masked":         {Keys: fakenebula.KeyOptions{SameName: fakenebula.NameReturnsMasked}},
		// An answer of id and secret alone cannot be told from that to a create.
		"whole": {Reading: fakenebula.Reading2024, Keys: fakenebula.KeyOptions{SameName: fakenebula.NameReturnsWhole}},
	} {
		for _, marker := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, marker %t", name, marker), func(t *testing.T) {
				t.Parallel()
				s := stageOf(t, one(), fake)
				s.Provider = rehearsal.Args{"ownership_marker": marker}
				id, secret := s.API.AddKey("one", "by hand")
				s.Apply().Fails("Unable to create API key")
				s.Apply()
				s.Destroy()
				if !s.API.Valid(secret) {
					t.Errorf("key %s was deleted", id)
				}
				expectForeignUntouched(t, s.World)
			})
		}
	}
}

// A proxy that repeats an answer must not give two resources one key.
func TestRepeatedAnswerIsNotTakenForAnotherKey(t *testing.T) {
	t.Parallel()
	s := acctest.NewStage(t, acctest.Options{Fake: of2024()}).With(keyBlock("this", one()))
	s.Apply().Succeeds()
	other := keyBlock("other", rehearsal.Args{"name": "one", "description": "text"})
	s.Resources = append(s.Resources, other)
	s.API.Inject(fakenebula.Fault{Operation: opCreate, Repeat: true})
	s.Apply().Fails("Unable to create API key")
	if s.Workspace.State(other.Address).Object.Text("id") == s.Workspace.State(this).Object.Text("id") {
		t.Error("two resources have one key")
	}
	s.Apply()
	if !s.API.Valid(stored(s)["key"]) {
		t.Error("the first one's key was deleted")
	}
}

// A key that cannot be sealed is deleted again only when a list proves that it
// is this create's own.
func TestKeyThatCannotBeSealed(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fake   fakenebula.Options
		marker bool
		told   string
		calls  acctest.Calls
		left   []string
	}{
		"proven":           {of2024(), true, "State: The key was deleted again, and nothing is in the state.", acctest.Calls{opCreate: 1, opDelete: 1}, nil},
		"marker off":       {of2024(), false, "Key 2 was not deleted, because no list shows it with the ownership marker", acctest.Calls{opCreate: 1}, []string{"one"}},
		"marker invisible": {of2025(), true, "Key 2 was not deleted, because no list shows it with the ownership marker", acctest.Calls{opCreate: 1}, []string{"one"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := stageOf(t, one(rehearsal.Args{"age_recipients": []string{"nobody"}}), test.fake)
			s.Provider = rehearsal.Args{"ownership_marker": test.marker}
			unvalidated(s)
			s.Apply().Fails("Error: Unable to seal API key", test.told)
			s.Changed(test.calls)
			expectNames(t, s.World, test.left...)
			if test.left != nil && (!s.Workspace.State(this).Tainted || stored(s)["id"] != "") {
				t.Errorf("the state holds %v", stored(s))
			}
		})
	}
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

// Without a marker the API gets the description as it is, and a key has no
// token.
func TestWithoutMarker(t *testing.T) {
	t.Parallel()
	s := stageOf(t, one())
	s.Provider = rehearsal.Args{"ownership_marker": false}
	s.Apply().Succeeds()
	if key := s.API.Keys()[1]; key.Description != "text" {
		t.Errorf("the description is %q", key.Description)
	}
	if have := stored(s); have["creation_token"] != "" || have["key"] == "" {
		t.Error("the state has a token, or no key")
	}
	s.Plan().Succeeds().DoesNothing()
	// Turning the marker on again is no difference for keys that exist.
	s.Provider = nil
	s.Plan().Succeeds().DoesNothing()
	s.Destroy().Succeeds()
	expectNames(t, s.World)
}

// A create that is refused leaves nothing, and is blamed on the argument that
// the API finds fault with, whatever form the refusal has.
func TestCreateRefused(t *testing.T) {
	t.Parallel()
	detail := func(status int, body string) fakenebula.Answer { return fakenebula.JSON(status, body) }
	for name, test := range map[string]struct {
		answer fakenebula.Answer
		want   []string
	}{
		"400":         {fakenebula.Failed(400, "Description is too long"), []string{"The API's message: Description is too long"}},
		"400, detail": {detail(400, `{"detail":"You have generated 20 API keys."}`), []string{"The API's message: You have generated 20 API keys."}},
		"401":         {fakenebula.Failed(401, "who?"), []string{"The API key that the provider uses is not accepted."}},
		"401, detail": {detail(401, `{"detail":"Could not validate credentials"}`), []string{"Could not validate credentials", "The API key that the provider uses is not accepted."}},
		"403":         {fakenebula.Failed(403, "not you"), []string{"not you"}},
		"404":         {fakenebula.Failed(404, "Not Found"), []string{"POST /api-keys, /keys was answered with HTTP 404", "The API has no such route"}},
		"409":         {fakenebula.Failed(409, "this one exists"), []string{"Choose another name, or delete the object that has it."}},
		"422":         {fakenebula.Failed(422, "bad name"), []string{"bad name"}},
		"422, detail": {detail(422, `{"detail":[{"type":"x","loc":["body","team_id"],"msg":"no such team","input":"CANARY"}]}`), []string{"team_id: no such team"}},
		"429":         {fakenebula.TooManyRequests("7200"), []string{"It asked to wait for 2h0m0s"}},
		"failed":      {fakenebula.Failed(200, "limit reached"), []string{"The API's message: limit reached"}},
		"hostile":     {fakenebula.Failed(403, "\x1b[2Jgone \u202e ak_CANARY0123456789 Bearer abcdefghijkl"), []string{"not allowed to do this"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := stageOf(t, one(rehearsal.Args{"team_id": "7"}))
			s.API.Inject(fakenebula.Fault{Operation: opCreate, Answer: test.answer, Times: -1})
			s.Apply().Fails(append(test.want, "Error: Unable to create API key", "nothing is in the state")...).
				ExpectNot("\x1b", "\u202e", "CANARY", "Bearer abc")
			if len(s.Stored()) != 0 {
				t.Errorf("the state holds %v", s.Stored())
			}
			expectNames(t, s.World)
			if lists := s.API.Count(opList); lists != 0 {
				t.Errorf("%d lists after a refusal", lists)
			}
		})
	}
}

// What was never sent is sent again, and an error says that nothing happened.
func TestCreateNeverSent(t *testing.T) {
	t.Parallel()
	s := stageOf(t, one())
	s.API.Inject(fakenebula.Fault{NotSent: fakenebula.ConnectionRefused(), Times: -1})
	s.Apply().Fails("POST /api-keys was never sent", "The API did not get the request and did nothing.", "It was tried 5 times.", "nothing is in the state")
	s.API.ClearFaults()
	s.Apply().Succeeds()
	expectWhole(t, s)
}

// Many keys that fail for one cause are one long text and short ones.
func TestManyCreatesThatFailForOneCause(t *testing.T) {
	t.Parallel()
	const n = 40
	s := acctest.NewStage(t, acctest.Options{})
	for i := range n {
		s.Resources = append(s.Resources, keyBlock(string(rune('a'+i%26))+string(rune('a'+i/26)), one()))
	}
	s.API.Inject(fakenebula.Fault{Operation: opCreate, Answer: fakenebula.Failed(403, "ask your administrator"), Times: -1})
	outcome := s.Apply().Fails()
	text := outcome.Text()
	if errs := strings.Count(text, "Error: Unable to create API key"); errs != n {
		t.Errorf("%d errors, want %d", errs, n)
	}
	if full := strings.Count(text, "Next: "); full != 1 {
		t.Errorf("%d are told in full, want 1", full)
	}
	if short := strings.Count(text, "Another error of this run tells more"); short != n-1 {
		t.Errorf("%d are told in short, want %d", short, n-1)
	}
	if lines := strings.Count(text, "\n"); lines > n*7+10 {
		t.Errorf("%d lines for %d errors", lines, n)
	}
}

// unvalidated lets every configuration pass, so that the provider meets values
// that it would have refused.
func unvalidated(s *acctest.Stage) {
	serve := s.Serve
	s.Serve = func(p *rehearsal.Process) tfprotov6.ProviderServer { return lenient{serve(p)} }
}

type lenient struct{ tfprotov6.ProviderServer }

func (lenient) ValidateResourceConfig(context.Context, *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	return &tfprotov6.ValidateResourceConfigResponse{}, nil
}

// panicking is a defect: a transport that panics with a secret on some calls.
func panicking(method string, value any) func(http.RoundTripper) http.RoundTripper {
	return func(next http.RoundTripper) http.RoundTripper {
		return roundTripper(func(r *http.Request) (*http.Response, error) {
			if r.Method == method {
				panic(value)
			}
			return next.RoundTrip(r)
		})
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// A panic in an operation is an error without the value that it panicked with,
// and costs neither the state nor the other operations.
func TestPanic(t *testing.T) {
	t.Parallel()
	const canary = "ak_CANARY-panic-0123456789"
	plan := func(s *acctest.Stage) acctest.Result { return s.Plan() }
	for name, test := range map[string]struct {
		method string
		value  any
		run    func(*acctest.Stage) acctest.Result
		want   string
	}{
		"create":  {"POST", canary, func(s *acctest.Stage) acctest.Result { return s.Apply() }, "Unable to create API key"},
		"refresh": {"GET", errors.New(canary), plan, "Unable to read API key"},
		"delete":  {"DELETE", []string{canary}, func(s *acctest.Stage) acctest.Result { return s.Destroy("-refresh=false") }, "Unable to delete API key"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := settled(t, one())
			if name == "create" {
				s.Resources = append(s.Resources, keyBlock("other", one()))
			}
			s.Wrap = panicking(test.method, test.value)
			test.run(s).Fails("Error: "+test.want, "A defect in the provider stopped the operation: a panic with a value of type",
				"Please report it at https://github.com/nebulablock/terraform-provider-nebula/issues").ExpectNot("CANARY", s.OwnSecret)
			s.Wrap = nil
			if err := checkKey(s.World, stored(s), nil); err != nil {
				t.Error(err)
			}
			s.Destroy().Succeeds()
			expectNames(t, s.World)
		})
	}
}
