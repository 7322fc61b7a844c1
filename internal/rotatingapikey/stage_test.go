package rotatingapikey_test

import (
	"maps"
	"math/big"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/clock"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/provider"
	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

// The tests run Terraform's core in process (rehearsal) wherever the command
// line itself shows nothing more.

const (
	// key is the rotating key that most tests are about.
	key = "nebula_rotating_api_key.this"
	// ownSecret is the credential, and ownID the id of that key.
	ownSecret = "ak_key-of-the-provider-in-these-tests"
	ownID     = "1"
	// month is a rotation period.
	month = 720 * time.Hour
)

// ageRecipient is somebody's public key.
const ageRecipient = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"

var stageSchemas = sync.OnceValues(func() (*rehearsal.Schemas, error) { return rehearsal.SchemasOf(provider.Server("test")()) })

// stage is a workspace with a rotating key, on a clock of its own or, in a
// bubble of testing/synctest, on the machine's.
type stage struct {
	*rehearsal.Workspace
	t     *testing.T
	api   *fakenebula.Server
	clock clock.Clock
	// ahead is how far the clock of the machine that runs Terraform is ahead.
	ahead time.Duration
	// args are the rotating key's.
	args rehearsal.Args
	// environment is the provider's.
	environment map[string]string
	// wire stands between the provider and the API; nil means the API itself.
	wire func(*rehearsal.Process, http.RoundTripper) http.RoundTripper
}

// options shape a stage; the zero value is an account with the provider's own
// key.
type options struct {
	fake        fakenebula.Options
	environment map[string]string
	// bubble says that the test runs in one. Only there an interrupt leaves time
	// to finish: on a fake clock that time is over at once.
	bubble bool
}

func newStage(t *testing.T, o options, args rehearsal.Args) *stage {
	t.Helper()
	known, err := stageSchemas()
	if err != nil {
		t.Fatal(err)
	}
	s := &stage{t: t, args: args, clock: clock.NewFake(acctest.Start())}
	if o.bubble {
		s.clock = clock.System()
	}
	o.fake.Clock = s.clock
	o.fake.APIKeys = append([]fakenebula.SeedKey{{Name: acctest.OwnKey, Secret: ownSecret}}, o.fake.APIKeys...)
	s.api = fakenebula.New(o.fake)
	s.environment = map[string]string{"NEBULA_API_URL": s.api.BaseURL(), "NEBULA_API_KEY": ownSecret}
	maps.Copy(s.environment, o.environment)
	getenv := func(name string) (string, bool) {
		value := s.environment[name]
		return value, value != ""
	}
	s.Workspace = &rehearsal.Workspace{
		Schemas: known,
		Serve: func(p *rehearsal.Process) tfprotov6.ProviderServer {
			transport := http.RoundTripper(s.api.Transport())
			if s.wire != nil {
				transport = s.wire(p, transport)
			}
			return provider.Server("test", provider.WithClock(machineClock{s.clock, s}), provider.WithTransport(transport), provider.WithEnvironment(getenv))()
		},
		Resources: []rehearsal.Resource{{Address: key, Config: func(rehearsal.Known) rehearsal.Args { return s.args }}},
	}
	return s
}

// machineClock is the clock of the machine that runs Terraform. It runs as fast
// as the API's.
type machineClock struct {
	clock.Clock
	stage *stage
}

func (c machineClock) Now() time.Time { return c.Clock.Now().Add(c.stage.ahead) }

// advance lets time pass.
func (s *stage) advance(d time.Duration) {
	s.t.Helper()
	if fake, ok := s.clock.(*clock.Fake); ok {
		fake.Advance(d)
		return
	}
	time.Sleep(d)
}

// rotatedBy are the arguments of a key whose keepers hold v, with more pairs of
// name and value.
func rotatedBy(v string, more ...any) rehearsal.Args {
	args := rehearsal.Args{"name": "ci", "keepers": map[string]any{"v": v}}
	for i := 0; i < len(more); i += 2 {
		args[more[i].(string)] = more[i+1]
	}
	return args
}

// outcome is how a command ended.
type outcome struct {
	*rehearsal.Report
	t       *testing.T
	command string
}

// ok fails the test at once unless the command succeeded and said all of this.
func (o outcome) ok(texts ...string) outcome {
	o.t.Helper()
	return o.ended(false, texts)
}

// fails fails the test at once unless the command failed and said all of this,
// and Terraform found nothing wrong with the provider.
func (o outcome) fails(texts ...string) outcome {
	o.t.Helper()
	if len(o.Defects) > 0 {
		o.t.Fatalf("%s:\n%s", o.command, o)
	}
	return o.ended(true, texts)
}

func (o outcome) ended(failed bool, texts []string) outcome {
	o.t.Helper()
	said := o.String()
	missing := slices.DeleteFunc(slices.Clone(texts), func(text string) bool { return strings.Contains(said, text) })
	if o.Failed() != failed || len(missing) > 0 {
		o.t.Fatalf("%s: failed is %t, want %t; not said: %q\n%s", o.command, o.Failed(), failed, missing, said)
	}
	return o
}

// not fails the test when the command said one of the texts.
func (o outcome) not(texts ...string) outcome {
	o.t.Helper()
	for _, text := range texts {
		if strings.Contains(o.String(), text) {
			o.t.Fatalf("%s: said %q\n%s", o.command, text, o)
		}
	}
	return o
}

func (s *stage) outcome(command string, r *rehearsal.Report) outcome {
	return outcome{Report: r, t: s.t, command: command}
}

func (s *stage) apply() outcome {
	s.t.Helper()
	return s.outcome("apply", s.Run(s.t.Context(), rehearsal.Options{}))
}

func (s *stage) applyWith(o rehearsal.Options) outcome {
	s.t.Helper()
	return s.outcome("apply", s.Run(s.t.Context(), o))
}

func (s *stage) destroy() outcome {
	s.t.Helper()
	return s.outcome("destroy", s.Run(s.t.Context(), rehearsal.Options{Destroy: true}))
}

// plan makes a plan, which is nil when that failed.
func (s *stage) plan() (*rehearsal.Plan, outcome) {
	s.t.Helper()
	return s.planWith(rehearsal.Options{})
}

func (s *stage) planWith(o rehearsal.Options) (*rehearsal.Plan, outcome) {
	s.t.Helper()
	plan, report := s.Workspace.Plan(s.t.Context(), o)
	return plan, s.outcome("plan", report)
}

// planned makes a plan that must change something.
func (s *stage) planned(texts ...string) *rehearsal.Plan {
	s.t.Helper()
	plan, o := s.plan()
	o.ok(texts...)
	if plan.Empty() {
		s.t.Fatalf("the plan changes nothing\n%s", o)
	}
	return plan
}

// settled checks that nothing is left to do, and that nobody is warned.
func (s *stage) settled() {
	s.t.Helper()
	plan, o := s.plan()
	o.ok()
	if !plan.Empty() || len(o.Diagnostics) > 0 {
		s.t.Errorf("something is left to do:\n%s%s", plan, o)
	}
}

// rotate changes the keepers an hour later, and applies.
func (s *stage) rotate(v string, more ...any) outcome {
	s.t.Helper()
	s.advance(time.Hour)
	s.args = rotatedBy(v, more...)
	return s.apply()
}

// ends destroys all.
func (s *stage) ends() {
	s.t.Helper()
	s.destroy().ok()
	s.live()
}

// state is what is stored of the key.
func (s *stage) state() rehearsal.Object { return s.State(key).Object }

// is checks attributes in the state: nil is null, a number is a generation, and
// a slice is a set.
func (s *stage) is(want map[string]any) {
	s.t.Helper()
	checkObject(s.t, s.state(), want)
}

func checkObject(t *testing.T, have rehearsal.Object, want map[string]any) {
	t.Helper()
	for name, value := range want {
		var got any = have.Text(name)
		switch wanted := value.(type) {
		case nil:
			if !have.Null(name) {
				t.Errorf("%s is %s, want null", name, have[name])
			}
			continue
		case int:
			got = number(have[name])
		case []string:
			if texts := have.Texts(name); !slices.Equal(slices.Sorted(slices.Values(texts)), slices.Sorted(slices.Values(wanted))) {
				t.Errorf("%s is %v, want %v", name, have[name], wanted)
			}
			continue
		}
		if got != value {
			t.Errorf("%s is %s, want %v", name, have[name], value)
		}
	}
}

// number is an integer of a state.
func number(v tftypes.Value) any {
	var n *big.Float
	if !v.IsKnown() || v.As(&n) != nil || n == nil {
		return nil
	}
	i, _ := n.Int64()
	return int(i)
}

// live checks which keys exist besides the provider's own.
func (s *stage) live(ids ...string) {
	s.t.Helper()
	var got []string
	for _, k := range s.api.Keys() {
		if k.Name != acctest.OwnKey {
			got = append(got, k.ID)
		}
	}
	if !slices.Equal(got, ids) {
		s.t.Errorf("the keys %v exist, want %v", got, ids)
	}
}

// interruptAfter sends the first Ctrl-C when a request with this method has been
// answered.
func interruptAfter(method string) func(*rehearsal.Process, http.RoundTripper) http.RoundTripper {
	return func(p *rehearsal.Process, next http.RoundTripper) http.RoundTripper {
		return roundTripper(func(r *http.Request) (*http.Response, error) {
			resp, err := next.RoundTrip(r)
			if r.Method == method {
				p.Interrupt()
			}
			return resp, err
		})
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// changed are the attributes that a plan changes, sorted.
func changed(c *rehearsal.Change) []string {
	var names []string
	if c == nil {
		return nil
	}
	for name, before := range c.Before {
		if !before.Equal(c.After[name]) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// generation is the name of the key that was made so long after the start.
func generation(name string, after time.Duration) string {
	return name + "-" + acctest.Start().Add(after).Format("20060102T150405Z")
}

// isVerify recognises the trial of a new key.
func isVerify(r fakenebula.Request) bool {
	return r.CredentialKind == fakenebula.CredentialAPIKey && r.CredentialID != ownID
}

const (
	opCreate = fakenebula.OpCreateKey
	opDelete = fakenebula.OpDeleteKey
	opList   = fakenebula.OpListKeys
)
