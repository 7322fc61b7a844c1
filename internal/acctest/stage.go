package acctest

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/provider"
	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

// Commands are those of Terraform that CLI and Stage have in common.
type Commands interface {
	Write(name, content string)
	Run(args ...string) Result
	Apply(args ...string) Result
	Plan(args ...string) Result
	Destroy(args ...string) Result
	State() map[string]Instance
}

var (
	_ Commands = (*CLI)(nil)
	_ Commands = (*Stage)(nil)
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
		all := []provider.Option{provider.WithTransport(wire(p)), provider.WithBackOff(rehearsal.BackOff), provider.WithEnvironment(getenv)}
		return provider.Server("test", append(all, options...)...)()
	}}
}

// Stage is a World without a port, a directory and a command line: commands run
// in Terraform's core in process, in milliseconds. It shows what the provider
// does, and World.CLI what Terraform makes of it. What a command prints is like
// Terraform's, but for what changes of each attribute; see the plan for that.
// The configuration is either written, with literal values, or is Resources.
type Stage struct {
	*World
	*rehearsal.Workspace

	// Wrap, when not nil, changes the provider's HTTP transport.
	Wrap func(http.RoundTripper) http.RoundTripper

	files map[string]string
	saved map[string]*rehearsal.Plan
}

// NewStage makes the stage of a test. Options are added to the provider's.
func NewStage(t *testing.T, o Options, options ...provider.Option) *Stage {
	t.Helper()
	w := newWorld(t, o)
	w.callAt(w.API.BaseURL())
	return stageIn(w, append([]provider.Option{provider.WithClock(w.Clock)}, options...)...)
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
	return stageIn(w)
}

func stageIn(w *World, options ...provider.Option) *Stage {
	s := &Stage{World: w, files: map[string]string{}, saved: map[string]*rehearsal.Plan{}}
	s.Workspace = Rehearse(w.environment, s.wire, options...)
	return s
}

func (s *Stage) wire(*rehearsal.Process) http.RoundTripper {
	if s.Wrap != nil {
		return s.Wrap(s.API.Transport())
	}
	return s.API.Transport()
}

// Sibling is another workspace in front of the same API, with a configuration
// and a state of its own. The environment is added to this one's.
func (s *Stage) Sibling(environment map[string]string) *Stage {
	world := *s.World
	world.environment = maps.Clone(world.environment)
	maps.Copy(world.environment, environment)
	return stageIn(&world, provider.WithClock(s.Clock))
}

// With makes these resources the whole configuration.
func (s *Stage) With(resources ...rehearsal.Resource) *Stage {
	s.Resources = resources
	return s
}

// Configure makes these arguments of a block the whole configuration.
func (s *Stage) Configure(address string, args rehearsal.Args) {
	s.With(rehearsal.Block(address, args))
}

// Write is CLI.Write. The configuration may hold literal values only.
func (s *Stage) Write(name, content string) {
	s.t.Helper()
	s.files[name] = content
	s.Provider, s.Resources, s.DataSources = nil, nil, nil
	for _, name := range slices.Sorted(maps.Keys(s.files)) {
		if err := configure(s.Workspace, name, s.files[name]); err != nil {
			s.t.Fatal(err)
		}
	}
}

// Plan is CLI.Plan. With -out the plan can be applied later.
func (s *Stage) Plan(args ...string) Result { return s.Run(append([]string{"plan"}, args...)...) }

// Apply is CLI.Apply.
func (s *Stage) Apply(args ...string) Result { return s.Run(append([]string{"apply"}, args...)...) }

// Destroy is CLI.Destroy.
func (s *Stage) Destroy(args ...string) Result { return s.Run(append([]string{"destroy"}, args...)...) }

// Run is CLI.Run, for plan, apply, destroy and import.
func (s *Stage) Run(args ...string) Result {
	s.t.Helper()
	o, out, operands := flags(args[1:])
	result := Result{t: s.t, command: strings.Join(args, " ")}
	var plan *rehearsal.Plan
	report := &rehearsal.Report{}
	switch args[0] {
	case "import":
		report = s.Import(context.Background(), operands[0], operands[1])
	case "apply", "destroy", "plan":
		o.Destroy = o.Destroy || args[0] == "destroy"
		if plan = s.saved[strings.Join(operands, "")]; plan == nil {
			plan, report = s.Workspace.Plan(context.Background(), o)
		}
	default:
		s.t.Fatalf("a stage has no command %q", args[0])
	}
	if plan != nil {
		result.Stdout = describe(plan)
		if out != "" {
			s.saved[out] = plan
		}
		if args[0] != "plan" {
			report = report.With(s.ApplyPlan(context.Background(), plan))
		}
	}
	return s.ended(result, args[0], plan, report)
}

// Looked reads a data source.
func (s *Stage) Looked(typeName string, args rehearsal.Args) (rehearsal.Object, Result) {
	s.t.Helper()
	object, report := s.Data(s.t.Context(), rehearsal.DataSource{Address: typeName + ".this", Args: args})
	return object, s.ended(Result{t: s.t, command: "read of " + typeName}, "read", nil, report)
}

// Opened opens an ephemeral resource.
func (s *Stage) Opened(typeName string, args rehearsal.Args) (rehearsal.Object, Result) {
	s.t.Helper()
	object, report := s.Ephemeral(s.t.Context(), typeName, args)
	return object, s.ended(Result{t: s.t, command: "opening of " + typeName}, "open", nil, report)
}

// ended is how a command ended. A rule that the provider broke fails the test.
func (s *Stage) ended(result Result, command string, plan *rehearsal.Plan, report *rehearsal.Report) Result {
	s.t.Helper()
	result.Planned, result.Diagnostics = plan, report.Diagnostics
	for _, defect := range report.Defects {
		s.t.Errorf("%s: %s", result.command, defect)
	}
	for _, d := range report.Diagnostics {
		kind := "Warning"
		if d.IsError {
			kind = "Error"
		}
		result.Stderr += fmt.Sprintf("%s: %s\n\nwith %s (%s)\n\n%s\n\n", kind, d.Summary, d.Address, d.Argument, d.Detail)
	}
	result.Stderr += report.Refused
	switch {
	case report.Failed():
		result.ExitCode = 1
	case command == "import":
		result.Stdout += "Import successful!\n"
	case command == "plan" && !plan.Empty():
		result.ExitCode = 2
	case command == "apply" || command == "destroy":
		added, changed, destroyed := tally(plan)
		result.Stdout += fmt.Sprintf("Complete: %d added, %d changed, %d destroyed.\n", added, changed, destroyed)
	}
	return result
}

// flags reads those that the commands of a stage know; others make no
// difference to it.
func flags(args []string) (o rehearsal.Options, out string, operands []string) {
	for _, arg := range args {
		name, value, _ := strings.Cut(arg, "=")
		switch {
		case arg == "-refresh=false":
			o.NoRefresh = true
		case arg == "-destroy":
			o.Destroy = true
		case arg == "-refresh-only":
			o.RefreshOnly = true
		case name == "-replace":
			o.Replace = append(o.Replace, value)
		case name == "-target":
			o.Target = append(o.Target, value)
		case name == "-out":
			out = value
		case !strings.HasPrefix(arg, "-"):
			operands = append(operands, arg)
		}
	}
	return o, out, operands
}

// describe is a plan in Terraform's words.
func describe(plan *rehearsal.Plan) string {
	if plan.Empty() {
		return "No changes.\n"
	}
	var b strings.Builder
	for _, address := range slices.Sorted(maps.Keys(plan.Changes)) {
		c := plan.Changes[address]
		what := map[rehearsal.Action]string{rehearsal.Create: "will be created", rehearsal.Update: "will be updated in-place",
			rehearsal.Replace: "must be replaced", rehearsal.Delete: "will be destroyed"}[c.Action]
		if c.Tainted && c.Action == rehearsal.Replace {
			what = "is tainted, so must be replaced"
		}
		fmt.Fprintf(&b, "# %s %s\n", address, what)
	}
	added, changed, destroyed := tally(plan)
	fmt.Fprintf(&b, "Plan: %d to add, %d to change, %d to destroy.\n", added, changed, destroyed)
	return b.String()
}

func tally(plan *rehearsal.Plan) (added, changed, destroyed int) {
	for _, c := range plan.Changes {
		switch c.Action {
		case rehearsal.Create:
			added++
		case rehearsal.Update:
			changed++
		case rehearsal.Replace:
			added++
			destroyed++
		case rehearsal.Delete:
			destroyed++
		}
	}
	return added, changed, destroyed
}

// State is CLI.State.
func (s *Stage) State() map[string]Instance {
	instances := map[string]Instance{}
	for address, i := range s.Stored() {
		instances[address] = Instance{Tainted: i.Tainted, Attributes: i.Object.Plain()}
	}
	return instances
}
