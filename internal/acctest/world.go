// Package acctest is what acceptance tests share: a fake API for each test, the
// provider in the test's process, and checks of what the API saw.
package acctest

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/nebulablock/terraform-provider-nebula/internal/clock"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/provider"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfcli"
)

// Start is where the clock of every World stands at first.
func Start() time.Time { return time.Date(2026, 11, 23, 1, 56, 0, 0, time.UTC) }

// OwnKey is the name of the key that the provider authenticates with. It is in
// the account from the start.
const OwnKey = "provider"

// Options shape a World. The zero value is an account with one key, OwnKey,
// which the provider uses.
type Options struct {
	// Fake sets up the API. Its clock is the World's, and OwnKey is the first
	// of its objects. A test that is about one reading of the API names it; the
	// others run in one that New chooses.
	Fake fakenebula.Options
	// Environment is added to what the provider sees as its environment, which
	// else is NEBULA_API_URL and NEBULA_API_KEY. An empty value unsets.
	Environment map[string]string
	// LiveToo is set by tests that also run against a real account, with
	// TF_ACC=1: they use no API and no Clock.
	LiveToo bool
}

// World is what one test runs in.
type World struct {
	// API is the fake; nil against a real account.
	API *fakenebula.Server
	// Endpoint is the fake's port.
	Endpoint *fakenebula.Endpoint
	// Clock is the clock of the provider and the fake: waits end at once.
	Clock *clock.Fake
	// OwnSecret is the key that the provider authenticates with.
	OwnSecret string

	t           *testing.T
	environment map[string]string
	// began is when a test against a real account did.
	began time.Time
}

// New makes the world of a test, and skips the test where it cannot run.
func New(t *testing.T, o Options) *World {
	t.Helper()
	switch {
	case os.Getenv(envNamespace) != namespace:
		t.Fatal("TestMain must call acctest.Main")
	case os.Getenv(tfcli.EnvPath) == "":
		t.Skip(tfcli.ErrNone)
	}
	if os.Getenv("TF_ACC") != "" {
		if !o.LiveToo {
			t.Skip("needs the fake API, and TF_ACC asks for a real account")
		}
		return &World{t: t, began: clock.System().Now()}
	}
	w := newWorld(t, o)
	endpoint, err := w.API.Start("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(endpoint.Close)
	w.Endpoint = endpoint
	w.callAt(endpoint.URL)
	return w
}

// newWorld is a World whose API has no address yet.
func newWorld(t *testing.T, o Options) *World {
	t.Helper()
	var err error
	if o.Fake.Reading, err = chooseReading(t.Name(), o.Fake.Reading, os.Getenv(EnvReading), spread); err != nil {
		t.Fatal(err)
	}
	t.Logf("The API answers in the reading of %s (%s).", o.Fake.Reading, EnvReading)
	w := &World{t: t, OwnSecret: ownSecret(o.Fake.Reading), Clock: clock.NewFake(Start())}
	o.Fake.Clock = w.Clock
	o.Fake.APIKeys = append([]fakenebula.SeedKey{{Name: OwnKey, Secret: w.OwnSecret}}, o.Fake.APIKeys...)
	w.API = fakenebula.New(o.Fake)
	w.environment = map[string]string{"NEBULA_API_KEY": w.OwnSecret}
	maps.Copy(w.environment, o.Environment)
	return w
}

// callAt has the provider call this address, unless the test gives another one.
func (w *World) callAt(url string) {
	if _, ok := w.environment["NEBULA_API_URL"]; !ok {
		w.environment["NEBULA_API_URL"] = url
	}
}

// Live reports whether the test runs against a real account.
func (w *World) Live() bool { return w.API == nil }

// Factories start the provider in the test's process, for TestCase.
func (w *World) Factories() map[string]func() (tfprotov6.ProviderServer, error) {
	var options []provider.Option
	if !w.Live() {
		options = []provider.Option{provider.WithClock(w.Clock), provider.WithEnvironment(w.getenv)}
	}
	return map[string]func() (tfprotov6.ProviderServer, error){
		"nebula": func() (tfprotov6.ProviderServer, error) {
			return provider.Server("test", options...)(), nil
		},
	}
}

func (w *World) getenv(name string) (string, bool) {
	value, ok := w.environment[name]
	return value, ok && value != ""
}

// Setenv changes the environment of a provider in the test's process, for the
// commands to come; an empty value unsets.
func (w *World) Setenv(name, value string) { w.environment[name] = value }

// ProviderBlock is a provider block with these lines as its body; the address
// and the credential come from the environment unless the lines set them.
func ProviderBlock(lines ...string) string {
	return "provider \"nebula\" {\n  " + strings.Join(lines, "\n  ") + "\n}\n"
}

// Test runs a test case with the World's provider. It runs without TF_ACC.
func (w *World) Test(c resource.TestCase) {
	w.t.Helper()
	if c.ProtoV6ProviderFactories == nil {
		c.ProtoV6ProviderFactories = w.Factories()
	}
	resource.UnitTest(w.t, c)
}

// Calls is how often the API was asked to change something, by operation.
type Calls map[fakenebula.Operation]int

// ExpectCalls checks all requests since the start or the last ExpectCalls that
// ask for a change, whatever they are about: a request that no route answers
// counts as fakenebula.OpOther. What only reads is left out, because every plan
// that belongs to a test step reads.
func (w *World) ExpectCalls(want Calls) resource.TestCheckFunc {
	return func(*terraform.State) error {
		if w.Live() {
			return nil
		}
		journal := w.API.Journal()
		w.API.ResetJournal()
		got := Calls{}
		for _, r := range journal {
			if r.Changes {
				got[r.Operation]++
			}
		}
		want := maps.Clone(want)
		maps.DeleteFunc(want, func(_ fakenebula.Operation, n int) bool { return n == 0 })
		if !maps.Equal(got, want) {
			return fmt.Errorf("the API was asked for the changes %v, want %v:\n%s", got, want, transcript(journal))
		}
		return nil
	}
}

// transcript is a journal for people.
func transcript(journal []fakenebula.Request) string {
	lines := make([]string, len(journal))
	for i, r := range journal {
		lines[i] = fmt.Sprintf("  %d %s %s -> %d", r.Seq, r.Method, r.Path, r.Status)
	}
	return strings.Join(lines, "\n")
}

// Changed is ExpectCalls in the middle of a test.
func (w *World) Changed(want Calls) {
	w.t.Helper()
	if err := w.ExpectCalls(want)(nil); err != nil {
		w.t.Error(err)
	}
}

// ExpectSilence fails the test when the API was called at all.
func (w *World) ExpectSilence() {
	w.t.Helper()
	if journal := w.API.Journal(); len(journal) != 0 {
		w.t.Errorf("the API was called:\n%s", transcript(journal))
	}
}

// ExpectLive checks the names of the objects of a kind that exist in the
// account, in any order. OwnKey is left out.
func (w *World) ExpectLive(kind fakenebula.Kind, names ...string) resource.TestCheckFunc {
	return func(*terraform.State) error {
		if w.Live() {
			return nil
		}
		return compareNames(string(kind), w.live(kind), names)
	}
}

// Holds checks the ids of the objects of a kind that exist in the account, the
// oldest first. OwnKey is left out.
func (w *World) Holds(kind fakenebula.Kind, ids ...string) {
	w.t.Helper()
	var got []string
	for _, object := range w.API.Live(kind) {
		if object.Name != OwnKey {
			got = append(got, object.ID)
		}
	}
	if !slices.Equal(got, ids) {
		w.t.Errorf("the objects of %s in the account have the ids %q, want %q", kind, got, ids)
	}
}

// NothingLeft is a CheckDestroy: no object of any kind exists but OwnKey.
func (w *World) NothingLeft(*terraform.State) error {
	if w.Live() {
		return nil
	}
	return compareNames("any kind", w.live(), nil)
}

// live are the names of the objects of these kinds, or of all, but OwnKey.
func (w *World) live(kinds ...fakenebula.Kind) []string {
	var names []string
	for _, object := range w.API.Live(kinds...) {
		if object.Name != OwnKey {
			names = append(names, object.Name)
		}
	}
	return names
}

func compareNames(what string, got, want []string) error {
	got, want = slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want))
	if !slices.Equal(got, want) {
		return fmt.Errorf("the objects of %s in the account are %q, want %q", what, got, want)
	}
	return nil
}

// NothingToDo is a plan that changes nothing.
func NothingToDo() resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{
		PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()},
	}
}
