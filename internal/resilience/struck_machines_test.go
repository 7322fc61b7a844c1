package resilience_test

import (
	"fmt"
	"regexp"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
)

// The two ways of naming a machine.
const (
	byPrefix = `name_prefix = "gpu-%d"`
	byName   = `name = "train-%d"`
)

// TestInterruptMachines sends SIGINT, as one Ctrl-C does, at one request of each
// class in an apply of ten machines.
func TestInterruptMachines(t *testing.T) {
	t.Parallel()
	interruptMachines(t, acctest.BuildProvider(t), byPrefix, []instant{
		{fakenebula.OpCreateInstance, 1, false}, {fakenebula.OpCreateInstance, 6, true}, {fakenebula.OpReadInstance, 3, false},
	})
}

// TestSoakInterruptMachines does that at every request. With plain names it
// takes the half minute for which a machine has to stay the only new one.
func TestSoakInterruptMachines(t *testing.T) {
	t.Parallel()
	needsSoak(t)
	binary := acctest.BuildProvider(t)
	for kind, line := range map[string]string{"prefix": byPrefix, "name": byName} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			interruptMachines(t, binary, line, everyInstant(t, binary, line))
		})
	}
}

// interruptMachines checks that no machine is in no state, none is tainted, and
// the next apply makes the rest.
func interruptMachines(t *testing.T, binary, line string, instants []instant) {
	t.Helper()
	var l ledger
	t.Cleanup(func() { l.tell(t, "SIGINT") })
	for _, i := range instants {
		t.Run(i.String(), func(t *testing.T) {
			t.Parallel()
			s := newMachineSite(t, binary, line)
			group := make(chan int, 1)
			s.at(i, func() { _ = syscall.Kill(-<-group, syscall.SIGINT) })
			pid, wait := s.start()
			group <- pid
			output, _ := wait()
			lost := s.unrecordedMachines()
			l.enter(len(s.api.Instances()), lost)
			for _, machine := range lost {
				l.miss(machine)
				t.Errorf("machine %s, named %s, is in no state after the interrupt:\n%s", machine.ID, machine.Name, output)
			}
			if _, tainted := s.recordedMachines(); tainted > 0 {
				t.Errorf("%d machines are tainted:\n%s", tainted, output)
			}
			s.after.Apply().Expect(0)
			s.expectAll()
		})
	}
}

// TestKillMachines ends the provider without warning at some requests of an
// apply of ten machines with plain names.
func TestKillMachines(t *testing.T) {
	t.Parallel()
	killMachines(t, acctest.BuildProvider(t), []instant{
		{fakenebula.OpCreateInstance, 1, false}, {fakenebula.OpCreateInstance, machines, true},
	})
}

// TestSoakKillMachines does that at every request.
func TestSoakKillMachines(t *testing.T) {
	t.Parallel()
	needsSoak(t)
	binary := acctest.BuildProvider(t)
	killMachines(t, binary, everyInstant(t, binary, byName))
}

// killMachines checks that the next apply refuses, loudly, what the killed one
// has made, and that the import blocks in its messages work.
func killMachines(t *testing.T, binary string, instants []instant) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("finds the provider's process in /proc")
	}
	var l ledger
	t.Cleanup(func() { l.tell(t, "kill -9") })
	for _, i := range instants {
		t.Run(i.String(), func(t *testing.T) {
			t.Parallel()
			s := newMachineSite(t, binary, byName)
			var struck atomic.Bool
			s.at(i, func() { struck.Store(true); s.killProvider() })
			_, wait := s.start()
			output, code := wait()
			if !struck.Load() {
				t.Skip("this apply has asked for fewer lists than the one that nothing disturbed")
			}
			if code == 0 {
				t.Fatalf("the apply went well although the provider was killed:\n%s", output)
			}
			made := len(s.api.Instances())
			second := s.after.Apply()
			// What this apply made is in the state. A request of the killed one that
			// was on its way has arrived by now.
			lost := s.unrecordedMachines()
			l.enter(made, lost)
			if refused := second.ExitCode == 1; refused != (len(lost) > 0) {
				t.Fatalf("%d machines are in no state, and the next apply ended with %d:\n%s", len(lost), second.ExitCode, second.Text())
			}
			imports := importBlocks(second.Text())
			for _, machine := range lost {
				named := fmt.Sprintf("%s (%q, running, $0.697 per hour)", machine.ID, machine.Name)
				if !strings.Contains(second.Text(), named) || imports[machine.Name] == "" {
					l.miss(machine)
					t.Errorf("the next apply does not name %s:\n%s", named, second.Text())
				}
			}
			var config strings.Builder
			for name, block := range imports {
				config.WriteString(strings.Replace(block, "NAME", name, 1) + "\n")
			}
			s.Write("imports.tf", config.String())
			s.after.Apply().Expect(0)
			s.expectAll()
		})
	}
}

var takenOver = regexp.MustCompile(`The account has an instance named "([^"]+)" already\..*?import \{ (to = nebula_instance\.NAME) (id = "[^"]+") \}`)

// importBlocks are the blocks that messages show, by the machine's name.
func importBlocks(text string) map[string]string {
	blocks := map[string]string{}
	for _, match := range takenOver.FindAllStringSubmatch(text, -1) {
		blocks[match[1]] = "import {\n  " + match[2] + "\n  " + match[3] + "\n}"
	}
	return blocks
}
