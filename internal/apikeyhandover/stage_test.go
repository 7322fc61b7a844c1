package apikeyhandover_test

import (
	"maps"
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

const (
	rotating = "nebula_rotating_api_key.ci"
	handover = "nebula_api_key_handover.ci"

	day   = 24 * time.Hour
	month = 30 * day
)

// stage is a rotating key, a store that it is published to, and the hand-over
// below both.
type stage struct {
	*acctest.Stage
	t *testing.T
	// args are the rotating key's.
	args rehearsal.Args
	// readsBack says that the hand-over has delivered_key_wo.
	readsBack bool
	// store is what consumers get. Publishing is the apply's affair: it is done
	// when the hand-over's arguments are evaluated there, unless broken.
	store  string
	broken bool
}

func newStage(t *testing.T, o acctest.Options, readsBack bool) *stage {
	t.Helper()
	s := &stage{Stage: acctest.NewStage(t, o), t: t, readsBack: readsBack,
		args: rehearsal.Args{"name": "ci", "rotate_after": "30d", "overlap": "3d", "retire_previous": "handover"}}
	s.Resources = []rehearsal.Resource{
		{Address: rotating, Config: func(rehearsal.Known) rehearsal.Args { return s.args }},
		{Address: handover, DependsOn: []string{rotating}, Config: s.config},
	}
	return s
}

// rotated is a stage a month later: key 2 is the previous one, key 3 the current
// one, which has been handed over.
func rotated(t *testing.T, readsBack bool) *stage {
	t.Helper()
	s := newStage(t, acctest.Options{}, readsBack)
	s.Apply().Expect(0)
	s.Clock.Advance(month)
	s.Apply().Expect(0)
	s.is(map[string]any{"id": "3", "generation": 2, "previous_id": "2"})
	return s
}

func (s *stage) config(k rehearsal.Known) rehearsal.Args {
	args := rehearsal.Args{"rotation": k.Get(rotating, "rotation")}
	if k.Applying && !s.broken {
		s.store = s.secretOf(s.Workspace.State(rotating).Object.Text("id"))
	}
	if s.readsBack {
		args["delivered_key_wo"] = s.delivered(k)
	}
	return args
}

// delivered is the store read back. A plan that rotates reads it only during
// apply.
func (s *stage) delivered(k rehearsal.Known) any {
	if id := k.Get(rotating, "id"); !k.Applying && id == any(rehearsal.Unknown) {
		return rehearsal.Unknown
	}
	return s.store
}

func (s *stage) secretOf(id string) string { return s.API.Secret(id) }

// is checks attributes of the recorded hand-over.
func (s *stage) is(want map[string]any) {
	s.t.Helper()
	s.Is(handover, want)
}

// live checks which keys exist besides the provider's own.
func (s *stage) live(ids ...string) {
	s.t.Helper()
	s.Holds(fakenebula.KindAPIKey, ids...)
}

// with changes the rotating key's arguments.
func (s *stage) with(args rehearsal.Args) {
	s.args = maps.Clone(s.args)
	maps.Copy(s.args, args)
}

var refused = fakenebula.Fault{Operation: fakenebula.OpDeleteKey, Answer: fakenebula.Failed(403, "no")}
