package resilience_test

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
)

const keys = 20

// moment is an instant of an apply: the n-th create arrives at the API, or has
// been carried out but not answered yet.
type moment struct {
	create   int
	answered bool
	// lost takes the answer of that create away.
	lost bool
}

func (m moment) String() string {
	what := "arrives"
	switch {
	case m.lost:
		what = "is carried out and its answer lost"
	case m.answered:
		what = "is carried out"
	}
	return fmt.Sprintf("create %d %s", m.create, what)
}

// moments spreads n moments over an apply. The last fifth of them lose an
// answer as well.
func moments(n int) []moment {
	var all []moment
	for i := range n {
		m := moment{create: i*7%keys + 1, answered: i%2 == 1}
		if i >= n-max(1, n/5) {
			m.lost, m.answered = true, true
		}
		all = append(all, m)
	}
	return all
}

// at calls strike once, at the moment m.
func at(api *fakenebula.Server, m moment, strike func()) {
	if m.lost {
		api.Inject(fakenebula.Fault{Operation: fakenebula.OpCreateKey, Skip: m.create - 1, Drop: true, Commit: true})
	}
	var seen atomic.Int32
	hook := func(r fakenebula.Request) {
		if r.Operation == fakenebula.OpCreateKey && seen.Add(1) == int32(m.create) {
			strike()
		}
	}
	if m.answered {
		api.OnResponse(hook)
	} else {
		api.OnRequest(hook)
	}
}

// TestInterrupt sends SIGINT, as one Ctrl-C does, at some moments of an apply
// of twenty keys.
func TestInterrupt(t *testing.T) {
	t.Parallel()
	interruptKeys(t, 2)
}

// TestSoakInterrupt does that at many moments.
func TestSoakInterrupt(t *testing.T) {
	t.Parallel()
	needsSoak(t)
	interruptKeys(t, 50)
}

// interruptKeys checks that after an interrupt, and again after the next apply,
// state and API agree.
func interruptKeys(t *testing.T, n int) {
	t.Helper()
	binary := acctest.BuildProvider(t)
	var interrupted, orphans, madeByThen atomic.Int32
	t.Cleanup(func() {
		t.Logf("SIGINT at %d moments of an apply of %d keys: %d applies ended early, %d keys made by then, %d of them in no state", n, keys, interrupted.Load(), madeByThen.Load(), orphans.Load())
		if interrupted.Load() == 0 {
			t.Error("no apply was interrupted, so nothing was shown")
		}
	})
	for _, m := range moments(n) {
		t.Run(m.String(), func(t *testing.T) {
			t.Parallel()
			s := newSite(t, binary, keys, fakenebula.Options{Latency: 5 * time.Millisecond})
			group := make(chan int, 1)
			at(s.api, m, func() { _ = syscall.Kill(-<-group, syscall.SIGINT) })
			pid, wait := s.start()
			group <- pid
			output, code := wait()
			if code != 0 {
				interrupted.Add(1)
			}
			madeByThen.Add(int32(len(s.api.Keys()) - 1))
			for _, key := range s.unrecorded() {
				orphans.Add(1)
				t.Errorf("key %s (%s) is in no state after the interrupt:\n%s", key.ID, key.Name, output)
			}
			s.Apply().Expect(0)
			s.expectComplete(keys)
		})
	}
}

// TestKill ends the provider without warning. Keys whose answers were on their
// way are in no state then; each of them must be found by its marker.
func TestKill(t *testing.T) {
	t.Parallel()
	killKeys(t, 1)
}

// TestSoakKill does that at many moments.
func TestSoakKill(t *testing.T) {
	t.Parallel()
	needsSoak(t)
	killKeys(t, 20)
}

func killKeys(t *testing.T, n int) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("finds the provider's process in /proc")
	}
	binary := acctest.BuildProvider(t)
	var killed, orphans atomic.Int32
	t.Cleanup(func() {
		t.Logf("kill -9 at %d moments of an apply of %d keys: %d providers killed, %d keys in no state, all found by their markers", n, keys, killed.Load(), orphans.Load())
		if orphans.Load() == 0 {
			t.Error("no key was orphaned, so nothing was shown")
		}
	})
	for i := range n {
		m := moment{create: i*keys/n + 1, answered: true}
		t.Run(m.String(), func(t *testing.T) {
			t.Parallel()
			// Markers are to be seen in the list.
			s := newSite(t, binary, keys, fakenebula.Options{Reading: fakenebula.Reading2024, Latency: 5 * time.Millisecond})
			var once sync.Once
			at(s.api, m, func() { once.Do(func() { killed.Add(1); s.killProvider() }) })
			_, wait := s.start()
			if output, code := wait(); code == 0 {
				t.Errorf("the apply went well although the provider was killed:\n%s", output)
			}
			var lost []string
			for _, key := range s.unrecorded() {
				lost = append(lost, key.ID)
			}
			orphans.Add(int32(len(lost)))
			s.Apply().Expect(0)
			found := s.marked()
			recorded := s.recorded()
			for _, id := range lost {
				if recorded[id] {
					continue
				}
				if !slices.Contains(found, id) {
					t.Errorf("orphan %s carries no marker that finds it", id)
				}
			}
		})
	}
}

// marked are the ids of all keys with an ownership marker, as an operator
// would list them.
func (s *site) marked() []string {
	s.t.Helper()
	other := *s.CLI
	other.Dir = s.t.TempDir()
	other.Write("main.tf", `data "nebula_api_keys" "marked" {
  terraform_managed = true
}

output "ids" {
  value = data.nebula_api_keys.marked.ids
}
`)
	other.Apply().Expect(0)
	var ids []string
	if err := json.Unmarshal([]byte(other.Run("output", "-json", "ids").Expect(0).Stdout), &ids); err != nil {
		s.t.Fatal(err)
	}
	return ids
}

// TestSecondInterrupt shows what is left after two Ctrl-C: Terraform does not
// wait for the provider then, nor for its own writing of the state, so keys can
// be in no state, but none without a marker.
func TestSecondInterrupt(t *testing.T) {
	t.Parallel()
	binary := acctest.BuildProvider(t)
	s := newSite(t, binary, keys, fakenebula.Options{Latency: 5 * time.Millisecond})
	release := make(chan struct{})
	s.api.Inject(fakenebula.Fault{Operation: fakenebula.OpCreateKey, Skip: 9, Until: release})
	group := make(chan int, 2)
	interrupt := func() { _ = syscall.Kill(-<-group, syscall.SIGINT) }
	at(s.api, moment{create: 10, answered: true}, interrupt)
	// A second signal before the first is noticed would count for nothing.
	pid, wait := s.startInto(&printed{text: "Interrupt received", reached: interrupt})
	group <- pid
	group <- pid
	output, code := wait()
	close(release)
	if code == 0 || !strings.Contains(output, "Two interrupts received") {
		t.Errorf("exit code %d, although it was interrupted twice:\n%s", code, output)
	}
	s.restoreCutState()
	lost := s.unrecorded()
	s.Apply().Expect(0)
	found := s.marked()
	for _, key := range lost {
		if !slices.Contains(found, key.ID) {
			t.Errorf("orphan %s carries no marker that finds it", key.ID)
		}
	}
	if out, err := exec.CommandContext(t.Context(), "ps", "-eo", "args").Output(); err == nil && strings.Contains(string(out), s.provider) {
		t.Errorf("a provider is left running")
	}
}
