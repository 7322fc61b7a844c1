package instance_test

import (
	"context"
	"maps"
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/clock"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

func TestMain(m *testing.M) { acctest.Main(m) }

// this is the address of the machine that most tests are about.
const this = "nebula_instance.this"

const (
	opCreate = fakenebula.OpCreateInstance
	opList   = fakenebula.OpListInstances
	opDetail = fakenebula.OpReadInstance
	opDelete = fakenebula.OpDeleteInstance
)

// What the tests order.
const (
	aProduct  = "expd0ce88325-aeb0-48d0-8216-09506b58f1dd"
	another   = "expd4b024f34-c9f3-4c41-ade4-4b56bbe3c64b"
	container = "fcp66d566c43a9501001256"
	imageName = "Ubuntu Server 22.04 LTS R535 CUDA 12.2"
	imageID   = "exoscee6e762-1d11-4f65-a7d6-8c0670b603b2"
)

// stage is a configuration with one machine, in Terraform's core in process.
type stage struct {
	*acctest.Stage
	t *testing.T
}

func newStage(t *testing.T, o fakenebula.Options) *stage {
	t.Helper()
	return &stage{acctest.NewStage(t, acctest.Options{Fake: o}), t}
}

// inBubble is a stage on the machine's clock, for a bubble of testing/synctest.
func inBubble(t *testing.T, o fakenebula.Options) *stage {
	t.Helper()
	return &stage{acctest.NewStageInBubble(t, o), t}
}

// args are the arguments of a machine with those given added; nil takes one
// away.
func args(more rehearsal.Args) rehearsal.Args {
	all := rehearsal.Args{"name_prefix": "gpu", "product_id": aProduct, "image": imageName, "ssh_key_id": "1"}
	maps.Copy(all, more)
	maps.DeleteFunc(all, func(_ string, v any) bool { return v == nil })
	return all
}

// exact are the arguments of a machine with a plain name.
func exact(more rehearsal.Args) rehearsal.Args {
	all := args(rehearsal.Args{"name": "train", "name_prefix": nil})
	maps.Copy(all, more)
	return all
}

// write makes a configuration of one machine.
func (s *stage) write(a rehearsal.Args) *stage {
	s.Configure(this, a)
	return s
}

// made is a stage with a machine.
func made(t *testing.T, o fakenebula.Options, a rehearsal.Args) *stage {
	t.Helper()
	s := newStage(t, o).write(a)
	s.Apply().Expect(0)
	s.API.ResetJournal()
	return s
}

// is checks attributes of the machine in the state.
func (s *stage) is(want map[string]any) {
	s.t.Helper()
	s.Is(this, want)
}

// take takes a machine over by its id.
func (s *stage) take(id string) acctest.Result {
	s.t.Helper()
	return s.Run("import", this, id)
}

// holds checks the ids of the machines that exist.
func (s *stage) holds(want ...string) {
	s.t.Helper()
	s.Holds(fakenebula.KindInstance, want...)
}

// asked checks how often the API was asked for what, since the last look.
func (s *stage) asked(want map[fakenebula.Operation]int) {
	s.t.Helper()
	got := map[fakenebula.Operation]int{}
	for _, operation := range s.Asked() {
		got[operation]++
	}
	if !maps.Equal(got, want) {
		s.t.Errorf("the API was asked for %v, want %v", got, want)
	}
}

// secrets are the passwords of all machines that ever were.
func (s *stage) secrets() []string {
	var all []string
	for _, machine := range s.API.IssuedInstances() {
		all = append(all, machine.Password)
	}
	return all
}

// pass lets time pass in a bubble of testing/synctest.
func pass(d time.Duration) {
	_ = clock.System().Sleep(context.Background(), d) // nothing ends the context
}
