package rehearsal

import (
	"cmp"
	"math/rand/v2"
	"os"
	"regexp"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/clock"
)

// A schedule is repeated with NEBULA_SEED=<seed> NEBULA_SCHEDULES=1.
const (
	seedVariable      = "NEBULA_SEED"
	schedulesVariable = "NEBULA_SCHEDULES"
	soakVariable      = "NEBULA_SOAK"
)

const (
	// ordinary is the number of schedules of a test run, and patience how long
	// it goes on beginning new ones: a slow machine plays fewer of them.
	ordinary = 1000
	patience = 3 * time.Second
	// soaked is the number of schedules of a soak, which takes the time it
	// needs.
	soaked  = 100_000
	forever = 1000 * time.Hour
	// enough is the number of schedules that show what never happens.
	enough = 300
)

// Suite is a random test.
type Suite struct {
	// Play plays a schedule and checks its rules.
	Play func(*Schedule)
	// Schedules is how many an ordinary test run plays; 0 is for some hundred
	// short ones.
	Schedules int
	// Needs are totals that must not be 0: a schedule in which nothing happens
	// shows nothing.
	Needs []string
	// Chance is what schedules say that follows from no seed, such as the random
	// part of a name. Repeat leaves it out.
	Chance *regexp.Regexp
}

// Run plays the suite's schedules in an ordinary test run.
func (u Suite) Run(t *testing.T) {
	t.Helper()
	u.run(t, number(t, seedVariable, 1), number(t, schedulesVariable, u.schedules()), patience)
}

// Soak plays them at length, from a seed of its own, when NEBULA_SOAK is set.
// Tests that call it have Soak in their names.
func (u Suite) Soak(t *testing.T) {
	t.Helper()
	if os.Getenv(soakVariable) == "" {
		t.Skip("set " + soakVariable + "=1")
	}
	u.run(t, number(t, seedVariable, rand.Uint64()>>1), number(t, schedulesVariable, soaked), forever) //nolint:gosec // any seed will do
}

func (u Suite) schedules() uint64 { return uint64(cmp.Or(u.Schedules, ordinary)) } //nolint:gosec // it is positive

// telling is how many schedules must have been played for Needs.
func (u Suite) telling() int { return min(enough, cmp.Or(u.Schedules, ordinary)) }

func (u Suite) run(t *testing.T, first, schedules uint64, patience time.Duration) {
	t.Helper()
	began := clock.System().Now()
	totals, played := u.play(t, first, schedules, patience, func(s *Schedule) bool {
		if len(s.violations) > 0 {
			t.Errorf("%s=%d %s=1:\n%s\n\n%s", seedVariable, s.Seed, schedulesVariable, strings.Join(s.violations, "\n"), s.story())
		}
		return !t.Failed()
	})
	t.Logf("%d schedules from seed %d on, %v: %s", played, first, clock.System().Now().Sub(began).Round(time.Millisecond), showTotals(totals))
	for _, what := range u.Needs {
		if played >= u.telling() && totals[what] == 0 {
			t.Errorf("there were no %s", what)
		}
	}
}

// Catch is the test of the test: the suite breaks a rule on purpose, and at
// least one of a few hundred schedules must notice it by a violation that
// contains the text. It takes the time it needs, so that a slow machine notices
// it, too.
func (u Suite) Catch(t *testing.T, text string) {
	t.Helper()
	caught := 0
	_, played := u.play(t, 1, ordinary, forever, func(s *Schedule) bool {
		if slices.ContainsFunc(s.violations, func(v string) bool { return strings.Contains(v, text) }) {
			caught++
		}
		return caught == 0
	})
	t.Logf("noticed in %d of %d schedules", caught, played)
	if caught == 0 {
		t.Error("no schedule notices it")
	}
}

// Repeat shows that a seed tells the whole story, by playing some twice.
func (u Suite) Repeat(t *testing.T) {
	t.Helper()
	var first map[uint64]string
	for range 2 {
		stories := map[uint64]string{}
		u.play(t, 1, 4, forever, func(s *Schedule) bool {
			story := s.story()
			if u.Chance != nil {
				story = u.Chance.ReplaceAllString(story, "")
			}
			// What ends at one instant, as at an interrupt, has no order.
			stories[s.Seed] = strings.Join(slices.Sorted(strings.SplitSeq(story, "\n")), "\n")
			return true
		})
		for seed, story := range first {
			if story != stories[seed] {
				t.Errorf("schedule %d is not the same twice:\n%s\n\n%s", seed, story, stories[seed])
			}
		}
		first = stories
	}
}

// play plays schedules, as many at once as there are processors, for as long as
// each satisfies seen and patience lasts. It gives the sum of their totals and
// their number.
func (u Suite) play(t *testing.T, first, schedules uint64, patience time.Duration, seen func(*Schedule) bool) (map[string]int, int) {
	t.Helper()
	// Most of what is allocated is garbage at once, and there is memory.
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	var (
		mu       sync.Mutex
		totals   = map[string]int{}
		played   int
		next     = first
		isOver   bool
		group    sync.WaitGroup
		deadline = clock.System().Now().Add(patience)
	)
	take := func() (seed uint64, ok bool) {
		mu.Lock()
		defer mu.Unlock()
		if isOver || next >= first+schedules || clock.System().Now().After(deadline) {
			return 0, false
		}
		next++
		return next - 1, true
	}
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() {
			for seed, ok := take(); ok; seed, ok = take() {
				s := newSchedule(seed)
				synctest.Test(t, func(*testing.T) { u.Play(s) })
				mu.Lock()
				played++
				for what, n := range s.totals {
					totals[what] += n
				}
				isOver = !seen(s) || isOver
				mu.Unlock()
			}
		})
	}
	group.Wait()
	return totals, played
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
