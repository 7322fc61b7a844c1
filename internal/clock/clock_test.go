package clock_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/nebulablock/terraform-provider-nebula/internal/clock"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var errStopped = errors.New("stopped by hand")

// bothClocks runs a test on the machine's clock, inside a bubble, and on a
// fake one: code that waits must not be able to tell them apart.
func bothClocks(t *testing.T, test func(t *testing.T, c clock.Clock)) {
	t.Helper()
	t.Run("system", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) { test(t, clock.System()) })
	})
	t.Run("fake", func(t *testing.T) {
		t.Parallel()
		test(t, clock.NewFake(time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)))
	})
}

func TestSleepPassesTime(t *testing.T) {
	t.Parallel()
	bothClocks(t, func(t *testing.T, c clock.Clock) {
		for d, want := range map[time.Duration]time.Duration{time.Hour: time.Hour, time.Nanosecond: time.Nanosecond, 0: 0, -time.Hour: 0} {
			began := c.Now()
			if err := c.Sleep(t.Context(), d); err != nil {
				t.Error(err)
			}
			if passed := c.Now().Sub(began); passed != want {
				t.Errorf("a sleep of %s passes %s", d, passed)
			}
		}
	})
}

func TestSleepWithinTheTimeOut(t *testing.T) {
	t.Parallel()
	bothClocks(t, func(t *testing.T, c clock.Clock) {
		ctx, cancel := c.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		for want := time.Minute; want > 0; want -= 20 * time.Second {
			if left, ok := c.Remaining(ctx); !ok || left != want {
				t.Errorf("%s left, %t, want %s", left, ok, want)
			}
			if err := c.Sleep(ctx, 20*time.Second-time.Nanosecond); err != nil {
				t.Error(err)
			}
			if err := c.Sleep(context.WithoutCancel(t.Context()), time.Nanosecond); err != nil {
				t.Error(err)
			}
		}
	})
}

func TestSleepBeyondTheTimeOutFailsAtOnce(t *testing.T) {
	t.Parallel()
	bothClocks(t, func(t *testing.T, c clock.Clock) {
		ctx, cancel := c.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		began := c.Now()
		if err := c.Sleep(ctx, time.Minute+time.Nanosecond); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		if passed := c.Now().Sub(began); passed != 0 {
			t.Errorf("%s passed", passed)
		}
		if ctx.Err() != nil {
			t.Errorf("the context has ended: %v", ctx.Err())
		}
	})
}

func TestSleepOfACancelledContext(t *testing.T) {
	t.Parallel()
	bothClocks(t, func(t *testing.T, c clock.Clock) {
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(errStopped)
		began := c.Now()
		for _, d := range []time.Duration{time.Hour, 0} {
			if err := c.Sleep(ctx, d); !errors.Is(err, errStopped) {
				t.Errorf("got %v", err)
			}
		}
		if passed := c.Now().Sub(began); passed != 0 {
			t.Errorf("%s passed", passed)
		}
	})
}

func TestEarlierTimeOutCounts(t *testing.T) {
	t.Parallel()
	bothClocks(t, func(t *testing.T, c clock.Clock) {
		outer, cancelOuter := c.WithTimeout(t.Context(), time.Minute)
		defer cancelOuter()
		for d, want := range map[time.Duration]time.Duration{time.Second: time.Second, time.Hour: time.Minute} {
			inner, cancel := c.WithTimeout(outer, d)
			if left, ok := c.Remaining(inner); !ok || left != want {
				t.Errorf("%s left, %t, want %s", left, ok, want)
			}
			cancel()
			if inner.Err() == nil {
				t.Error("cancel does nothing")
			}
		}
		if outer.Err() != nil {
			t.Error(outer.Err())
		}
	})
}

func TestDetachedContextHasNoEnd(t *testing.T) {
	t.Parallel()
	bothClocks(t, func(t *testing.T, c clock.Clock) {
		timed, cancel := c.WithTimeout(context.WithValue(t.Context(), key{}, "kept"), time.Minute)
		detached := clock.Detach(timed)
		if err := c.Sleep(detached, time.Hour); err != nil {
			t.Error(err)
		}
		cancel()
		if left, ok := c.Remaining(detached); ok || detached.Err() != nil || detached.Value(key{}) != "kept" {
			t.Errorf("%s left, %v, %v", left, detached.Err(), detached.Value(key{}))
		}
		again, cancel := c.WithTimeout(detached, time.Minute)
		defer cancel()
		if left, ok := c.Remaining(again); !ok || left != time.Minute {
			t.Errorf("%s left, %t", left, ok)
		}
	})
}

func TestNoTimeOut(t *testing.T) {
	t.Parallel()
	bothClocks(t, func(t *testing.T, c clock.Clock) {
		if left, ok := c.Remaining(t.Context()); ok {
			t.Errorf("%s left", left)
		}
	})
}

// TestSystemSleepIsInterrupted in the middle.
func TestSystemSleepIsInterrupted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := clock.System()
		ctx, cancel := context.WithCancelCause(t.Context())
		began := time.Now()
		done := make(chan error)
		go func() { done <- c.Sleep(ctx, time.Hour) }()
		if err := c.Sleep(t.Context(), time.Minute); err != nil {
			t.Error(err)
		}
		cancel(errStopped)
		if err := <-done; !errors.Is(err, errStopped) || time.Since(began) != time.Minute {
			t.Errorf("got %v after %s", err, time.Since(began))
		}
	})
}

// TestSystemTimeOutEndsTheContext, which the fake one cannot.
func TestSystemTimeOutEndsTheContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := clock.System().WithTimeout(t.Context(), time.Minute)
		defer cancel()
		began := time.Now()
		<-ctx.Done()
		if !errors.Is(ctx.Err(), context.DeadlineExceeded) || time.Since(began) != time.Minute {
			t.Errorf("got %v after %s", ctx.Err(), time.Since(began))
		}
	})
}

func TestFakeStandsStill(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 11, 23, 1, 56, 0, 0, time.UTC)
	c := clock.NewFake(start)
	if got := c.Now(); !got.Equal(start) {
		t.Errorf("begins at %s", got)
	}
	c.Advance(3 * time.Hour)
	if got := c.Now(); !got.Equal(start.Add(3 * time.Hour)) {
		t.Errorf("stands at %s", got)
	}
	ctx, cancel := c.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	c.Advance(time.Hour)
	if left, ok := c.Remaining(ctx); !ok || left != -59*time.Minute {
		t.Errorf("%s left, %t", left, ok)
	}
	if err := c.Sleep(ctx, 0); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a sleep after the time-out: %v", err)
	}
}

func TestFakeOfManyWorkers(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	c := clock.NewFake(start)
	var workers sync.WaitGroup
	for range 50 {
		workers.Go(func() {
			for range 20 {
				before := c.Now()
				if err := c.Sleep(t.Context(), time.Second); err != nil {
					t.Error(err)
				}
				if c.Now().Before(before.Add(time.Second)) {
					t.Error("a sleep was too short")
				}
			}
		})
	}
	workers.Wait()
	if passed := c.Now().Sub(start); passed != 1000*time.Second {
		t.Errorf("%s passed", passed)
	}
}
