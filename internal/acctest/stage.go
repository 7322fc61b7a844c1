package acctest

import (
	"context"
	"net/http"
	"sync"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/provider"
	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

var schemas = sync.OnceValues(func() (*rehearsal.Schemas, error) { return rehearsal.SchemasOf(provider.Server("test")()) })

// Rehearse is a workspace of the provider in Terraform's core in process. Each
// process of it calls the API through its wire, and sees this environment.
func Rehearse(environment map[string]string, wire func(*rehearsal.Process) http.RoundTripper, options ...provider.Option) *rehearsal.Workspace {
	known, err := schemas()
	if err != nil {
		panic(err) // the provider's own schema is broken
	}
	getenv := func(name string) (string, bool) {
		value, ok := environment[name]
		return value, ok && value != ""
	}
	return &rehearsal.Workspace{Schemas: known, Serve: func(p *rehearsal.Process) tfprotov6.ProviderServer {
		all := append([]provider.Option{provider.WithTransport(wire(p)), provider.WithBackOff(rehearsal.BackOff), provider.WithEnvironment(getenv)}, options...)
		return provider.Server("test", all...)()
	}}
}

// Stage is a World without a command line, a port and a directory: commands run
// in Terraform's core in process, in milliseconds. It shows what the provider
// does, and World.CLI what Terraform makes of it.
type Stage struct {
	*World
	*rehearsal.Workspace
}

// NewStage makes the stage of a test. The environment is that of a World; it
// can be changed between commands.
func NewStage(t *testing.T, o Options) *Stage {
	t.Helper()
	w := newWorld(t, o)
	w.callAt(w.API.BaseURL())
	wire := func(*rehearsal.Process) http.RoundTripper { return w.API.Transport() }
	return &Stage{w, Rehearse(w.environment, wire, provider.WithClock(w.Clock))}
}

// NewStageInBubble makes a stage on the machine's clock, for a bubble of
// testing/synctest: there time passes for all alike, so that what several
// resources share by the moment can be tested. It has no Clock.
func NewStageInBubble(t *testing.T, o fakenebula.Options) *Stage {
	t.Helper()
	const secret = "ak_test-own-key-0123456789abcdef"
	o.APIKeys = append([]fakenebula.SeedKey{{Name: OwnKey, Secret: secret}}, o.APIKeys...)
	w := &World{t: t, API: fakenebula.New(o), OwnSecret: secret, environment: map[string]string{"NEBULA_API_KEY": secret}}
	w.callAt(w.API.BaseURL())
	return &Stage{w, Rehearse(w.environment, func(*rehearsal.Process) http.RoundTripper { return w.API.Transport() })}
}

// Setenv changes the provider's environment for the commands to come; an empty
// value unsets.
func (s *Stage) Setenv(name, value string) { s.environment[name] = value }

// Configure makes this block, whose arguments are all known, the configuration,
// and further ones with what they add.
func (s *Stage) Configure(address string, args rehearsal.Args, more ...rehearsal.Resource) {
	block := rehearsal.Resource{Address: address, Config: func(rehearsal.Known) rehearsal.Args { return args }}
	s.Resources = append([]rehearsal.Resource{block}, more...)
}

// Plan makes a plan. Its exit code is 0 without and 2 with changes.
func (s *Stage) Plan(options ...rehearsal.Options) Result {
	s.t.Helper()
	plan, report := s.Workspace.Plan(context.Background(), only(options))
	result := s.result("plan", report)
	if plan != nil && !plan.Empty() {
		result.ExitCode = 2
		result.Stdout += plan.String()
	}
	return result
}

// Apply plans and applies.
func (s *Stage) Apply(options ...rehearsal.Options) Result {
	s.t.Helper()
	return s.result("apply", s.Run(context.Background(), only(options)))
}

// ApplyPlan applies a plan that was made with Workspace.Plan.
func (s *Stage) ApplyPlan(plan *rehearsal.Plan) Result {
	s.t.Helper()
	return s.result("apply of a plan", s.Workspace.Apply(context.Background(), plan))
}

// Destroy destroys everything.
func (s *Stage) Destroy() Result {
	s.t.Helper()
	return s.result("destroy", s.Run(context.Background(), rehearsal.Options{Destroy: true}))
}

// Import takes an object over by its id.
func (s *Stage) Import(address, id string) Result {
	s.t.Helper()
	return s.result("import", s.Workspace.Import(context.Background(), address, id))
}

// result is a report as the outcome of a command. A rule that the provider
// broke fails the test.
func (s *Stage) result(command string, report *rehearsal.Report) Result {
	s.t.Helper()
	for _, defect := range report.Defects {
		s.t.Errorf("%s: %s", command, defect)
	}
	r := Result{t: s.t, command: command, Stdout: report.String()}
	if report.Failed() {
		r.ExitCode = 1
	}
	return r
}

func only(options []rehearsal.Options) rehearsal.Options {
	if len(options) == 0 {
		return rehearsal.Options{}
	}
	return options[0]
}
