package rehearsal

import (
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/clock"
)

// WrongClock is the clock of a machine that shows another time than the API's.
// It runs as fast, and can be set under way.
type WrongClock struct {
	clock.Clock
	ahead atomic.Int64
}

// NewWrongClock is a clock that is right so far.
func NewWrongClock() *WrongClock { return &WrongClock{Clock: clock.System()} }

// Set has the clock be so far ahead of the right time, or behind it.
func (c *WrongClock) Set(ahead time.Duration) { c.ahead.Store(int64(ahead)) }

// Ahead is how far the clock is ahead.
func (c *WrongClock) Ahead() time.Duration { return time.Duration(c.ahead.Load()) }

// Now is what the clock shows.
func (c *WrongClock) Now() time.Time { return c.Clock.Now().Add(c.Ahead()) }

// Error is how far a machine's clock may be wrong: a little, by a time zone, by
// a year.
func Error(r *rand.Rand) time.Duration {
	const day = 24 * time.Hour
	return Pick(r, 3*time.Minute, 20*time.Minute, 30*time.Hour, 400*day, -3*time.Minute, -20*time.Minute, -30*time.Hour, -400*day)
}
