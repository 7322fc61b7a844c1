package apikey_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
)

// Destroying a key that is gone already succeeds, whether the refresh sees it
// or only the delete does.
func TestAccDestroyOfWhatIsGone(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{"refreshed": nil, "not refreshed": {"-refresh=false"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := acctest.NewStage(t, acctest.Options{})
			w := c.World
			staged(t, c, oneKey)
			w.API.DeleteKey(idOf(c, this))
			c.Destroy(args...).Expect(0)
			if len(c.State()) != 0 {
				t.Error(c.State())
			}
			if args == nil {
				expectOps(t, w, opList, opList)
			} else {
				expectOps(t, w, opDelete, opList, opList)
			}
		})
	}
}

// A delete that the API does not carry out fails, says why, and the key stays
// in the state.
func TestAccDestroyFails(t *testing.T) {
	t.Parallel()
	c := acctest.NewStage(t, acctest.Options{})
	w := c.World
	const kept = "State: The key stays recorded: it may still be valid."
	staged(t, c, acctest.ProviderBlock("max_retries = 1")+oneKey)
	id := idOf(c, this)
	for _, test := range []struct {
		name  string
		fault fakenebula.Fault
		want  []string
		lists int // besides the one of the refresh
	}{
		{"401", fakenebula.Fault{Answer: fakenebula.Failed(401, "who?")}, []string{"The API key that the provider uses is not accepted."}, 0},
		{"403", fakenebula.Fault{Answer: fakenebula.Failed(403, "not yours")}, []string{"The API's message: not yours", "is valid but not allowed to do this"}, 0},
		{"404", fakenebula.Fault{Answer: fakenebula.Failed(404, "Not Found")},
			[]string{"was answered with HTTP 404 Not Found", "The list of keys still shows the key.", w.API.BaseURL()}, 2},
		{"405", fakenebula.Fault{Answer: fakenebula.Failed(405, "Method Not Allowed")},
			[]string{"The list of keys still shows the key."}, 2},
		{"409", fakenebula.Fault{Answer: fakenebula.Failed(409, "in use")}, []string{"The API's message: in use", "Find out what still uses it"}, 0},
		{"422", fakenebula.Fault{Answer: fakenebula.Failed(422, "no such format")}, []string{"The API's message: no such format"}, 1},
		{"429", fakenebula.Fault{Answer: fakenebula.TooManyRequests("3600")}, []string{"It asked to wait for 1h0m0s"}, 0},
		{"500", fakenebula.Fault{Answer: fakenebula.Failed(500, "oops")}, []string{"HTTP 500 Internal Server Error", "It was tried 2 times.", "The list of keys still shows the key."}, 1},
		{"proxy", fakenebula.Fault{Answer: fakenebula.HTML(502)}, []string{"HTTP 502 Bad Gateway", "The list of keys still shows the key."}, 1},
		{"redirect", fakenebula.Fault{Answer: fakenebula.Redirect(308, "https://example.com/")}, []string{"HTTP 308 Permanent Redirect", "The list of keys still shows the key."}, 1},
		{"failed", fakenebula.Fault{Answer: fakenebula.Failed(200, "the key is protected")}, []string{"The API's message: the key is protected", "The list of keys still shows the key."}, 1},
		{"dropped", fakenebula.Fault{Drop: true}, []string{"DELETE /api-keys/{id} got no answer", "The list of keys still shows the key."}, 1},
	} {
		test.fault.Operation, test.fault.Times = opDelete, -1
		w.API.Inject(test.fault)
		w.API.ResetJournal()
		c.Destroy().Expect(1, append(test.want, "Error: Unable to delete API key", kept, "Next: ")...)
		if lists := w.API.Count(opList); lists != 1+test.lists {
			t.Errorf("%s: %d lists, want %d", test.name, lists, 1+test.lists)
		}
		w.API.ClearFaults()
		if state := c.State()[this]; state.Attributes["id"] != id || state.Tainted {
			t.Fatalf("%s: the state became %+v", test.name, state)
		}
	}
	// Whether the key is gone cannot be established while the list is refused.
	w.API.Inject(fakenebula.Fault{Operation: opDelete, Drop: true, Commit: true}, fakenebula.Fault{Operation: opDelete, Times: -1, Answer: fakenebula.Failed(404, "API key not found")},
		fakenebula.Fault{Operation: opList, Times: -1, Answer: fakenebula.Failed(403, "no list for you")})
	c.Destroy("-refresh=false").Expect(1, "Whether the key is gone could not be established:", "no list for you", kept)
	w.API.ClearFaults()
	if len(c.State()) != 1 {
		t.Error("the state is gone")
	}
	c.Destroy().Expect(0)
}

// An answer that proves nothing is looked into: a key that is gone is gone.
func TestAccDestroySucceedsAfterAll(t *testing.T) {
	t.Parallel()
	c := acctest.NewStage(t, acctest.Options{})
	w := c.World
	c.Write("main.tf", oneKey)
	for _, test := range []struct {
		name   string
		faults []fakenebula.Fault
	}{
		{"409 twice", []fakenebula.Fault{{Times: 2, Answer: fakenebula.Failed(409, "in use")}}},
		{"429", []fakenebula.Fault{{Answer: fakenebula.TooManyRequests("30")}}},
		{"answer lost", []fakenebula.Fault{{Drop: true, Commit: true}}},
		{"500 after the fact", []fakenebula.Fault{{Times: 1, Commit: true, Answer: fakenebula.Failed(500, "oops")}}},
		{"failed after the fact", []fakenebula.Fault{{Commit: true, Answer: fakenebula.Failed(200, "no")}}},
		{"404 after the fact", []fakenebula.Fault{{Commit: true, Answer: fakenebula.Failed(404, "no")}}},
		{"late", []fakenebula.Fault{{Drop: true, CommitAfter: 3 * time.Second}}},
		{"without data", []fakenebula.Fault{{Answer: fakenebula.JSON(200, `{"status":"success","message":"deleted"}`), Commit: true}}},
		{"with odd data", []fakenebula.Fault{{Rewrite: fakenebula.WithData(`["deleted"]`)}}},
	} {
		c.Apply().Expect(0, "1 added")
		w.Clock.Advance(time.Hour)
		for i := range test.faults {
			test.faults[i].Operation = opDelete
		}
		w.API.Inject(test.faults...)
		c.Destroy().Expect(0, "1 destroyed")
		w.API.ClearFaults()
		if err := w.NothingLeft(nil); err != nil || len(c.State()) != 0 {
			t.Fatalf("%s: %v, state %v", test.name, err, c.State())
		}
	}
}

// A conflict is waited out for as long as timeouts.delete says.
func TestAccDeleteTimeout(t *testing.T) {
	t.Parallel()
	c := acctest.NewStage(t, acctest.Options{})
	w := c.World
	config := func(timeout string) string {
		return "resource \"nebula_api_key\" \"this\" {\n  name = \"n\"\n" + timeout + "}\n"
	}
	staged(t, c, config(""))
	w.API.Inject(fakenebula.Fault{Operation: opDelete, Times: -1, Answer: fakenebula.Failed(409, "in use")})
	elapsed(t, w, 4*time.Minute, 5*time.Minute, func() { c.Destroy().Expect(1, "in use") })
	w.API.ClearFaults()
	c.Write("main.tf", config("  timeouts {\n    delete = \"20m\"\n  }\n"))
	c.Apply().Expect(0, "1 changed")
	w.API.Inject(fakenebula.Fault{Operation: opDelete, Times: -1, Answer: fakenebula.Failed(409, "in use")})
	elapsed(t, w, 19*time.Minute, 20*time.Minute, func() { c.Destroy().Expect(1, "in use") })
}

// A replacement whose delete is refused leaves the old key in the state, and
// makes no new one.
func TestAccReplaceWithRefusedDelete(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, acctest.Options{})
	c := applied(t, w, oneKey)
	id := idOf(c, this)
	c.Write("main.tf", "resource \"nebula_api_key\" \"this\" {\n  name = \"two\"\n}\n")
	w.API.Inject(fakenebula.Fault{Operation: opDelete, Answer: fakenebula.Failed(403, "not yours")})
	c.Apply().Expect(1, "not yours")
	expectNames(t, w, "one")
	if idOf(c, this) != id {
		t.Error(c.State())
	}
	c.Apply().Expect(0, "1 added, 0 changed, 1 destroyed")
	expectNames(t, w, "two")

	// With create_before_destroy the old key is kept as a deposed one, and
	// deleted by the next apply.
	c.Write("main.tf", "resource \"nebula_api_key\" \"this\" {\n  name = \"three\"\n  lifecycle {\n    create_before_destroy = true\n  }\n}\n")
	w.API.Inject(fakenebula.Fault{Operation: opDelete, Answer: fakenebula.Failed(403, "not yours")})
	c.Apply().Expect(1, "not yours")
	expectNames(t, w, "two", "three")
	if addresses := slices.Sorted(maps.Keys(c.State())); !slices.Equal(addresses, []string{this, this + " (deposed)"}) {
		t.Error(addresses)
	}
	c.Apply().Expect(0, "0 added, 0 changed, 1 destroyed")
	expectNames(t, w, "three")
}

// The key that the provider works with is not revoked by it: neither by
// destroy nor by a replacement.
func TestOwnKeyIsNotDeleted(t *testing.T) {
	t.Parallel()
	c := acctest.NewStage(t, acctest.Options{})
	w := c.World
	staged(t, c, oneKey)
	id := idOf(c, this)
	secret := w.API.Secret(id)

	c.Setenv("NEBULA_API_KEY", secret)
	c.Plan().Expect(0)
	refusal := []string{
		"Error: Unable to delete API key",
		"Key " + id + " is the key that the provider itself authenticates with.",
		"State: The key stays recorded and stays valid. Nothing was called.",
		"Run again with another credential, such as another key in api_key (environment variable NEBULA_API_KEY)",
		"terraform state rm",
	}
	c.Destroy().Expect(1, refusal...).ExpectNot(secret)
	c.Apply("-replace="+this).Expect(1, refusal...)
	if w.API.Count(opDelete) != 0 || w.API.Count(opCreate) != 0 || !w.API.Valid(secret) || idOf(c, this) != id {
		t.Errorf("the key did not stay as it was: %+v", w.API.Journal())
	}
	// Other keys are nobody's credential.
	c.Write("other.tf", "resource \"nebula_api_key\" \"other\" {\n  name = \"other\"\n}\n")
	c.Apply().Expect(0, "1 added")
	c.Destroy("-target=nebula_api_key.other").Expect(0, "1 destroyed")

	c.Setenv("NEBULA_API_KEY", w.OwnSecret)
	c.Destroy().Expect(0, "1 destroyed")
	if w.API.Valid(secret) {
		t.Error("the key is still valid")
	}
}

// An account for a single key answers a create by invalidating the credential
// in use. What fails then says that this may be why.
func TestAccOneKeyAccount(t *testing.T) {
	t.Parallel()
	c := acctest.NewStage(t, acctest.Options{Fake: fakenebula.Options{Keys: fakenebula.KeyOptions{OneKey: true}}})
	w := c.World
	c.Write("main.tf", `
resource "nebula_api_key" "this" {
  name = "first"
}
resource "nebula_api_key" "then" {
  name       = "second"
  depends_on = [nebula_api_key.this]
}
`)
	c.Apply().Expect(1, "Unable to create API key", "HTTP 401 Unauthorized",
		"An account that may hold only one key can have answered an earlier create of this run by invalidating the credential in use")
	if state := c.State(); len(state) != 1 || !w.API.Valid(attributes(state[this])["key"]) {
		t.Errorf("the first key is not kept: %v", state)
	}
}
