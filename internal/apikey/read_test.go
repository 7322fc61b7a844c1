package apikey_test

import (
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

const noneFound = "Warning: None of the API keys was found"

// A key that was deleted elsewhere is made again. That takes two complete lists
// and the time between them, once for all keys.
func TestDeletedElsewhere(t *testing.T) {
	t.Parallel()
	s := acctest.NewStage(t, acctest.Options{})
	for _, name := range []string{"a", "b", "c", "d"} {
		s.Resources = append(s.Resources, keyBlock(name, rehearsal.Args{"name": name}))
	}
	s.Apply().Succeeds()
	s.Clock.Advance(time.Hour)
	s.API.ResetJournal()
	for _, key := range s.API.Keys() {
		if slices.Contains([]string{"a", "b", "c"}, key.Name) {
			s.API.DeleteKey(key.ID)
		}
	}
	again := map[string]rehearsal.Action{"nebula_api_key.a": rehearsal.Create, "nebula_api_key.b": rehearsal.Create, "nebula_api_key.c": rehearsal.Create}
	elapsed(t, s.World, 2*time.Second, 2*time.Second, func() { s.Plan().Succeeds().Does(again) })
	expectOps(t, s.World, opList, opList)
	elapsed(t, s.World, 2*time.Second, 2*time.Second, func() { s.Apply().Succeeds() })
	expectOps(t, s.World, opList, opList, opCreate, opCreate, opCreate)
	expectNames(t, s.World, "a", "b", "c", "d")
	s.Plan().Succeeds().DoesNothing()
}

// When not one key of a run is in the list, the credential may belong to another
// account: one warning says so, however many keys there are. They are planned
// again all the same.
func TestStateOfAnotherAccount(t *testing.T) {
	t.Parallel()
	const n = 5
	s := acctest.NewStage(t, acctest.Options{})
	for i := range n {
		s.Resources = append(s.Resources, keyBlock(fmt.Sprintf("k%d", i), one()))
	}
	s.Apply().Succeeds()
	s.Clock.Advance(time.Hour)
	_, other := s.API.AddKeyIn("another account", "theirs", "")
	theirs := s.Sibling(map[string]string{"NEBULA_API_KEY": other})
	s.Serve = theirs.Serve

	told := s.Plan().Succeeds(noneFound, "asked with the API key", "the credential belongs to another account", "Next: ")
	if got := len(told.Diagnostics); got != 1 {
		t.Errorf("%d warnings, want 1:\n%s", got, told.Text())
	}
	if got := len(told.Planned.Changes); got != n {
		t.Errorf("%d changes are planned, want %d", got, n)
	}
	// A destroy that sees nothing but absence is not silent either.
	s.Destroy("-refresh=false").Succeeds("Warning: API key not confirmed to be deleted", "or it belongs to another account than the credential")
	if got := len(s.API.Keys()); got != n+2 {
		t.Errorf("%d keys are left", got)
	}
}

// A key that is missing a moment after its creation may merely not be listed
// yet.
func TestDeletedElsewhereWhileYoung(t *testing.T) {
	t.Parallel()
	s := stageOf(t, one())
	s.Apply().Succeeds()
	id := stored(s)["id"]
	s.Clock.Advance(20 * time.Second)
	s.API.DeleteKey(id)
	s.Plan().Succeeds("Warning: API key gone soon after its creation", "Two complete lists do not show key "+id,
		"Next: Plan again before you apply. If the key is back, import it instead.").Does(map[string]rehearsal.Action{this: rehearsal.Create})
	if stored(s)["id"] != id {
		t.Error("a plan changed the state")
	}
}

// The list may show a new key only after a while. No plan may want to make it
// again because of that.
func TestListLags(t *testing.T) {
	t.Parallel()
	for _, lag := range []time.Duration{time.Second, 5 * time.Second, 9 * time.Second} {
		t.Run(lag.String(), func(t *testing.T) {
			t.Parallel()
			s := stageOf(t, one(), fakenebula.Options{HideNewFor: lag})
			s.Apply().Succeeds()
			if keys := s.API.Keys(); !keys[1].Hidden {
				t.Fatal("the key is listed already")
			}
			// The key's age is waited out, and not much more.
			elapsed(t, s.World, lag, 12*time.Second, func() { s.Plan().Succeeds().Silent().DoesNothing() })
			s.Plan().Succeeds().DoesNothing()
		})
	}
}

// A read of the same run as the create is not misled either.
func TestListLagsBehindDestroy(t *testing.T) {
	t.Parallel()
	s := stageOf(t, one(), fakenebula.Options{HideNewFor: 9 * time.Second})
	s.Apply().Succeeds()
	s.API.ResetJournal()
	s.Destroy("-refresh=false").Succeeds()
	s.Changed(acctest.Calls{opDelete: 1})
	expectNames(t, s.World)
}

// What was changed elsewhere is shown, and put right by a replacement.
func TestChangedElsewhere(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change            func(s *acctest.Stage, id string)
		attribute, before string
	}{
		"name":                 {func(s *acctest.Stage, id string) { s.API.SetName(id, "other") }, "name", "other"},
		"description":          {func(s *acctest.Stage, id string) { s.API.SetDescription(id, "other "+someMarker) }, "description", "other " + someMarker},
		"to nothing":           {func(s *acctest.Stage, id string) { s.API.SetDescription(id, "") }, "description", ""},
		"foreign marker":       {func(s *acctest.Stage, id string) { s.API.SetDescription(id, "text "+someMarker) }, "description", "text " + someMarker},
		"foreign marker alone": {func(s *acctest.Stage, id string) { s.API.SetDescription(id, someMarker) }, "description", someMarker},
		"more after the marker": {func(s *acctest.Stage, id string) {
			s.API.SetDescription(id, "text [tf:"+stored(s)["creation_token"]+"] more")
		}, "description", ""},
		"several lines": {func(s *acctest.Stage, id string) {
			s.API.SetDescription(id, "a\nb\n [tf:"+stored(s)["creation_token"]+"]")
		}, "description", "a\nb\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := settled(t, one(), of2024())
			id, token := stored(s)["id"], stored(s)["creation_token"]
			test.change(s, id)
			plan := s.Plan().Succeeds().Does(map[string]rehearsal.Action{this: rehearsal.Replace}).Planned
			if got := plan.Refreshed(this).Object.Text(test.attribute); got != test.before && name != "more after the marker" {
				t.Errorf("%s is %q, want %q", test.attribute, got, test.before)
			}
			s.Apply("-refresh-only").Succeeds()
			if got := stored(s)["creation_token"]; got != token {
				t.Errorf("creation_token became %v", got)
			}
			s.Apply().Succeeds()
			expectWhole(t, s)
			if _, err := liveKey(s.World, id); err == nil {
				t.Error("the changed key is still there")
			}
		})
	}
}

// A marker that somebody removed is no difference: the text is as configured,
// and the id still finds the key.
func TestMarkerRemovedElsewhere(t *testing.T) {
	t.Parallel()
	s := settled(t, one())
	s.API.SetDescription(stored(s)["id"], "text")
	s.Plan().Succeeds().Silent().DoesNothing()
	s.Destroy().Succeeds()
	expectNames(t, s.World)
}

// A row that lacks a field says nothing about it.
func TestAbsentIsNotEmpty(t *testing.T) {
	t.Parallel()
	for _, field := range []string{"description", "team", "created_at", "status", "key", "name"} {
		t.Run(field, func(t *testing.T) {
			t.Parallel()
			s := settled(t, one(rehearsal.Args{"team_id": "7"}), fakenebula.Options{Reading: fakenebula.Reading2025, Keys: fakenebula.KeyOptions{RowsDescribe: fakenebula.Yes}})
			before := s.Workspace.State(this)
			for how, rewrite := range map[string]func(fakenebula.Answer) fakenebula.Answer{"absent": fakenebula.WithoutField(field), "null": fakenebula.WithField(field, "null")} {
				s.API.Inject(fakenebula.Fault{Operation: opList, Times: -1, Rewrite: rewrite})
				if field == "name" {
					// A row is required to have a name: that it lacks one is the
					// API's word for an empty one.
					s.API.ClearFaults()
					continue
				}
				s.Plan().Succeeds().Silent().DoesNothing()
				s.Apply("-refresh-only").Succeeds()
				s.API.ClearFaults()
				if after := s.Workspace.State(this); !after.Object.Equal(before.Object) {
					t.Errorf("%s: the state became %v", how, after.Object)
				}
			}
		})
	}
}

// A key that somebody switched off stays what it is, with a warning.
func TestInactiveKey(t *testing.T) {
	t.Parallel()
	s := settled(t, one(), of2025())
	id := stored(s)["id"]
	s.API.SetActive(id, false)
	s.Plan().Succeeds("Warning: API key is inactive", "key "+id+`, named "one", is inactive`, "Next: ").DoesNothing()
	s.API.SetActive(id, true)
	s.Plan().Succeeds().Silent().DoesNothing()
}

// created_at is the API's word, else the token's, and stays what it is once it
// is recorded.
func TestCreatedAt(t *testing.T) {
	t.Parallel()
	s := stageOf(t, one())
	s.Apply().Succeeds()
	first := stored(s)["created_at"]
	if first != acctest.Start().Format(time.RFC3339) {
		t.Errorf("created_at is %q", first)
	}
	s.Clock.Advance(time.Hour)
	s.API.Inject(fakenebula.Fault{Operation: opList, Times: -1, Rewrite: fakenebula.WithField("created_at", fmt.Sprint(acctest.Start().Unix()+3))})
	s.Plan().Succeeds().Silent().DoesNothing()
	s.Apply("-refresh-only").Succeeds()
	if got := stored(s)["created_at"]; got != first {
		t.Errorf("created_at became %q", got)
	}

	// Without a marker and without a word of the API's nobody knows.
	s = stageOf(t, one(), of2024())
	s.Provider = rehearsal.Args{"ownership_marker": false}
	s.Apply().Succeeds()
	if got, ok := stored(s)["created_at"]; ok {
		t.Errorf("created_at is %q", got)
	}
	s.Plan().Succeeds().DoesNothing()
	// The list may know later.
	s.API.Inject(fakenebula.Fault{Operation: opList, Times: -1, Rewrite: fakenebula.WithField("created_at", "1795398963")})
	s.Apply("-refresh-only").Succeeds()
	if got := stored(s)["created_at"]; got != "2026-11-23T01:56:03Z" {
		t.Errorf("created_at is %q", got)
	}
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
	{"404", fakenebula.Fault{Answer: fakenebula.Failed(404, "Not Found")}, "GET /api-keys, /api_keys, /keys was answered with HTTP 404 Not Found: the API knows none of the routes under which this call is documented or was seen"},
	{"500", fakenebula.Fault{Answer: fakenebula.Failed(500, "oops")}, "HTTP 500 Internal Server Error"},
	{"proxy", fakenebula.Fault{Answer: fakenebula.HTML(502)}, "HTTP 502 Bad Gateway"},
	{"page with 200", fakenebula.Fault{Answer: fakenebula.HTML(200)}, "This answer cannot be used."},
	{"redirect", fakenebula.Fault{Answer: fakenebula.Redirect(302, "https://example.com/login")}, "HTTP 302 Found"},
	{"failed", fakenebula.Fault{Answer: fakenebula.Failed(200, "try later")}, "The API's message: try later"},
	{"null", fakenebula.Fault{Rewrite: fakenebula.WithData("null")}, "This answer cannot be used."},
	{"no data", fakenebula.Fault{Answer: fakenebula.JSON(200, `{"status":"success","message":"ok"}`)}, "This answer cannot be used."},
	{"object", fakenebula.Fault{Rewrite: fakenebula.WithData("{}")}, "This answer cannot be used."},
	{"empty object in it", fakenebula.Fault{Rewrite: fakenebula.WithData("[{}]")}, "This answer cannot be used."},
	{"id of a wrong type", fakenebula.Fault{Rewrite: fakenebula.WithField("id", "1.5")}, "This answer cannot be used."},
	{"no JSON", fakenebula.Fault{Answer: fakenebula.JSON(200, `{"data":[`)}, "This answer cannot be used."},
	{"empty body", fakenebula.Fault{Answer: fakenebula.JSON(200, ``)}, "This answer cannot be used."},
	{"cut", fakenebula.Fault{Rewrite: fakenebula.Cut}, "This answer cannot be used."},
	{"oversized", fakenebula.Fault{Rewrite: fakenebula.Oversize}, "This answer cannot be used."},
	{"dropped", fakenebula.Fault{Drop: true}, "GET /api-keys got no answer"},
}

// A refresh that fails is an error, in plan and in apply, and the state stays.
func TestRefreshFails(t *testing.T) {
	t.Parallel()
	for _, test := range faultsOfList {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := settled(t, one(), of2024())
			s.Provider = rehearsal.Args{"max_retries": 1}
			before := s.Stored()
			test.fault.Operation, test.fault.Times = opList, -1
			s.API.Inject(test.fault)
			s.Plan().Fails("Error: Unable to read API key", test.want, "State: The key stays in the state as it was.").ExpectNot("Warning: API key")
			s.Apply().Fails("Error: Unable to read API key")
			s.Changed(acctest.Calls{})
			if after := s.Stored(); !reflect.DeepEqual(after, before) {
				t.Errorf("the state became %v", after)
			}
			s.API.ClearFaults()
			s.Plan().Succeeds().DoesNothing()
		})
	}
}

// A fault that goes away is waited out.
func TestRefreshRecovers(t *testing.T) {
	t.Parallel()
	for _, test := range faultsOfList {
		if slices.Contains([]string{"401", "403", "404", "redirect", "failed"}, test.name) {
			continue // these stay
		}
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := settled(t, one())
			test.fault.Operation, test.fault.Times = opList, 2
			s.API.Inject(test.fault)
			s.Plan().Succeeds().Silent().DoesNothing()
			if s.API.ArmedFaults() != 0 {
				t.Error("the fault did not happen")
			}
		})
	}
}

// A short list is a complete one as far as anybody can tell; only the second
// look tells the difference.
func TestOneStaleListIsNotBelieved(t *testing.T) {
	t.Parallel()
	s := settled(t, one())
	id := stored(s)["id"]
	stale := fakenebula.Fault{Operation: opList, Omit: func(k fakenebula.Object) bool { return k.ID == id }}
	s.API.Inject(stale)
	s.Plan().Succeeds().Silent().DoesNothing()
	expectOps(t, s.World, opList, opList)
	// The second list may fail too.
	s.API.Inject(stale, fakenebula.Fault{Operation: opList, Answer: fakenebula.Failed(403, "not you")})
	s.Plan().Fails("not you")
}
