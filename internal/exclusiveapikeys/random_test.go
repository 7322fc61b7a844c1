package exclusiveapikeys

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/lifecycle"
)

// A schedule is repeated with NEBULA_SEED=<seed> NEBULA_SCHEDULES=1.
const (
	seedVariable      = "NEBULA_SEED"
	schedulesVariable = "NEBULA_SCHEDULES"
)

// TestRandomSchedules shows that whatever happens between and during plans and
// applies, no key is deleted that the applied plan did not name, and none that
// the arguments spare.
func TestRandomSchedules(t *testing.T) {
	t.Parallel()
	mustPass(t, newDirect, number(t, schedulesVariable, 10_000))
}

// The same through the framework and the provider's interface, with fewer
// schedules because those take their time.
func TestRandomSchedulesThroughFramework(t *testing.T) {
	t.Parallel()
	mustPass(t, newRemote, min(number(t, schedulesVariable, 100), 100))
}

func mustPass(t *testing.T, start func(rule) core, schedules uint64) {
	t.Helper()
	sum := playAll(t, start, number(t, seedVariable, 1), schedules, judge, func(seed uint64, violations []string) {
		t.Errorf("schedule %d (%s=%d %s=1):\n\t%s", seed, seedVariable, seed, schedulesVariable, strings.Join(violations, "\n\t"))
	})
	if schedules < 100 {
		return
	}
	// Schedules in which nothing happens show nothing.
	if sum.deleted == 0 || sum.unknown == 0 || sum.faults == 0 || sum.between == 0 || sum.during == 0 || sum.saved == 0 || sum.discarded == 0 || sum.failed == 0 {
		t.Errorf("some kinds of events never happened: %+v", sum)
	}
}

// The test of the test: weaker rules are caught by the same schedules.
func TestRandomSchedulesCatchWeakerRules(t *testing.T) {
	t.Parallel()
	for name, weaker := range map[string]struct {
		judge rule
		want  string
	}{
		"whatever is unmanaged by now": {func(_ names, listed []lifecycle.Key, p policy) (doomed, renamed []lifecycle.Key) {
			for _, key := range listed {
				if !p.spares(key.ID, key.Name) {
					doomed = append(doomed, key)
				}
			}
			return doomed, nil
		}, notNamed},
		"whatever was named": {func(named names, listed []lifecycle.Key, _ policy) (doomed, renamed []lifecycle.Key) {
			for _, key := range listed {
				if _, ok := named[key.ID]; ok {
					doomed = append(doomed, key)
				}
			}
			return doomed, nil
		}, renamedSince},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const schedules = 300
			caught := 0
			playAll(t, newDirect, 1, schedules, weaker.judge, func(_ uint64, violations []string) {
				if strings.Contains(strings.Join(violations, "\n"), weaker.want) {
					caught++
				}
			})
			t.Logf("caught in %d of %d schedules", caught, schedules)
			if caught == 0 {
				t.Error("no schedule noticed")
			}
		})
	}
}

func number(t *testing.T, variable string, otherwise uint64) uint64 {
	t.Helper()
	text := os.Getenv(variable)
	if text == "" {
		return otherwise
	}
	n, err := strconv.ParseUint(text, 10, 63)
	if err != nil {
		t.Fatalf("%s: %v", variable, err)
	}
	return n
}

// playAll plays that many schedules from the first seed on and reports those
// with violations.
func playAll(t *testing.T, start func(rule) core, first, schedules uint64, r rule, report func(seed uint64, violations []string)) totals {
	t.Helper()
	began := time.Now()
	var (
		mu    sync.Mutex
		sum   totals
		group sync.WaitGroup
	)
	workers := uint64(runtime.GOMAXPROCS(0))
	for worker := range workers {
		group.Go(func() {
			c := start(r)
			for i := worker; i < schedules; i += workers {
				w := newWorld(first+i, c)
				w.play()
				mu.Lock()
				sum.add(w.totals)
				if len(w.violations) > 0 {
					report(first+i, w.violations)
				}
				mu.Unlock()
			}
		})
	}
	group.Wait()
	t.Logf("seeds %d to %d, %v: %s", first, first+schedules-1, time.Since(began).Round(time.Millisecond), sum)
	return sum
}

// totals count what happened.
type totals struct {
	schedules, plans, unknown, saved, discarded, applies, failed int
	between, during, faults                                      int
	named, deleted                                               int
}

func (s *totals) add(o totals) {
	s.schedules += o.schedules
	s.plans += o.plans
	s.unknown += o.unknown
	s.saved += o.saved
	s.discarded += o.discarded
	s.applies += o.applies
	s.failed += o.failed
	s.between += o.between
	s.during += o.during
	s.faults += o.faults
	s.named += o.named
	s.deleted += o.deleted
}

func (s totals) String() string {
	return fmt.Sprintf("%d schedules, %d plans (%d with unknown arguments, %d applied later, %d never applied), %d applies (%d failed), "+
		"foreign acts %d between and %d during applies, %d faults, %d keys named, %d deleted",
		s.schedules, s.plans, s.unknown, s.saved, s.discarded, s.applies, s.failed, s.between, s.during, s.faults, s.named, s.deleted)
}
