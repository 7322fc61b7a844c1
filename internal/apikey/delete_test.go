package apikey_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

// Destroying a key that is gone already succeeds, whether the refresh sees it
// or only the delete does. That absence is all that is known is told.
func TestDestroyOfWhatIsGone(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		noRefresh bool
		told      string
		changes   acctest.Calls
	}{
		"refreshed":     {false, noneFound, acctest.Calls{}},
		"not refreshed": {true, "Warning: API key not confirmed to be deleted", acctest.Calls{opDelete: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := settled(t, one())
			s.API.DeleteKey(stored(s)["id"])
			s.Destroy(fmt.Sprintf("-refresh=%t", !test.noRefresh)).Succeeds(test.told, "the API key")
			if len(s.Stored()) != 0 {
				t.Error(s.Stored())
			}
			if lists := s.API.Count(opList); lists < 2 {
				t.Errorf("an absence was believed after %d lists", lists)
			}
			if !test.noRefresh {
				s.Changed(test.changes)
			}
		})
	}
}

// A delete that the API does not carry out fails, says why, and the key stays
// in the state.
func TestDestroyFails(t *testing.T) {
	t.Parallel()
	const (
		kept   = `State: Key 2 ("one") stays in the state: it may still be valid.`
		listed = "The list of keys still shows the key."
	)
	for name, test := range map[string]struct {
		fault fakenebula.Fault
		want  []string
		lists int // besides the one of the refresh
	}{
		"401":      {fakenebula.Fault{Answer: fakenebula.Failed(401, "who?")}, []string{"The API key that the provider uses is not accepted."}, 0},
		"403":      {fakenebula.Fault{Answer: fakenebula.Failed(403, "not yours")}, []string{"The API's message: not yours", "is valid but not allowed to do this"}, 0},
		"404":      {fakenebula.Fault{Answer: fakenebula.Failed(404, "Not Found")}, []string{"DELETE /api-keys/{id}, /keys/{id} was answered with HTTP 404 Not Found", listed}, 2},
		"405":      {fakenebula.Fault{Answer: fakenebula.Failed(405, "Method Not Allowed")}, []string{listed}, 2},
		"409":      {fakenebula.Fault{Answer: fakenebula.Failed(409, "in use")}, []string{"The API's message: in use", "Find out what still uses it"}, 0},
		"422":      {fakenebula.Fault{Answer: fakenebula.Failed(422, "no such format")}, []string{"The API's message: no such format", listed}, 1},
		"429":      {fakenebula.Fault{Answer: fakenebula.TooManyRequests("3600")}, []string{"It asked to wait for 1h0m0s"}, 0},
		"500":      {fakenebula.Fault{Answer: fakenebula.Failed(500, "oops")}, []string{"HTTP 500 Internal Server Error", "It was tried 2 times.", listed}, 1},
		"proxy":    {fakenebula.Fault{Answer: fakenebula.HTML(502)}, []string{"HTTP 502 Bad Gateway", listed}, 1},
		"redirect": {fakenebula.Fault{Answer: fakenebula.Redirect(308, "https://example.com/")}, []string{"HTTP 308 Permanent Redirect", listed}, 1},
		"failed":   {fakenebula.Fault{Answer: fakenebula.Failed(200, "the key is protected")}, []string{"The API's message: the key is protected", listed}, 1},
		"dropped":  {fakenebula.Fault{Drop: true}, []string{"DELETE /api-keys/{id} got no answer", listed}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := settled(t, one(), of2024())
			s.Provider = rehearsal.Args{"max_retries": 1}
			id := stored(s)["id"]
			// A fault of an operation strikes every spelling.
			test.fault.Operation, test.fault.Times = opDelete, -1
			s.API.Inject(test.fault)
			s.Destroy().Fails(append(test.want, "Error: Unable to delete API key", kept, "Next: ")...)
			if lists := s.API.Count(opList); lists > 1+test.lists || test.lists > 0 && lists < 2 {
				t.Errorf("%d lists, want up to %d", lists, 1+test.lists)
			}
			if state := s.Workspace.State(this); state.Object.Text("id") != id || state.Tainted {
				t.Errorf("the state became %+v", state)
			}
			s.API.ClearFaults()
			s.Destroy().Succeeds()
		})
	}
}

// Whether the key is gone cannot be established while the list is refused.
func TestDestroyCannotBeConfirmed(t *testing.T) {
	t.Parallel()
	s := settled(t, one())
	s.API.Inject(fakenebula.Fault{Operation: opDelete, Drop: true, Commit: true}, fakenebula.Fault{Operation: opDelete, Times: -1, Answer: fakenebula.Failed(404, "API key not found")},
		fakenebula.Fault{Operation: opList, Times: -1, Answer: fakenebula.Failed(403, "no list for you")})
	s.Destroy("-refresh=false").Fails("It is not known whether the key is gone:", "no list for you", "it may still be valid")
	s.API.ClearFaults()
	if len(s.Stored()) != 1 {
		t.Error("the state is gone")
	}
	s.Destroy().Succeeds()
}

// An answer that proves nothing is looked into: a key that is gone is gone.
func TestDestroySucceedsAfterAll(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]fakenebula.Fault{
		"409 twice":             {Times: 2, Answer: fakenebula.Failed(409, "in use")},
		"429":                   {Answer: fakenebula.TooManyRequests("30")},
		"answer lost":           {Drop: true, Commit: true},
		"500 after the fact":    {Times: 1, Commit: true, Answer: fakenebula.Failed(500, "oops")},
		"failed after the fact": {Commit: true, Answer: fakenebula.Failed(200, "no")},
		"404 after the fact":    {Commit: true, Answer: fakenebula.Failed(404, "no")},
		"late":                  {Drop: true, CommitAfter: 3 * time.Second},
		"without data":          {Answer: fakenebula.JSON(200, `{"status":"success","message":"deleted"}`), Commit: true},
		"with odd data":         {Rewrite: fakenebula.WithData(`["deleted"]`)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := settled(t, one())
			fault.Operation = opDelete
			s.API.Inject(fault)
			s.Destroy().Succeeds()
			if err := s.NothingLeft(nil); err != nil || len(s.Stored()) != 0 {
				t.Errorf("%v, state %v", err, s.Stored())
			}
		})
	}
}

// A conflict is waited out for as long as timeouts.delete says.
func TestDeleteTimeout(t *testing.T) {
	t.Parallel()
	s := settled(t, one())
	inUse := fakenebula.Fault{Operation: opDelete, Times: -1, Answer: fakenebula.Failed(409, "in use")}
	s.API.Inject(inUse)
	elapsed(t, s.World, 4*time.Minute, 5*time.Minute, func() { s.Destroy().Fails("in use") })
	s.API.ClearFaults()
	configure(s, one(rehearsal.Args{"timeouts": rehearsal.Args{"delete": "20m"}}))
	s.Plan().Succeeds().Does(map[string]rehearsal.Action{this: rehearsal.Update})
	s.Apply().Succeeds()
	s.API.Inject(inUse)
	elapsed(t, s.World, 19*time.Minute, 20*time.Minute, func() { s.Destroy().Fails("in use") })
}

// A replacement whose delete is refused leaves the old key in the state, and
// makes no new one.
func TestReplaceWithRefusedDelete(t *testing.T) {
	t.Parallel()
	s := settled(t, one())
	id := stored(s)["id"]
	refused := fakenebula.Fault{Operation: opDelete, Answer: fakenebula.Failed(403, "not yours")}
	configure(s, rehearsal.Args{"name": "two"})
	s.API.Inject(refused)
	s.Apply().Fails("not yours")
	expectNames(t, s.World, "one")
	if stored(s)["id"] != id {
		t.Error(s.Stored())
	}
	s.Apply().Succeeds()
	expectNames(t, s.World, "two")

	// With create_before_destroy the old key is kept as a deposed one, and
	// deleted by the next apply.
	block := keyBlock("this", rehearsal.Args{"name": "three"})
	block.CreateBeforeDestroy = true
	s.Resources = []rehearsal.Resource{block}
	s.API.Inject(refused)
	s.Apply().Fails("not yours")
	expectNames(t, s.World, "two", "three")
	if len(s.Stored()) != 2 || s.Workspace.State(this+" (deposed)").Object == nil {
		t.Error(s.Stored())
	}
	s.Apply().Succeeds()
	expectNames(t, s.World, "three")
}

// The key that the provider works with is not revoked by it: neither by
// destroy nor by a replacement.
func TestOwnKeyIsNotDeleted(t *testing.T) {
	t.Parallel()
	s := settled(t, one())
	id, secret := stored(s)["id"], stored(s)["key"]
	others := s.Serve
	s.Serve = s.Sibling(map[string]string{"NEBULA_API_KEY": secret}).Serve
	s.Plan().Succeeds().DoesNothing()
	refusal := []string{
		"Error: Unable to delete API key",
		"Key " + id + " is the key that the provider itself authenticates with.",
		"State: The key stays in the state and stays valid. Nothing was called.",
		"Run again with another credential, such as another key in api_key (environment variable NEBULA_API_KEY)",
		"terraform state rm",
	}
	s.Destroy().Fails(refusal...).ExpectNot(secret)
	s.Apply("-replace=" + this).Fails(refusal...)
	s.Changed(acctest.Calls{})
	if !s.API.Valid(secret) || stored(s)["id"] != id {
		t.Error("the key did not stay as it was")
	}
	s.Serve = others
	s.Destroy().Succeeds()
	if s.API.Valid(secret) {
		t.Error("the key is still valid")
	}
}

// An account for a single key answers a create by invalidating the credential
// in use. What fails then says that this may be why.
func TestOneKeyAccount(t *testing.T) {
	t.Parallel()
	then := keyBlock("then", rehearsal.Args{"name": "second"})
	then.DependsOn = []string{this}
	s := acctest.NewStage(t, acctest.Options{Fake: fakenebula.Options{Keys: fakenebula.KeyOptions{OneKey: true}}}).With(keyBlock("this", one()), then)
	s.Apply().Fails("Unable to create API key", "HTTP 401 Unauthorized",
		"If this account allows one key only, an earlier create of this run may have invalidated the credential in use")
	if len(s.Stored()) != 1 || !s.API.Valid(stored(s)["key"]) {
		t.Errorf("the first key is not kept: %v", s.Stored())
	}
}
