package resilience_test

import (
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
)

// machines is how many machines an apply makes.
const machines = 10

// machineSite is a site with machines. The provider that is struck is a program
// on the machine's clock. What comes after that runs in the test's process, on
// the test's clock, so that nothing has to be waited for.
type machineSite struct {
	*site
	// after is in the same directory and has the same state.
	after *acctest.CLI
}

// newMachineSite has a configuration of ten machines. Each line holds %d for the
// machine's number.
func newMachineSite(t *testing.T, binary, line string) *machineSite {
	t.Helper()
	s, world := openSite(t, binary, fakenebula.Options{Latency: 5 * time.Millisecond})
	var blocks strings.Builder
	for i := range machines {
		// Terraform 1.16.0 takes one of several import blocks of a counted
		// resource only, so each machine has a block of its own.
		fmt.Fprintf(&blocks, `resource "nebula_instance" "train-%d" {
  product_id = "expd0ce88325-aeb0-48d0-8216-09506b58f1dd"
  image      = "Ubuntu Server 22.04 LTS R535 CUDA 12.2"
  ssh_key_id = "1"
  `+line+"\n}\n", i, i)
	}
	s.Write("main.tf", blocks.String())
	after := world.CLI(t)
	after.Dir = s.Dir
	return &machineSite{s, after}
}

// instant is the n-th request of an operation in an apply, when it arrives or,
// with answered, when it has been carried out and not answered yet.
type instant struct {
	operation fakenebula.Operation
	n         int
	answered  bool
}

func (i instant) String() string {
	if i.answered {
		return fmt.Sprintf("%s %d is carried out", i.operation, i.n)
	}
	return fmt.Sprintf("%s %d arrives", i.operation, i.n)
}

// at calls strike once, at an instant.
func (s *machineSite) at(i instant, strike func()) {
	var mu sync.Mutex
	seen := 0
	hook := func(r fakenebula.Request) {
		mu.Lock()
		defer mu.Unlock()
		if r.Operation != i.operation {
			return
		}
		if seen++; seen == i.n {
			strike()
		}
	}
	if i.answered {
		s.api.OnResponse(hook)
	} else {
		s.api.OnRequest(hook)
	}
}

// everyInstant is each request of an apply that nothing disturbs, when it
// arrives and when it has been carried out.
func everyInstant(t *testing.T, binary, line string) []instant {
	t.Helper()
	s := newMachineSite(t, binary, line)
	s.Apply().Expect(0)
	requests := map[fakenebula.Operation]int{}
	for _, r := range s.api.Journal() {
		requests[r.Operation]++
	}
	t.Logf("an apply of %d machines that nothing disturbs asks for %v", machines, requests)
	var all []instant
	for _, operation := range slices.Sorted(maps.Keys(requests)) {
		for n := range requests[operation] {
			all = append(all, instant{operation, n + 1, false}, instant{operation, n + 1, true})
		}
	}
	return all
}

// ledger sums up over all instants of a test.
type ledger struct {
	mu                       sync.Mutex
	struck, made, unrecorded int
	// unrecordedPrice is what the machines cost per hour that are in no state,
	// unknown what those of them cost that no message names either.
	unrecordedPrice, unknown big.Rat
}

// enter enters the machines that an apply made until it was struck.
func (l *ledger) enter(made int, unrecorded []fakenebula.Instance) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.struck++
	l.made += made
	l.unrecorded += len(unrecorded)
	for _, machine := range unrecorded {
		l.unrecordedPrice.Add(&l.unrecordedPrice, price(machine))
	}
}

// miss enters a machine that nothing tells of.
func (l *ledger) miss(machine fakenebula.Instance) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.unknown.Add(&l.unknown, price(machine))
}

// tell prints the sums.
func (l *ledger) tell(t *testing.T, what string) {
	t.Helper()
	t.Logf("%s at %d instants of an apply of %d machines: %d machines made by then; %d in no state ($%s per hour); $%s per hour in no state and in no message",
		what, l.struck, machines, l.made, l.unrecorded, l.unrecordedPrice.FloatString(3), l.unknown.FloatString(3))
	if l.made == 0 {
		t.Error("no machine was made before it, so nothing was shown")
	}
}

func price(machine fakenebula.Instance) *big.Rat {
	dollars, _ := new(big.Rat).SetString(machine.PricePerHour) // the fake's own catalogue
	return dollars
}

// recordedMachines are the ids in state, and how many entries are tainted.
func (s *machineSite) recordedMachines() (ids map[string]bool, tainted int) {
	s.t.Helper()
	ids = map[string]bool{}
	for _, instance := range s.State() {
		if id, ok := instance.Attributes["id"].(string); ok {
			ids[id] = true
		}
		if instance.Tainted {
			tainted++
		}
	}
	return ids, tainted
}

// unrecordedMachines are those that are billed and in no state.
func (s *machineSite) unrecordedMachines() []fakenebula.Instance {
	s.t.Helper()
	recorded, _ := s.recordedMachines()
	return slices.DeleteFunc(s.api.Instances(), func(machine fakenebula.Instance) bool { return recorded[machine.ID] })
}

// expectAll checks that each machine was made once, and is in the state.
func (s *machineSite) expectAll() {
	s.t.Helper()
	if made := len(s.api.IssuedInstances()); made != machines {
		s.t.Errorf("%d machines were made, want %d", made, machines)
	}
	for _, machine := range s.unrecordedMachines() {
		s.t.Errorf("machine %s, named %s, is in no state", machine.ID, machine.Name)
	}
	s.after.Plan().Expect(0)
}
