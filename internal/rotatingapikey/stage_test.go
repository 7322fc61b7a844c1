package rotatingapikey_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

const month = 720 * time.Hour

// generation is the name of the key that was made so long after the start.
func generation(name string, after time.Duration) string {
	return name + "-" + acctest.Start().Add(after).Format("20060102T150405Z")
}

// renewed are the attributes that a rotation renews, and more.
func renewed(more ...string) []string {
	return append([]string{"id", "key", "fingerprint", "creation_token", "key_name", "created_at", "rotate_at"}, more...)
}

var previous = []string{"previous_id", "previous_key", "previous_fingerprint", "previous_retire_at"}

// stage is a rotating key in Terraform's core in process, and what the API did.
type stage struct {
	*acctest.Stage
	t       *testing.T
	leaving bool // nobody uses the key any more
}

func newStage(t *testing.T, o acctest.Options, args rehearsal.Args) *stage {
	t.Helper()
	s := &stage{Stage: acctest.NewStage(t, o), t: t}
	s.Configure(address, args)
	return s
}

// and is a configuration with more arguments.
func and(args rehearsal.Args, more ...rehearsal.Args) rehearsal.Args {
	all := maps.Clone(args)
	for _, m := range more {
		maps.Copy(all, m)
	}
	return all
}

// kept is a configuration with a keeper, whose change rotates.
func kept(v string, more ...rehearsal.Args) rehearsal.Args {
	return and(rehearsal.Args{"name": "ci", "keepers": map[string]string{"v": v}}, more...)
}

// atOnce has the old key go in the apply that rotates.
var atOnce = rehearsal.Args{"overlap": "0s"}

// is checks attributes in the state: texts, lists of texts, and nil for null.
func (s *stage) is(want map[string]any) {
	s.t.Helper()
	have := s.State(address).Object
	for name, value := range want {
		switch value := value.(type) {
		case []string:
			if got := have.Texts(name); !slices.Equal(got, value) {
				s.t.Errorf("%s is %q, want %q", name, got, value)
			}
		case string:
			if got := have.Text(name); got != value {
				s.t.Errorf("%s is %q, want %q", name, got, value)
			}
		default:
			if !have.Null(name) {
				s.t.Errorf("%s is %s, want null", name, have[name])
			}
		}
	}
}

// live checks which keys exist besides the provider's own.
func live(t *testing.T, api *fakenebula.Server, ids ...string) {
	t.Helper()
	var got []string
	for _, k := range api.Keys() {
		if k.Name != acctest.OwnKey {
			got = append(got, k.ID)
		}
	}
	if !slices.Equal(got, ids) {
		t.Errorf("the keys %v exist, want %v", got, ids)
	}
}

func (s *stage) live(ids ...string) {
	s.t.Helper()
	live(s.t, s.API, ids...)
}

// settled checks that nothing is left to do.
func (s *stage) settled() {
	s.t.Helper()
	s.Plan().Expect(0)
}

// ends destroys the key, and checks that none is left.
func (s *stage) ends() {
	s.t.Helper()
	s.leaving = true
	s.Destroy().Expect(0)
	s.live()
}

// rotate changes the keeper an hour later, and applies.
func (s *stage) rotate(v string, more ...rehearsal.Args) acctest.Result {
	s.t.Helper()
	s.Clock.Advance(time.Hour)
	s.Configure(address, kept(v, more...))
	return s.Apply()
}

// changes checks that a plan updates exactly these attributes, and gives what it
// says of all.
func (s *stage) changes(attributes ...string) (after rehearsal.Object) {
	s.t.Helper()
	plan, report := s.Workspace.Plan(s.t.Context(), rehearsal.Options{})
	if plan == nil {
		s.t.Fatal(report)
	}
	change := plan.Changes[address]
	if change == nil || change.Action != rehearsal.Update {
		s.t.Fatalf("the plan is %v", plan)
	}
	var got []string
	for _, name := range slices.Sorted(maps.Keys(change.After)) {
		if !change.After[name].Equal(change.Before[name]) {
			got = append(got, name)
		}
	}
	if want := slices.Sorted(slices.Values(attributes)); !slices.Equal(got, want) {
		s.t.Errorf("the plan changes\n%q, want\n%q", got, want)
	}
	return change.After
}

func isVerify(r fakenebula.Request) bool {
	return r.CredentialKind == fakenebula.CredentialAPIKey && r.CredentialID != "1"
}

const (
	opCreate = fakenebula.OpCreateKey
	opDelete = fakenebula.OpDeleteKey
	opList   = fakenebula.OpListKeys
)
