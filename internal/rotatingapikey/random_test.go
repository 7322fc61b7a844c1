package rotatingapikey_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// A schedule is repeated with NEBULA_SEED=<seed> NEBULA_SCHEDULES=1.
const (
	seedVariable      = "NEBULA_SEED"
	schedulesVariable = "NEBULA_SCHEDULES"
	soakVariable      = "NEBULA_SOAK"
)

// totals are what a run of schedules did.
type totals struct {
	commands, rotations, retired, faults, interrupts, foreign, undecided, leftovers, givenUp atomic.Int64
}

// nothing names what never happened: schedules without it would show nothing of
// it.
func (sum *totals) nothing() (never []string) {
	for name, n := range map[string]*atomic.Int64{"rotation": &sum.rotations, "end of a previous key": &sum.retired, "fault": &sum.faults,
		"interrupt": &sum.interrupts, "act of somebody else": &sum.foreign, "undecided create": &sum.undecided, "leftover": &sum.leftovers} {
		if n.Load() == 0 {
			never = append(never, name)
		}
	}
	return never
}

func (sum *totals) String() string {
	return fmt.Sprintf("%d commands, %d rotations, %d previous keys ended, %d faults, %d interrupts, %d acts of others, %d creates undecided, %d deletes to be repeated, %d keys left to a warning",
		sum.commands.Load(), sum.rotations.Load(), sum.retired.Load(), sum.faults.Load(), sum.interrupts.Load(), sum.foreign.Load(), sum.undecided.Load(), sum.leftovers.Load(), sum.givenUp.Load())
}

// play runs one schedule in a bubble of its own time.
func play(t *testing.T, seed uint64, totals *totals, maker engineMaker, sabotage saboteur) (broken, log []string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s, err := newSchedule(seed, totals, maker, sabotage)
		if err != nil {
			t.Fatal(err)
		}
		s.run(t.Context())
		s.wait(t.Context(), 10*time.Minute) // whatever still runs comes to its end
		broken = s.broken
		for _, line := range s.log {
			if len(broken) > 0 {
				log = append(log, line())
			}
		}
	})
	return broken, log
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

// playAll plays that many schedules from the first seed on.
func playAll(t *testing.T, first, schedules uint64, maker engineMaker) {
	t.Helper()
	var (
		sum     totals
		group   sync.WaitGroup
		started = time.Now()
		workers = uint64(runtime.GOMAXPROCS(0))
	)
	for worker := range workers {
		group.Go(func() {
			for i := worker; i < schedules && !t.Failed(); i += workers {
				if broken, log := play(t, first+i, &sum, maker, nil); len(broken) > 0 {
					t.Errorf("%s=%d %s=1:\n%s\n\n%s", seedVariable, first+i, schedulesVariable, strings.Join(broken, "\n"), strings.Join(log, "\n"))
				}
			}
		})
	}
	group.Wait()
	t.Logf("seeds %d to %d, %v: %v", first, first+schedules-1, time.Since(started).Round(time.Millisecond), &sum)
	if never := sum.nothing(); schedules >= 1000 && len(never) > 0 {
		t.Errorf("there was never a %s", strings.Join(never, ", nor a "))
	}
}

func TestRandomSchedules(t *testing.T) {
	t.Parallel()
	playAll(t, number(t, seedVariable, 1), number(t, schedulesVariable, 10_000), directly)
}

// The same through the provider's RPCs and the framework, with what Terraform
// checks of plans and states; fewer, because that takes thirty times as long.
func TestRandomSchedulesThroughRPCs(t *testing.T) {
	t.Parallel()
	playAll(t, number(t, seedVariable, 1), min(number(t, schedulesVariable, 60), 60), throughRPCs)
}

func TestSoakRandomSchedules(t *testing.T) {
	t.Parallel()
	if os.Getenv(soakVariable) == "" {
		t.Skip("set " + soakVariable + "=1")
	}
	playAll(t, number(t, seedVariable, rand.Uint64()>>1), number(t, schedulesVariable, 100_000), directly)
}

func TestSoakRandomSchedulesThroughRPCs(t *testing.T) {
	t.Parallel()
	if os.Getenv(soakVariable) == "" {
		t.Skip("set " + soakVariable + "=1")
	}
	playAll(t, number(t, seedVariable, rand.Uint64()>>1), number(t, schedulesVariable, 3_000), throughRPCs)
}
