package rehearsal

import (
	"context"
	"fmt"
	"hash/fnv"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v6"

	"github.com/nebulablock/terraform-provider-nebula/internal/clock"
)

// Schedule is one course of events. It runs in a bubble of testing/synctest, so
// waiting takes no time. All of it has to follow from the seed: chance comes
// from Rand or, where several goroutines are at work, from a Source of their
// own.
type Schedule struct {
	Seed uint64
	// Rand is for the goroutine that plays the schedule.
	*rand.Rand

	mu         sync.Mutex
	violations []string
	totals     map[string]int
	log        []func() string
}

func newSchedule(seed uint64) *Schedule {
	return &Schedule{Seed: seed, Rand: rand.New(rand.NewPCG(seed, 0)), totals: map[string]int{}} //nolint:gosec // chance is to repeat itself
}

// Source is the chance that belongs to a name, whatever order goroutines run
// in.
func (s *Schedule) Source(format string, args ...any) *rand.Rand {
	h := fnv.New64a()
	_, _ = fmt.Fprintf(h, format, args...)
	return rand.New(rand.NewPCG(s.Seed, h.Sum64())) //nolint:gosec // chance is to repeat itself
}

// Chance is true so many times out of a hundred.
func (s *Schedule) Chance(percent int) bool { return s.IntN(100) < percent }

// Pick is one of several.
func Pick[T any](r *rand.Rand, of ...T) T { return of[r.IntN(len(of))] }

// Wait lets time pass.
func (s *Schedule) Wait(d time.Duration) {
	_ = clock.System().Sleep(context.Background(), d) // nothing ends the context
}

// BackOff are delays that double, from half a second up to half a minute. They
// are without chance, so that a seed tells the whole story.
func BackOff() backoff.BackOff { return &doubling{next: time.Second / 2} }

type doubling struct{ next time.Duration }

func (d *doubling) NextBackOff() time.Duration {
	now := d.next
	d.next = min(2*now, time.Minute/2)
	return now
}

// Reset starts again.
func (d *doubling) Reset() { d.next = time.Second / 2 }

// Violate says that a rule was broken.
func (s *Schedule) Violate(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	s.Note("VIOLATION: %s", text)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.violations = append(s.violations, text)
}

// Violations are the rules that were broken so far.
func (s *Schedule) Violations() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.violations)
}

// Count adds to a total, which is named in the plural.
func (s *Schedule) Count(what string, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.totals[what] += n
}

// Note writes into the story of the schedule, which is told when a rule was
// broken. The arguments are formatted then, so they must not change.
func (s *Schedule) Note(format string, args ...any) {
	now := clock.System().Now().UTC()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log = append(s.log, func() string { return now.Format("02T15:04:05.000000000 ") + fmt.Sprintf(format, args...) })
}

// Heard notes a report, and its defects as violations.
func (s *Schedule) Heard(what string, r *Report) {
	s.Note("%s:\n%v", what, r)
	for _, defect := range r.Defects {
		s.Violate("%s: %s", what, defect)
	}
}

// story is the log as text.
func (s *Schedule) story() string {
	lines := make([]string, len(s.log))
	for i, line := range s.log {
		lines[i] = line()
	}
	return strings.Join(lines, "\n")
}

// showTotals lists totals by name.
func showTotals(totals map[string]int) string {
	var parts []string
	for _, what := range slices.Sorted(maps.Keys(totals)) {
		parts = append(parts, fmt.Sprintf("%d %s", totals[what], what))
	}
	return strings.Join(parts, ", ")
}
