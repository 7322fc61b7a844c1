package apikey_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
)

const oneKey = `
resource "nebula_api_key" "this" {
  name        = "one"
  description = "text"
}
`

// applied is a directory in which a configuration has been applied, with the
// journal at its begin and the key of a respectable age.
func applied(t *testing.T, w *acctest.World, config string) *acctest.CLI {
	t.Helper()
	c := w.CLI(t)
	c.Write("main.tf", config)
	c.Apply().Expect(0)
	w.Clock.Advance(time.Hour)
	w.API.ResetJournal()
	return c
}

// staged is the same on a stage.
func staged(t *testing.T, c *acctest.Stage, config string) {
	t.Helper()
	c.Write("main.tf", config)
	c.Apply().Expect(0)
	c.Clock.Advance(time.Hour)
	c.API.ResetJournal()
}

func idOf(c acctest.Commands, address string) string {
	id, _ := c.State()[address].Attributes["id"].(string)
	return id
}

// A key that was deleted elsewhere is made again. That takes two complete lists
// and the time between them, once for all keys.
func TestAccDeletedElsewhere(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, acctest.Options{})
	c := applied(t, w, "resource \"nebula_api_key\" \"these\" {\n  for_each = toset([\"a\", \"b\", \"c\", \"d\"])\n  name = each.key\n}\n")
	for _, key := range w.API.Keys() {
		if key.Name == "a" || key.Name == "b" || key.Name == "c" {
			w.API.DeleteKey(key.ID)
		}
	}
	elapsed(t, w, 2*time.Second, 2*time.Second, func() {
		c.Plan().Expect(2, "3 to add, 0 to change, 0 to destroy").ExpectNot("Warning")
	})
	expectOps(t, w, opList, opList)
	elapsed(t, w, 2*time.Second, 2*time.Second, func() {
		c.Apply().Expect(0, "3 added, 0 changed, 0 destroyed")
	})
	expectOps(t, w, opList, opList, opCreate, opCreate, opCreate)
	expectNames(t, w, "a", "b", "c", "d")
	c.Plan().Expect(0)
}

// A key that is missing a moment after its creation may merely not be listed
// yet.
func TestAccDeletedElsewhereWhileYoung(t *testing.T) {
	t.Parallel()
	c := acctest.NewStage(t, acctest.Options{})
	w := c.World
	c.Write("main.tf", oneKey)
	c.Apply().Expect(0)
	id := idOf(c, this)
	w.Clock.Advance(20 * time.Second)
	w.API.DeleteKey(id)
	c.Plan().Expect(2, "1 to add, 0 to change, 0 to destroy", "Warning: API key gone soon after its creation",
		"Two complete lists lack key "+id, "Next: Plan again before you apply. If the key is back, import it instead.")
	if idOf(c, this) != id {
		t.Error("a plan changed the state")
	}
}

// The list may show a new key only after a while. No plan may want to make it
// again because of that.
func TestAccListLags(t *testing.T) {
	t.Parallel()
	for _, lag := range []time.Duration{time.Second, 5 * time.Second, 9 * time.Second} {
		t.Run(lag.String(), func(t *testing.T) {
			t.Parallel()
			c := acctest.NewStage(t, acctest.Options{Fake: fakenebula.Options{HideNewFor: lag}})
			w := c.World
			c.Write("main.tf", oneKey)
			c.Apply().Expect(0)
			if keys := w.API.Keys(); !keys[1].Hidden {
				t.Fatal("the key is listed already")
			}
			// The key's age is waited out, and not much more.
			elapsed(t, w, lag, 12*time.Second, func() { c.Plan().Expect(0, "No changes.").ExpectNot("Warning") })
			c.Plan().Expect(0)
		})
	}
}

// A read of the same run as the create is not misled either.
func TestAccListLagsBehindDestroy(t *testing.T) {
	t.Parallel()
	c := acctest.NewStage(t, acctest.Options{Fake: fakenebula.Options{HideNewFor: 30 * time.Second}})
	w := c.World
	c.Write("main.tf", oneKey)
	c.Apply().Expect(0)
	w.API.ResetJournal()
	c.Destroy("-refresh=false").Expect(0)
	expectOps(t, w, opDelete)
	expectNames(t, w)
}

// What was changed elsewhere is shown, and put right by a replacement.
func TestChangedElsewhere(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change          func(w *acctest.World, id string)
		attribute, want string
	}{
		"name":           {func(w *acctest.World, id string) { w.API.SetName(id, "other") }, "name", "other"},
		"description":    {func(w *acctest.World, id string) { w.API.SetDescription(id, "other "+someMarker) }, "description", "other " + someMarker},
		"to nothing":     {func(w *acctest.World, id string) { w.API.SetDescription(id, "") }, "description", ""},
		"foreign marker": {func(w *acctest.World, id string) { w.API.SetDescription(id, "text "+someMarker) }, "description", "text " + someMarker},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := acctest.NewStage(t, acctest.Options{})
			w := c.World
			staged(t, c, oneKey)
			before := attributes(c.State()[this])
			test.change(w, before["id"])
			c.Plan().Expect(2, "must be replaced", "1 to add, 0 to change, 1 to destroy")
			c.Apply("-refresh-only").Expect(0)
			if have := attributes(c.State()[this]); have[test.attribute] != test.want || have["creation_token"] != before["creation_token"] {
				t.Errorf("the state holds %v", have)
			}
			c.Apply().Expect(0, "1 added, 0 changed, 1 destroyed")
			expectNames(t, w, "one")
			if _, err := liveKey(w, before["id"]); err == nil {
				t.Error("the changed key is still there")
			}
			if err := checkKey(w, attributes(c.State()[this]), nil); err != nil {
				t.Error(err)
			}
		})
	}
}

// A marker that somebody removed is no difference: the text is as configured,
// and the id still finds the key.
func TestAccMarkerRemovedElsewhere(t *testing.T) {
	t.Parallel()
	c := acctest.NewStage(t, acctest.Options{})
	w := c.World
	staged(t, c, oneKey)
	w.API.SetDescription(idOf(c, this), "text")
	c.Plan().Expect(0, "No changes.")
	c.Destroy().Expect(0)
	expectNames(t, w)
}

// faultsOfList are answers that are no list. None of them means that a key is
// gone.
var faultsOfList = []struct {
	name  string
	fault fakenebula.Fault
	want  string
}{
	{"401", fakenebula.Fault{Answer: fakenebula.Failed(401, "who?")}, "The API key that the provider uses is not accepted. Set one that is: api_key (environment variable NEBULA_API_KEY)."},
	{"403", fakenebula.Fault{Answer: fakenebula.Failed(403, "not you")}, "The API's message: not you"},
	{"404", fakenebula.Fault{Answer: fakenebula.Failed(404, "Not Found")}, "GET /api-keys, /api_keys, /keys was answered with HTTP 404 Not Found: the API knows none of the routes"},
	{"500", fakenebula.Fault{Answer: fakenebula.Failed(500, "oops")}, "HTTP 500 Internal Server Error"},
	{"proxy", fakenebula.Fault{Answer: fakenebula.HTML(502)}, "HTTP 502 Bad Gateway"},
	{"page with 200", fakenebula.Fault{Answer: fakenebula.HTML(200)}, "That is no usable answer."},
	{"redirect", fakenebula.Fault{Answer: fakenebula.Redirect(302, "https://example.com/login")}, "HTTP 302 Found"},
	{"failed", fakenebula.Fault{Answer: fakenebula.Failed(200, "try later")}, "The API's message: try later"},
	{"null", fakenebula.Fault{Rewrite: fakenebula.WithData("null")}, "That is no usable answer."},
	{"no data", fakenebula.Fault{Answer: fakenebula.JSON(200, `{"status":"success","message":"ok"}`)}, "That is no usable answer."},
	{"object", fakenebula.Fault{Rewrite: fakenebula.WithData("{}")}, "That is no usable answer."},
	{"empty object in it", fakenebula.Fault{Rewrite: fakenebula.WithData("[{}]")}, "That is no usable answer."},
	{"id of a wrong type", fakenebula.Fault{Rewrite: fakenebula.WithField("id", "1.5")}, "That is no usable answer."},
	{"no JSON", fakenebula.Fault{Answer: fakenebula.JSON(200, `{"data":[`)}, "That is no usable answer."},
	{"empty body", fakenebula.Fault{Answer: fakenebula.JSON(200, ``)}, "That is no usable answer."},
	{"cut", fakenebula.Fault{Rewrite: fakenebula.Cut}, "That is no usable answer."},
	{"oversized", fakenebula.Fault{Rewrite: fakenebula.Oversize}, "That is no usable answer."},
	{"dropped", fakenebula.Fault{Drop: true}, "GET /api-keys got no answer"},
}

// A refresh that fails is an error, in plan and in apply, and the state stays.
func TestAccRefreshFails(t *testing.T) {
	t.Parallel()
	c := acctest.NewStage(t, acctest.Options{})
	w := c.World
	staged(t, c, acctest.ProviderBlock("max_retries = 1")+oneKey)
	before := c.State()
	for _, test := range faultsOfList {
		test.fault.Operation, test.fault.Times = opList, -1
		w.API.Inject(test.fault)
		c.Plan().Expect(1, "Error: Unable to read API key", test.want, "State: The key stays recorded as it was.").
			ExpectNot("to add", "Warning: API key")
		c.Apply().Expect(1, "Error: Unable to read API key")
		w.API.ClearFaults()
		if after := c.State(); !reflect.DeepEqual(after, before) {
			t.Fatalf("%s: the state became %v", test.name, after)
		}
	}
	for _, r := range w.API.Journal() {
		if r.Changes {
			t.Errorf("%s %s", r.Method, r.Path)
		}
	}
	c.Plan().Expect(0)
}

// A fault that goes away is waited out.
func TestAccRefreshRecovers(t *testing.T) {
	t.Parallel()
	c := acctest.NewStage(t, acctest.Options{})
	w := c.World
	staged(t, c, oneKey)
	for _, test := range faultsOfList {
		switch test.name {
		case "401", "403", "404", "redirect", "failed":
			continue // these stay
		}
		test.fault.Operation, test.fault.Times = opList, 2
		w.API.Inject(test.fault)
		c.Plan().Expect(0, "No changes.")
		if w.API.ArmedFaults() != 0 {
			t.Errorf("%s did not happen", test.name)
			w.API.ClearFaults()
		}
	}
}

// A short list is a complete one as far as anybody can tell; only the second
// look tells the difference.
func TestAccOneStaleListIsNotBelieved(t *testing.T) {
	t.Parallel()
	c := acctest.NewStage(t, acctest.Options{})
	w := c.World
	staged(t, c, oneKey)
	id := idOf(c, this)
	w.API.Inject(fakenebula.Fault{Operation: opList, Omit: func(k fakenebula.Object) bool { return k.ID == id }})
	c.Plan().Expect(0, "No changes.")
	expectOps(t, w, opList, opList)
	// The second list may fail too.
	w.API.Inject(
		fakenebula.Fault{Operation: opList, Omit: func(k fakenebula.Object) bool { return k.ID == id }},
		fakenebula.Fault{Operation: opList, Answer: fakenebula.Failed(403, "not you")},
	)
	c.Plan().Expect(1, "not you")
}

// However many keys there are, a plan is one list, data sources included.
func TestAccOneListForAll(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, acctest.Options{})
	var b strings.Builder
	b.WriteString("resource \"nebula_api_key\" \"these\" {\n  count = 30\n  name = \"key ${count.index}\"\n}\n")
	c := applied(t, w, b.String())
	for i := range 10 {
		fmt.Fprintf(&b, "data \"nebula_api_key\" \"name%d\" {\n  name = \"key %d\"\n}\n", i, i)
		fmt.Fprintf(&b, "data \"nebula_api_key\" \"id%d\" {\n  id = \"%d\"\n}\n", i, i+2)
	}
	b.WriteString("data \"nebula_api_keys\" \"all\" {}\n")
	c.Write("main.tf", b.String())
	c.Plan().Expect(0, "No changes.")
	expectOps(t, w, opList)
	c.Write("main.tf", oneKey)
	c.Apply("-parallelism=3").Expect(0, "1 added, 0 changed, 30 destroyed")
	creates, deletes, lists := w.API.Count(opCreate), w.API.Count(opDelete), w.API.Count(opList)
	if creates != 1 || deletes != 30 || lists != 1 {
		t.Errorf("%d creates, %d deletes, %d lists", creates, deletes, lists)
	}
}
