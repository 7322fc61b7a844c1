package apikey_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
)

// expectOnlyThis checks that the state has a whole key, valid and untainted,
// and that the account has no other key but the provider's and foreign ones.
func expectOnlyThis(t *testing.T, w *acctest.World, c acctest.Commands, foreign ...string) {
	t.Helper()
	expectNames(t, w, append(foreign, "one")...)
	state := c.State()
	if len(state) != 1 || state[this].Tainted {
		t.Errorf("the state holds %+v", state)
	}
	if err := checkKey(w, attributes(state[this]), nil); err != nil {
		t.Error(err)
	}
}

// expectUndecided checks that the state remembers a key that may exist: tainted,
// without secret, with or without id and token.
func expectUndecided(t *testing.T, c acctest.Commands, id string, marked bool) (token string) {
	t.Helper()
	state := c.State()[this]
	have := attributes(state)
	token = have["creation_token"]
	if !state.Tainted || have["id"] != id || (token != "") != marked || have["key"]+have["encrypted_key"]+have["fingerprint"] != "" ||
		have["name"] != "one" || have["description"] != "text" {
		t.Errorf("the state holds %+v", state)
	}
	return token
}

// expectForeignUntouched checks that the provider deleted no key that somebody
// else made.
func expectForeignUntouched(t *testing.T, w *acctest.World) {
	t.Helper()
	for _, key := range w.API.Issued() {
		if key.CreatedBy.Via == fakenebula.ViaDirect && key.DeletedBy.Via == fakenebula.ViaAPI {
			t.Errorf("the foreign key %s (%s) was deleted", key.ID, key.Name)
		}
	}
}

// A create whose answer is lost after the key was made is put right within the
// same apply: the key that nobody knows the secret of goes, another is made.
func TestAccAnswerToCreateLost(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]fakenebula.Fault{
		"dropped":           {Drop: true, Commit: true},
		"reset":             {Drop: true, Commit: true, Reset: true},
		"time-out":          {Hang: true, Commit: true},
		"500":               {Answer: fakenebula.Failed(500, "oops"), Commit: true},
		"proxy":             {Answer: fakenebula.HTML(504), Commit: true},
		"page with 200":     {Answer: fakenebula.HTML(200), Commit: true},
		"redirect":          {Answer: fakenebula.Redirect(302, "https://example.com/"), Commit: true},
		"cut":               {Rewrite: fakenebula.Cut},
		"stalled":           {Rewrite: fakenebula.Stall},
		"oversized":         {Rewrite: fakenebula.Oversize},
		"without id":        {Rewrite: fakenebula.WithoutField("id")},
		"id of wrong type":  {Rewrite: fakenebula.WithField("id", "{}")},
		"key of wrong type": {Rewrite: fakenebula.WithField("key", "12")},
		"no data":           {Rewrite: fakenebula.WithData("null")},
		"late commit":       {Drop: true, CommitAfter: 20 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := acctest.NewStage(t, acctest.Options{})
			w := c.World
			// A colleague's key of the same name and text is nobody's business.
			w.API.AddKey("one", "text")
			// The time-out of a try is the only one that really passes.
			c.Write("main.tf", acctest.ProviderBlock(`request_timeout = "1s"`)+oneKey)
			fault.Operation = opCreate
			w.API.Inject(fault)
			c.Apply().Expect(0, "1 added")
			if w.API.Count(opCreate) != 2 || w.API.Count(opDelete) != 1 {
				t.Errorf("%d creates, %d deletes", w.API.Count(opCreate), w.API.Count(opDelete))
			}
			expectOnlyThis(t, w, c, "one")
			c.Plan().Expect(0)
			c.Destroy().Expect(0)
			expectNames(t, w, "one")
			expectForeignUntouched(t, w)
		})
	}
}

// lostRequest is a create of which nothing is ever heard again.
var lostRequest = fakenebula.Fault{Operation: opCreate, Drop: true}

const notFoundYet = "Warning: API key not found yet"

// undecided loses the create of the key.
func undecided(t *testing.T, w *acctest.World, c acctest.Commands, fault fakenebula.Fault) (token string) {
	t.Helper()
	c.Write("main.tf", oneKey)
	w.API.Inject(fault)
	result := c.Apply()
	token = expectUndecided(t, c, "", true)
	result.Expect(1, "Error: Unable to create API key",
		"POST /api-keys got no answer", "the API may or may not have acted.",
		"No list has shown a new key, but one may still appear.",
		"State: The key is recorded as tainted, without an id; its creation_token is "+token+".",
		"Next: Apply again: the key is looked for by its ownership marker [tf:"+token+"], deleted when it is found, and another is made.",
		`curl -H "Authorization: Bearer $NEBULA_API_KEY" `, "/api-keys")
	if n := w.API.Count(opCreate); n != 1 {
		t.Errorf("%d creates", n)
	}
	w.API.ResetJournal()
	return token
}

// A create that may yet take effect is remembered, and resolved by the next
// run.
func TestAccUndecidedCreate(t *testing.T) {
	t.Parallel()
	later := fakenebula.Fault{Operation: opCreate, Drop: true, CommitAfter: 2 * time.Minute}
	for name, test := range map[string]struct {
		fault fakenebula.Fault
		run   func(t *testing.T, w *acctest.World, c acctest.Commands, token string)
	}{
		"never made, applied soon": {lostRequest, func(t *testing.T, w *acctest.World, c acctest.Commands, token string) {
			c.Plan().Expect(2, notFoundYet, `the key "one"`, "[tf:"+token+"] so far", "State: It stays recorded as tainted until its creation is ten minutes past.",
				"is tainted, so", "must be replaced")
			expectUndecided(t, c, "", true)
			c.Apply("-refresh-only").Expect(0, notFoundYet)
			expectUndecided(t, c, "", true)
			c.Apply().Expect(0, "1 added, 0 changed, 1 destroyed")
			expectOnlyThis(t, w, c)
		}},
		"never made, given up": {lostRequest, func(t *testing.T, w *acctest.World, c acctest.Commands, _ string) {
			w.Clock.Advance(11 * time.Minute)
			c.Plan().Expect(2, "1 to add, 0 to change, 0 to destroy").ExpectNot("Warning", "tainted")
			c.Apply().Expect(0, "1 added, 0 changed, 0 destroyed")
			expectOnlyThis(t, w, c)
		}},
		"never made, destroyed": {lostRequest, func(t *testing.T, w *acctest.World, c acctest.Commands, token string) {
			c.Destroy().Expect(0, "Warning: API key may still appear", "[tf:"+token+"]", "State: It is no longer recorded.")
			if len(c.State()) != 0 || w.API.Count(opDelete) != 0 {
				t.Error(c.State())
			}
		}},
		"never made, destroyed unseen": {lostRequest, func(t *testing.T, w *acctest.World, c acctest.Commands, _ string) {
			c.Destroy("-refresh=false").Expect(0)
			if len(c.State()) != 0 || w.API.Count(opDelete) != 0 {
				t.Error(c.State())
			}
		}},
		"never made, removed from the configuration": {lostRequest, func(t *testing.T, w *acctest.World, c acctest.Commands, _ string) {
			c.Write("main.tf", "")
			c.Apply().Expect(0)
			if len(c.State()) != 0 {
				t.Error(c.State())
			}
		}},
		"made late, applied": {later, func(t *testing.T, w *acctest.World, c acctest.Commands, _ string) {
			w.Clock.Advance(3 * time.Minute)
			c.Plan().Expect(2, "is tainted, so", "must be replaced").ExpectNot(notFoundYet)
			c.Apply().Expect(0, "1 added, 0 changed, 1 destroyed")
			expectOnlyThis(t, w, c)
		}},
		"made late, refreshed, applied": {later, func(t *testing.T, w *acctest.World, c acctest.Commands, _ string) {
			w.Clock.Advance(3 * time.Minute)
			c.Apply("-refresh-only").Expect(0)
			expectUndecided(t, c, w.API.Keys()[1].ID, true)
			c.Apply("-refresh=false").Expect(0, "1 added, 0 changed, 1 destroyed")
			expectOnlyThis(t, w, c)
		}},
		"made between plan and apply": {later, func(t *testing.T, w *acctest.World, c acctest.Commands, _ string) {
			c.Plan("-out=saved").Expect(2, notFoundYet)
			w.Clock.Advance(3 * time.Minute)
			c.Apply("saved").Expect(0, "1 added, 0 changed, 1 destroyed")
			expectOnlyThis(t, w, c)
		}},
		"made late, destroyed": {later, func(t *testing.T, w *acctest.World, c acctest.Commands, _ string) {
			w.Clock.Advance(3 * time.Minute)
			c.Destroy().Expect(0).ExpectNot("may still appear")
			expectNames(t, w)
		}},
		"made late, destroyed unseen": {later, func(t *testing.T, w *acctest.World, c acctest.Commands, _ string) {
			w.Clock.Advance(3 * time.Minute)
			c.Destroy("-refresh=false").Expect(0)
			expectNames(t, w)
		}},
		"made late, removed from the configuration": {later, func(t *testing.T, w *acctest.World, c acctest.Commands, _ string) {
			w.Clock.Advance(3 * time.Minute)
			c.Write("main.tf", "")
			c.Apply().Expect(0)
			expectNames(t, w)
		}},
		"refused list": {later, func(t *testing.T, w *acctest.World, c acctest.Commands, _ string) {
			w.Clock.Advance(3 * time.Minute)
			w.API.Inject(fakenebula.Fault{Operation: opList, Times: -1, Answer: fakenebula.Failed(403, "not you")})
			c.Plan().Expect(1, "not you")
			c.Destroy("-refresh=false").Expect(1, "not you", "State: The key stays recorded: it may still be valid.")
			expectUndecided(t, c, "", true)
			w.API.ClearFaults()
			c.Destroy().Expect(0)
			expectNames(t, w)
		}},
		"several with the marker": {lostRequest, func(t *testing.T, w *acctest.World, c acctest.Commands, token string) {
			a, _ := w.API.AddKey("one", "text [tf:"+token+"]")
			b, _ := w.API.AddKey("copied by a colleague", "[tf:"+token+"]")
			both := a + ", " + b
			c.Plan().Expect(2, "Warning: Several API keys with one ownership marker", both, "Next: Find out which of them are in use, delete the others, then apply.")
			c.Apply().Expect(1, "Error: Unable to delete API key", both, "delete the others")
			c.Destroy().Expect(1, "Error: Unable to delete API key", both)
			expectUndecided(t, c, "", true)
			expectNames(t, w, "one", "copied by a colleague")
			w.API.DeleteKey(b)
			c.Apply().Expect(0, "1 added, 0 changed, 1 destroyed")
			expectOnlyThis(t, w, c)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := acctest.NewStage(t, acctest.Options{})
			w := c.World
			token := undecided(t, w, c, test.fault)
			test.run(t, w, c, token)
			if strings.Contains(name, "several") {
				return // the colleague's key was given the marker
			}
			expectForeignUntouched(t, w)
		})
	}
}

// With create_before_destroy the old key stays until there is a whole new one.
func TestAccUndecidedReplacement(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, acctest.Options{})
	lifecycle := "  lifecycle {\n    create_before_destroy = true\n  }\n}\n"
	c := applied(t, w, strings.Replace(oneKey, "\n}\n", "\n"+lifecycle, 1))
	old := attributes(c.State()[this])
	c.Write("main.tf", strings.Replace(oneKey, "\n}\n", "\n  keepers = { round = \"2\" }\n"+lifecycle, 1))
	w.API.Inject(fakenebula.Fault{Operation: opCreate, Drop: true, CommitAfter: 2 * time.Minute})
	c.Apply().Expect(1, "one may still appear")
	expectUndecided(t, c, "", true)
	if kept := attributes(c.State()[this+" (deposed)"]); kept["id"] != old["id"] || !w.API.Valid(old["key"]) {
		t.Errorf("the old key is not kept: %v", c.State())
	}
	w.Clock.Advance(3 * time.Minute)
	expectNames(t, w, "one", "one")
	// Terraform 1.16.0 may count one of the two destroyed instances only.
	c.Apply().Expect(0, "1 added, 0 changed", "Plan: 1 to add, 0 to change, 2 to destroy")
	expectOnlyThis(t, w, c)
	if w.API.Valid(old["key"]) {
		t.Error("the old key is still valid")
	}
}

// Several keys may carry the marker already when the create is looked into.
func TestAccSeveralCandidates(t *testing.T) {
	t.Parallel()
	c := acctest.NewStage(t, acctest.Options{})
	w := c.World
	c.Write("main.tf", oneKey)
	var once sync.Once
	w.API.OnRequest(func(r fakenebula.Request) {
		if r.Operation == opCreate {
			once.Do(func() { w.API.AddKey("copy", r.Facts[fakenebula.FactDescription]) })
		}
	})
	w.API.Inject(fakenebula.Fault{Operation: opCreate, Drop: true, Commit: true})
	c.Apply().Expect(1, "It may have made one of these keys, but which one could not be established: 2, 3.",
		"Look whether one of the keys was made by this, and delete it if so.", "curl -X DELETE")
	expectUndecided(t, c, "", true)
	expectNames(t, w, "one", "copy")
	w.API.DeleteKey("2")
	c.Apply().Expect(0, "1 added, 0 changed, 1 destroyed")
	expectOnlyThis(t, w, c)
}

// While the list is refused nothing can be resolved.
func TestAccUndecidedBecauseListIsRefused(t *testing.T) {
	t.Parallel()
	c := acctest.NewStage(t, acctest.Options{})
	w := c.World
	c.Write("main.tf", oneKey)
	w.API.Inject(
		fakenebula.Fault{Operation: opCreate, Drop: true, Commit: true},
		fakenebula.Fault{Operation: opList, Answer: fakenebula.Failed(403, "not you")},
	)
	c.Apply().Expect(1, "Whether it made a key could not be established:", "not you")
	expectUndecided(t, c, "", true)
	c.Apply().Expect(0, "1 added, 0 changed, 1 destroyed")
	expectOnlyThis(t, w, c)
}

// Three answers lost in a row are enough: nothing is left but an error.
func TestAccSecretsLostAgainAndAgain(t *testing.T) {
	t.Parallel()
	c := acctest.NewStage(t, acctest.Options{})
	w := c.World
	c.Write("main.tf", oneKey)
	w.API.Inject(fakenebula.Fault{Operation: opCreate, Times: -1, Drop: true, Commit: true})
	c.Apply().Expect(1, "The key that it made was deleted again, because its secret never arrived.", "State: No key was made that is left, and nothing is recorded.")
	if n := w.API.Count(opCreate); n != 3 {
		t.Errorf("%d creates, want 3", n)
	}
	expectNames(t, w)
	if len(c.State()) != 0 {
		t.Error(c.State())
	}
}

// A key that was found after its create, and cannot be deleted, is recorded
// with its id.
func TestAccLostKeyCannotBeDeleted(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]fakenebula.Fault{
		"answer lost": {Operation: opCreate, Drop: true, Commit: true},
		"without key": {Operation: opCreate, Rewrite: fakenebula.WithoutField("key")},
		"empty key":   {Operation: opCreate, Rewrite: fakenebula.WithField("key", `""`)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := acctest.NewStage(t, acctest.Options{})
			w := c.World
			c.Write("main.tf", oneKey)
			w.API.Inject(fault, fakenebula.Fault{Operation: opDelete, Answer: fakenebula.Failed(403, "not yours")})
			c.Apply().Expect(1, "Key 2 was made, and could not be deleted again:", "not yours", "State: Key 2 is recorded as tainted, without its secret.",
				"Apply again: key 2 is deleted before another is made.")
			expectUndecided(t, c, "2", true)
			c.Apply().Expect(0, "1 added, 0 changed, 1 destroyed")
			expectOnlyThis(t, w, c)
		})
	}
}

// A success that does not show the key is of no use: the key goes again.
func TestAccCreateWithoutKey(t *testing.T) {
	t.Parallel()
	c := acctest.NewStage(t, acctest.Options{})
	w := c.World
	c.Write("main.tf", oneKey)
	w.API.Inject(fakenebula.Fault{Operation: opCreate, Rewrite: fakenebula.WithoutField("key")})
	c.Apply().Expect(1, "Error: Unable to create API key", "without a secret", "nothing is recorded")
	expectOps(t, w, opCreate, opList, opDelete)
	expectNames(t, w)
	if len(c.State()) != 0 {
		t.Error(c.State())
	}
}

// Without a marker nothing can be resolved, and nothing is deleted.
func TestAccUndecidedWithoutMarker(t *testing.T) {
	t.Parallel()
	unmarked := acctest.ProviderBlock("ownership_marker = false") + oneKey
	const withoutID = "Warning: API key without id"
	for name, test := range map[string]struct {
		commit bool
		then   func(t *testing.T, w *acctest.World, c acctest.Commands)
	}{
		"made, applied": {true, func(t *testing.T, w *acctest.World, c acctest.Commands) {
			c.Plan().Expect(2, withoutID, `the key "one"`, "State: It stays recorded as tainted.", "must be replaced")
			c.Apply().Expect(0, "1 added, 0 changed, 1 destroyed", withoutID, "Next: Look for a key of that name, delete it if it is a leftover")
			expectNames(t, w, "one", "one")
			if len(w.API.Keys()) != 3 || w.API.Count(opDelete) != 0 {
				t.Error("a key was deleted")
			}
			c.Plan().Expect(0)
		}},
		"made, destroyed": {true, func(t *testing.T, w *acctest.World, c acctest.Commands) {
			c.Destroy().Expect(0, "Warning: API key without id forgotten", "nothing was deleted")
			expectNames(t, w, "one")
			if len(c.State()) != 0 {
				t.Error(c.State())
			}
		}},
		"not made, applied": {false, func(t *testing.T, w *acctest.World, c acctest.Commands) {
			c.Apply().Expect(0, "1 added, 0 changed, 1 destroyed", withoutID)
			expectNames(t, w, "one")
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := acctest.NewStage(t, acctest.Options{})
			w := c.World
			c.Write("main.tf", unmarked)
			w.API.Inject(fakenebula.Fault{Operation: opCreate, Drop: true, Commit: test.commit})
			want := []string{"Unable to create API key", "It carries no ownership marker (ownership_marker is false), so Terraform cannot find it."}
			if test.commit {
				want = append(want, "It may have made one of these keys, but which one could not be established: 2.", "Look whether that key is yours, and delete it if it is.",
					`curl -X DELETE -H "Authorization: Bearer $NEBULA_API_KEY" `+w.API.BaseURL()+"/api-keys/2")
			}
			c.Apply().Expect(1, want...)
			expectUndecided(t, c, "", false)
			w.API.ResetJournal()
			test.then(t, w, c)
		})
	}
}

// Without a marker the API gets the description as it is, and a key has no
// token.
func TestAccWithoutMarker(t *testing.T) {
	t.Parallel()
	c := acctest.NewStage(t, acctest.Options{})
	w := c.World
	staged(t, c, acctest.ProviderBlock("ownership_marker = false")+oneKey)
	if key := w.API.Keys()[1]; key.Description != "text" {
		t.Errorf("the description is %q", key.Description)
	}
	if state := c.State()[this].Attributes; state["creation_token"] != nil || state["key"] == nil {
		t.Error("the state has a token, or no key")
	}
	c.Plan().Expect(0)
	// Turning the marker on again is no difference for keys that exist.
	c.Write("main.tf", oneKey)
	c.Plan().Expect(0)
	c.Destroy().Expect(0)
	expectNames(t, w)
}

// A create that is refused leaves nothing, and is blamed on the argument that
// the API finds fault with.
func TestAccCreateRefused(t *testing.T) {
	t.Parallel()
	c := acctest.NewStage(t, acctest.Options{})
	w := c.World
	c.Write("main.tf", oneKey)
	for _, test := range []struct {
		name   string
		answer fakenebula.Answer
		want   []string
	}{
		{"400", fakenebula.Failed(400, "Description is too long"), []string{"(description)", "The API's message: Description is too long"}},
		{"401", fakenebula.Failed(401, "who?"), []string{"The API key that the provider uses is not accepted."}},
		{"403", fakenebula.Failed(403, "not you"), []string{"not you"}},
		{"404", fakenebula.Failed(404, "Not Found"), []string{"was answered with HTTP 404", "The API has no such route"}},
		{"409", fakenebula.Failed(409, "this one exists"), []string{"(name)", "Choose another name, or remove what has it."}},
		{"422", fakenebula.Failed(422, "bad name"), []string{"(name)", "bad name"}},
		{"429", fakenebula.TooManyRequests("7200"), []string{"It asked to wait for 2h0m0s"}},
		{"failed", fakenebula.Failed(200, "limit reached"), []string{"The API's message: limit reached"}},
		{"hostile text", fakenebula.Failed(403, "\x1b[2Jgone \u202e ak_CANARY0123456789 Bearer abcdefghijkl"), []string{"not allowed to do this"}},
	} {
		w.API.ResetJournal()
		w.API.Inject(fakenebula.Fault{Operation: opCreate, Answer: test.answer})
		c.Apply().Expect(1, append(test.want, "Error: Unable to create API key", "nothing is recorded")...).
			ExpectNot("\x1b", "\u202e", "CANARY", "Bearer abc")
		if n := w.API.Count(opCreate); n != 1 {
			t.Errorf("%s: %d creates", test.name, n)
		}
		if len(c.State()) != 0 {
			t.Fatalf("%s: the state holds %v", test.name, c.State())
		}
	}
	// What was never sent is sent again.
	w.API.Inject(fakenebula.Fault{Operation: opCreate, NotSent: fakenebula.ConnectionRefused(), Times: -1})
	c.Apply().Expect(1, "POST /api-keys was never sent", "The API knows nothing of it and did nothing.", "It was tried 5 times.", "nothing is recorded")
	w.API.ClearFaults()
	expectNames(t, w)
	c.Apply().Expect(0)
	expectOnlyThis(t, w, c)
}
