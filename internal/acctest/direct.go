package acctest

import (
	"context"
	"testing"

	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

// Direct is a Stage whose commands take the options of a rehearsal in place of
// the command line's flags, and whose configuration is blocks in place of
// files.
type Direct struct{ *Stage }

// NewDirect makes the stage of a test.
func NewDirect(t *testing.T, o Options) *Direct {
	t.Helper()
	return &Direct{NewStage(t, o)}
}

// NewDirectInBubble is NewStageInBubble.
func NewDirectInBubble(t *testing.T, o fakenebula.Options) *Direct {
	t.Helper()
	return &Direct{NewStageInBubble(t, o)}
}

// Configure makes this block, whose arguments are all known, the configuration,
// and further ones with what they add.
func (s *Direct) Configure(address string, args rehearsal.Args, more ...rehearsal.Resource) {
	s.Stage.Configure(address, args)
	s.Resources = append(s.Resources, more...)
}

// State is what is stored of an address.
func (s *Direct) State(address string) rehearsal.Instance { return s.Workspace.State(address) }

// Plan makes a plan. Its exit code is 0 without and 2 with changes.
func (s *Direct) Plan(options ...rehearsal.Options) Result {
	s.t.Helper()
	plan, report := s.Workspace.Plan(context.Background(), only(options))
	return s.ended(Result{t: s.t, command: "plan"}, "plan", plan, report)
}

// Apply plans and applies.
func (s *Direct) Apply(options ...rehearsal.Options) Result {
	s.t.Helper()
	return s.applied("apply", s.Workspace.Apply(context.Background(), only(options)))
}

// ApplyPlan applies a plan that was made with Workspace.Plan.
func (s *Direct) ApplyPlan(plan *rehearsal.Plan) Result {
	s.t.Helper()
	return s.applied("apply of a plan", s.Workspace.ApplyPlan(context.Background(), plan))
}

// Destroy destroys everything.
func (s *Direct) Destroy() Result {
	s.t.Helper()
	return s.applied("destroy", s.Workspace.Apply(context.Background(), rehearsal.Options{Destroy: true}))
}

// Import takes an object over by its id.
func (s *Direct) Import(address, id string) Result {
	s.t.Helper()
	return s.ended(Result{t: s.t, command: "import"}, "import", nil, s.Workspace.Import(context.Background(), address, id))
}

// applied is how a command ended that changes things.
func (s *Direct) applied(command string, report *rehearsal.Report) Result {
	s.t.Helper()
	return s.ended(Result{t: s.t, command: command}, command+" without a plan at hand", nil, report)
}
