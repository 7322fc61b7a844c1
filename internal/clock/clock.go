// Package clock passes time in, so that code which waits can be tested
// without waiting.
package clock

import (
	"context"
	"sync"
	"time"
)

// Clock tells the time and waits. Every wait and every time-out of the
// provider goes through one, because a test must be able to let an hour pass
// in an instant.
type Clock interface {
	// Now is the present instant.
	Now() time.Time
	// Sleep waits for d. It returns early with the context's cause when ctx
	// ends, and at once with context.DeadlineExceeded when d would outlast
	// the time-out that WithTimeout put on ctx: waiting for a moment that
	// nobody will see helps nobody.
	Sleep(ctx context.Context, d time.Duration) error
	// WithTimeout is context.WithTimeout on this clock.
	WithTimeout(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc)
	// Remaining is the time left before ctx times out on this clock; ok is
	// false where no time-out was set.
	Remaining(ctx context.Context) (left time.Duration, ok bool)
}

// System is the machine's clock.
func System() Clock { return system{} }

type system struct{}

func (system) Now() time.Time { return time.Now() }

func (s system) Sleep(ctx context.Context, d time.Duration) error {
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	if left, ok := s.Remaining(ctx); ok && d > left {
		return context.DeadlineExceeded
	}
	if d <= 0 {
		return nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (system) WithTimeout(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, d)
}

func (system) Remaining(ctx context.Context) (time.Duration, bool) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return 0, false
	}
	return time.Until(deadline), true
}

// Fake is a clock that stands still until somebody sleeps on it or moves it:
// a sleep returns at once and moves the clock forward. Real time-outs do not
// fire on it; a sleep past the time-out fails as it would have.
type Fake struct {
	mu  sync.Mutex
	now time.Time
}

// NewFake is a Fake that starts at the given instant.
func NewFake(start time.Time) *Fake { return &Fake{now: start} }

type fakeDeadline struct{}

// Now is the instant the clock stands at.
func (f *Fake) Now() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.now
}

// Advance moves the clock forward by d.
func (f *Fake) Advance(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now = f.now.Add(d)
}

// Sleep moves the clock forward by d and returns.
func (f *Fake) Sleep(ctx context.Context, d time.Duration) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if left, ok := f.Remaining(ctx); ok && d > left {
		return context.DeadlineExceeded
	}
	if d > 0 {
		f.Advance(d)
	}
	return nil
}

// WithTimeout notes the time-out for Sleep and Remaining; the earlier of two
// nested time-outs counts.
func (f *Fake) WithTimeout(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	deadline := f.Now().Add(d)
	if outer, ok := ctx.Value(fakeDeadline{}).(time.Time); ok && outer.Before(deadline) {
		deadline = outer
	}
	return context.WithCancel(context.WithValue(ctx, fakeDeadline{}, deadline))
}

// Remaining is the time left before the time-out that WithTimeout noted.
func (f *Fake) Remaining(ctx context.Context) (time.Duration, bool) {
	deadline, ok := ctx.Value(fakeDeadline{}).(time.Time)
	if !ok {
		return 0, false
	}
	return deadline.Sub(f.Now()), true
}
