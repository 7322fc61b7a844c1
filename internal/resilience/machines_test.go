package resilience_test

import (
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
)

// machine is the block of machines with this name in the configuration; the
// lines say how many there are and what they are called.
func machine(name string, lines ...string) string {
	return "resource \"nebula_instance\" \"" + name + `" {
  product_id = "expd0ce88325-aeb0-48d0-8216-09506b58f1dd"
  image      = "Ubuntu Server 22.04 LTS R535 CUDA 12.2"
  ssh_key_id = "1"
  ` + strings.Join(lines, "\n  ") + "\n}\n"
}

// fleetOf is a site with these machines.
func fleetOf(t *testing.T, binary string, blocks ...string) *site {
	t.Helper()
	s := newSite(t, binary, 0, fakenebula.Options{Latency: 5 * time.Millisecond})
	s.Write("main.tf", strings.Join(blocks, "\n"))
	return s
}

// atCreate calls strike once, when the n-th create of a machine arrives or,
// with answered, has been carried out and not answered yet.
func (s *site) atCreate(n int, answered bool, strike func()) {
	var seen atomic.Int32
	hook := func(r fakenebula.Request) {
		if r.Operation == fakenebula.OpCreateInstance && seen.Add(1) == int32(n) {
			strike()
		}
	}
	if answered {
		s.api.OnResponse(hook)
	} else {
		s.api.OnRequest(hook)
	}
}

// recordedMachines are the ids in state, and how many entries are tainted.
func (s *site) recordedMachines() (ids map[string]bool, tainted int) {
	s.t.Helper()
	ids = map[string]bool{}
	for address := range s.State() {
		for _, instance := range s.Instances(address) {
			if id, ok := instance.Attributes["id"].(string); ok {
				ids[id] = true
			}
			if instance.Tainted {
				tainted++
			}
		}
	}
	return ids, tainted
}

// unrecordedMachines are those that are billed and in no state.
func (s *site) unrecordedMachines() []fakenebula.Instance {
	s.t.Helper()
	recorded, _ := s.recordedMachines()
	var lost []fakenebula.Instance
	for _, machine := range s.api.Instances() {
		if !recorded[machine.ID] {
			lost = append(lost, machine)
		}
	}
	return lost
}

// TestInterruptMachines sends SIGINT at the creates of an apply of ten machines.
// None is in no state, none is tainted, and the next apply makes the rest.
func TestInterruptMachines(t *testing.T) {
	t.Parallel()
	const machines = 10
	step := 3
	if soaking() {
		step = 1
	}
	binary := acctest.BuildProvider(t)
	var struck, made atomic.Int32
	t.Cleanup(func() {
		t.Logf("SIGINT at %d creates of an apply of %d machines: %d machines made by then, none in no state", struck.Load(), machines, made.Load())
	})
	for n := 1; n <= machines; n += step {
		t.Run(fmt.Sprintf("create %d", n), func(t *testing.T) {
			t.Parallel()
			s := fleetOf(t, binary, machine("m", "count = "+strconv.Itoa(machines), `name_prefix = "gpu"`))
			group := make(chan int, 1)
			s.atCreate(n, n%2 == 0, func() { struck.Add(1); _ = syscall.Kill(-<-group, syscall.SIGINT) })
			pid, wait := s.start()
			group <- pid
			output, _ := wait()
			made.Add(int32(len(s.api.Instances())))
			for _, machine := range s.unrecordedMachines() {
				t.Errorf("machine %s, named %s, is in no state after the interrupt:\n%s", machine.ID, machine.Name, output)
			}
			if _, tainted := s.recordedMachines(); tainted > 0 {
				t.Errorf("%d machines are tainted:\n%s", tainted, output)
			}
			s.Apply().Expect(0)
			if all := s.api.IssuedInstances(); len(all) != machines || len(s.unrecordedMachines()) != 0 {
				t.Errorf("%d machines were made, want %d", len(all), machines)
			}
		})
	}
}

// TestKillMachines ends the provider without warning. With plain names the next
// apply refuses, loudly, and the import block in its message works.
func TestKillMachines(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("finds the provider's process in /proc")
	}
	var blocks []string
	const machines = 3
	for i := range machines {
		// Terraform 1.16.0 takes one of several import blocks of a counted
		// resource only.
		blocks = append(blocks, machine(fmt.Sprintf("train-%d", i), fmt.Sprintf("name = \"train-%d\"", i)))
	}
	binary := acctest.BuildProvider(t)
	var orphans atomic.Int32
	t.Cleanup(func() {
		t.Logf("kill -9 at 2 creates of an apply of %d machines: %d machines in no state, all named by the next apply and imported", machines, orphans.Load())
		if orphans.Load() == 0 {
			t.Error("no machine was orphaned, so nothing was shown")
		}
	})
	for _, n := range []int{1, machines} {
		t.Run(fmt.Sprintf("create %d", n), func(t *testing.T) {
			t.Parallel()
			s := fleetOf(t, binary, blocks...)
			var once sync.Once
			s.atCreate(n, true, func() { once.Do(s.killProvider) })
			_, wait := s.start()
			if output, code := wait(); code == 0 {
				t.Errorf("the apply went well although the provider was killed:\n%s", output)
			}
			refused := s.Apply().Expect(1)
			// Requests that were on their way have arrived by now, too.
			lost := s.unrecordedMachines()
			orphans.Add(int32(len(lost)))
			var imports strings.Builder
			for _, machine := range lost {
				refused.Expect(1, fmt.Sprintf("%s (%q, running, $0.697 per hour)", machine.ID, machine.Name), fmt.Sprintf("id = %q", machine.ID))
				fmt.Fprintf(&imports, "import {\n  to = nebula_instance.%s\n  id = %q\n}\n", machine.Name, machine.ID)
			}
			s.Write("imports.tf", imports.String())
			s.Apply().Expect(0)
			if all := s.api.IssuedInstances(); len(all) != machines || len(s.unrecordedMachines()) != 0 {
				t.Errorf("%d machines were made, want %d", len(all), machines)
			}
		})
	}
}
