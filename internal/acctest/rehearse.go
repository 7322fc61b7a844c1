package acctest

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/provider"
	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

// Rehearsal is a World in which Terraform's core runs in process: no command line,
// no sockets, a command in milliseconds. It is for what does not depend on how
// a command line prints or stores it.
type Rehearsal struct {
	*World
	*rehearsal.Workspace

	// Wrap, when not nil, changes the provider's HTTP transport.
	Wrap func(http.RoundTripper) http.RoundTripper

	t *testing.T
}

// NewRehearsal makes the stage of a test, with these resources as its
// configuration.
func NewRehearsal(t *testing.T, o Options, resources ...rehearsal.Resource) *Rehearsal {
	t.Helper()
	s := &Rehearsal{World: newWorld(t, o), t: t}
	s.callAt(s.API.BaseURL())
	known, err := schemas()
	if err != nil {
		t.Fatal(err)
	}
	s.Workspace = &rehearsal.Workspace{Schemas: known, Serve: s.serve, Resources: resources}
	return s
}

// Sibling is another configuration in front of the same API, with a state of
// its own.
func (s *Rehearsal) Sibling(environment map[string]string, resources ...rehearsal.Resource) *Rehearsal {
	world := *s.World
	world.environment = maps.Clone(world.environment)
	maps.Copy(world.environment, environment)
	other := &Rehearsal{World: &world, t: s.t}
	other.Workspace = &rehearsal.Workspace{Schemas: s.Schemas, Serve: other.serve, Resources: resources}
	return other
}

func (s *Rehearsal) serve(*rehearsal.Process) tfprotov6.ProviderServer {
	transport := s.API.Transport()
	if s.Wrap != nil {
		transport = s.Wrap(transport)
	}
	return provider.Server("test", provider.WithClock(s.Clock), provider.WithEnvironment(s.getenv), provider.WithTransport(transport))()
}

// Outcome is how a command on a Rehearsal went.
type Outcome struct {
	Plan   *rehearsal.Plan // of a plan that did not fail
	Report *rehearsal.Report

	t *testing.T
}

// Planned plans.
func (s *Rehearsal) Planned(o ...rehearsal.Options) Outcome {
	s.t.Helper()
	plan, report := s.Plan(s.t.Context(), only(o))
	return s.outcome(plan, report)
}

// Applied plans and applies.
func (s *Rehearsal) Applied(o ...rehearsal.Options) Outcome {
	s.t.Helper()
	return s.outcome(nil, s.Workspace.Apply(s.t.Context(), only(o)))
}

// Destroyed destroys everything.
func (s *Rehearsal) Destroyed(o ...rehearsal.Options) Outcome {
	s.t.Helper()
	options := only(o)
	options.Destroy = true
	return s.Applied(options)
}

// Imported imports an object by its id.
func (s *Rehearsal) Imported(address, id string) Outcome {
	s.t.Helper()
	return s.outcome(nil, s.Import(s.t.Context(), address, id))
}

// Looked reads a data source.
func (s *Rehearsal) Looked(typeName string, args rehearsal.Args) (rehearsal.Object, Outcome) {
	s.t.Helper()
	object, report := s.Data(s.t.Context(), rehearsal.DataSource{Address: typeName + ".this", Args: args})
	return object, s.outcome(nil, report)
}

// Opened opens an ephemeral resource.
func (s *Rehearsal) Opened(typeName string, args rehearsal.Args) (rehearsal.Object, Outcome) {
	s.t.Helper()
	object, report := s.Ephemeral(s.t.Context(), typeName, args)
	return object, s.outcome(nil, report)
}

func only(o []rehearsal.Options) rehearsal.Options {
	if len(o) == 0 {
		return rehearsal.Options{}
	}
	return o[0]
}

// outcome holds the provider to Terraform's rules whatever a test is about.
func (s *Rehearsal) outcome(plan *rehearsal.Plan, report *rehearsal.Report) Outcome {
	s.t.Helper()
	for _, defect := range report.Defects {
		s.t.Errorf("a rule of Terraform's is broken: %s", defect)
	}
	return Outcome{Plan: plan, Report: report, t: s.t}
}

// Text is what was told, titles and details, an error with "Error: " and a
// warning with "Warning: " before it.
func (o Outcome) Text() string {
	var b strings.Builder
	for _, d := range o.Report.Diagnostics {
		kind := "Warning: "
		if d.IsError {
			kind = "Error: "
		}
		b.WriteString(kind + d.Summary + "\n\n" + d.Detail + "\n\n")
	}
	return b.String() + o.Report.Refused
}

// Succeeds ends the test unless the command succeeded and told all the texts.
func (o Outcome) Succeeds(texts ...string) Outcome { o.t.Helper(); return o.went(false, texts) }

// Fails ends the test unless the command failed and told all the texts.
func (o Outcome) Fails(texts ...string) Outcome { o.t.Helper(); return o.went(true, texts) }

func (o Outcome) went(failed bool, texts []string) Outcome {
	o.t.Helper()
	told := o.Text()
	missing := slices.DeleteFunc(slices.Clone(texts), func(text string) bool { return strings.Contains(told, text) })
	if o.Report.Failed() != failed || len(missing) > 0 {
		o.t.Fatalf("failed: %t, want %t; not told: %q\n%s", o.Report.Failed(), failed, missing, told)
	}
	return o
}

// Without fails the test when one of the texts was told.
func (o Outcome) Without(texts ...string) Outcome {
	o.t.Helper()
	for _, text := range texts {
		if strings.Contains(o.Text(), text) {
			o.t.Errorf("told %q:\n%s", text, o.Text())
		}
	}
	return o
}

// Silent fails the test when anything was told.
func (o Outcome) Silent() Outcome {
	o.t.Helper()
	if text := o.Text(); text != "" {
		o.t.Errorf("told:\n%s", text)
	}
	return o
}

// Does compares what a plan does with what it is to do, by address.
func (o Outcome) Does(want map[string]rehearsal.Action) Outcome {
	o.t.Helper()
	got := map[string]rehearsal.Action{}
	if o.Plan != nil {
		for address, change := range o.Plan.Changes {
			got[address] = change.Action
		}
	}
	if !maps.Equal(got, want) {
		o.t.Errorf("the plan does %v, want %v:\n%s", got, want, o.Plan)
	}
	return o
}

// DoesNothing is Does for an empty plan.
func (o Outcome) DoesNothing() Outcome { o.t.Helper(); return o.Does(nil) }

// Changed compares the requests that asked for a change since the last look,
// by operation.
func (s *Rehearsal) Changed(want Calls) {
	s.t.Helper()
	if err := s.ExpectCalls(want)(nil); err != nil {
		s.t.Error(err)
	}
}

// Asked counts the requests of an operation since the last look.
func (s *Rehearsal) Asked(operation fakenebula.Operation) int { return s.API.Count(operation) }
