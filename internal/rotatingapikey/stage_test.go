package rotatingapikey_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/provider"
	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

// The tests run Terraform's core in process wherever the command line itself
// shows nothing more.

const (
	// key is the rotating key that most tests are about.
	key = "nebula_rotating_api_key.this"
	// ownID is the id of the provider's own key.
	ownID = "1"
	// month is a rotation period.
	month = 720 * time.Hour

	// ageRecipient and sshRecipient are somebody's public keys.
	ageRecipient = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"
	sshRecipient = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHsKLqeplhpW+uObz5dvMgjz1OxfM/XXUB+VHtZ6isGN"
)

// stage is a rotating key in Terraform's core in process.
type stage struct {
	*acctest.Stage
	t *testing.T
	// args are the rotating key's.
	args rehearsal.Args
	// ahead is how far the clock of the machine that runs Terraform is ahead.
	ahead time.Duration
}

func newStage(t *testing.T, o acctest.Options, args rehearsal.Args) *stage {
	t.Helper()
	s := &stage{t: t, args: args}
	s.Stage = acctest.NewStage(t, o, provider.WithClock(machineClock{s}))
	s.Resources = []rehearsal.Resource{{Address: key, Config: func(rehearsal.Known) rehearsal.Args { return s.args }}}
	return s
}

// of2024 is an API whose list shows descriptions, and so markers.
func of2024() acctest.Options {
	return acctest.Options{Fake: fakenebula.Options{Reading: fakenebula.Reading2024}}
}

// machineClock is the clock of the machine that runs Terraform. It runs as fast
// as the API's.
type machineClock struct{ stage *stage }

func (c machineClock) Now() time.Time { return c.stage.Clock.Now().Add(c.stage.ahead) }

func (c machineClock) Sleep(ctx context.Context, d time.Duration) error {
	return c.stage.Clock.Sleep(ctx, d)
}

func (c machineClock) WithTimeout(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	return c.stage.Clock.WithTimeout(ctx, d)
}

func (c machineClock) Remaining(ctx context.Context) (time.Duration, bool) {
	return c.stage.Clock.Remaining(ctx)
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

// planned makes a plan that must change something and say all of this.
func (s *stage) planned(texts ...string) *rehearsal.Plan {
	s.t.Helper()
	plan, report := s.Workspace.Plan(s.t.Context(), rehearsal.Options{})
	if plan == nil || plan.Empty() {
		s.t.Fatalf("the plan fails, or changes nothing:\n%s", report)
	}
	for _, text := range texts {
		if !strings.Contains(report.String(), text) {
			s.t.Fatalf("not said: %q\n%s", text, report)
		}
	}
	return plan
}

// applied carries a plan out, which must succeed and say all of this.
func (s *stage) applied(plan *rehearsal.Plan, texts ...string) {
	s.t.Helper()
	s.went(s.ApplyPlan(s.t.Context(), plan), false, texts...)
}

// went checks how a command went that has no words of its own on a stage.
func (s *stage) went(report *rehearsal.Report, failed bool, texts ...string) {
	s.t.Helper()
	for _, text := range texts {
		if !strings.Contains(report.String(), text) {
			s.t.Fatalf("not said: %q\n%s", text, report)
		}
	}
	if report.Failed() != failed || len(report.Defects) > 0 {
		s.t.Fatalf("failed is %t, want %t\n%s", report.Failed(), failed, report)
	}
}

// rotate changes the keepers an hour later, and applies.
func (s *stage) rotate(v string, more ...any) acctest.Result {
	s.t.Helper()
	s.Clock.Advance(time.Hour)
	s.args = rotatedBy(v, more...)
	return s.Apply()
}

// ends destroys all.
func (s *stage) ends() {
	s.t.Helper()
	s.Destroy().Expect(0)
	s.live()
}

// state is what is stored of the key.
func (s *stage) state() rehearsal.Object { return s.Workspace.State(key).Object }

// is checks attributes of the key in the state.
func (s *stage) is(want map[string]any) {
	s.t.Helper()
	s.Is(key, want)
}

// live checks which keys exist besides the provider's own.
func (s *stage) live(ids ...string) {
	s.t.Helper()
	s.Holds(fakenebula.KindAPIKey, ids...)
}

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
