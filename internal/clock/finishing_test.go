package clock_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/clock"
)

// What has begun goes on after an interrupt, for a minute at most and never
// beyond the operation's time-out.
func TestFinishing(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		timeout, interrupt time.Duration // none when zero
		want               time.Duration // when the work must end; never when zero
	}{
		"nothing happens":                {},
		"interrupted":                    {interrupt: 10 * time.Second, want: 70 * time.Second},
		"interrupted at once":            {interrupt: time.Nanosecond, want: time.Minute},
		"time-out":                       {timeout: 30 * time.Second, want: 30 * time.Second},
		"time-out soon after":            {timeout: 30 * time.Second, interrupt: 10 * time.Second, want: 30 * time.Second},
		"time-out long after":            {timeout: time.Hour, interrupt: 10 * time.Second, want: 70 * time.Second},
		"time-out, interrupted later":    {timeout: 30 * time.Second, interrupt: 40 * time.Second, want: 30 * time.Second},
		"time-out just within the pause": {timeout: 70 * time.Second, interrupt: 10 * time.Second, want: 70 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				system := clock.System()
				begun := time.Now()
				ctx, interrupt := context.WithCancel(t.Context())
				defer interrupt()
				if c.timeout > 0 {
					var cancel context.CancelFunc
					ctx, cancel = system.WithTimeout(ctx, c.timeout)
					defer cancel()
				}
				if c.interrupt > 0 {
					defer time.AfterFunc(c.interrupt, interrupt).Stop()
				}
				work, done := clock.Finishing(ctx, system)
				// The work's own calls may ask for the same: that adds nothing.
				nested, doneNested := clock.Finishing(work, system)
				defer doneNested()
				select {
				case <-nested.Done():
					if c.want == 0 {
						t.Error("ended")
					}
				case <-time.After(24 * time.Hour):
					if c.want > 0 {
						t.Error("goes on")
					}
				}
				if took := time.Since(begun).Round(time.Millisecond); c.want > 0 && took != c.want {
					t.Errorf("ends after %v, want %v", took, c.want)
				}
				done()
				if work.Err() == nil || nested.Err() == nil {
					t.Error("done does not end it")
				}
			})
		})
	}
}

func TestFinishingOfWhatWasInterruptedBefore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, interrupt := context.WithCancel(context.WithValue(t.Context(), key{}, "kept"))
		interrupt()
		work, done := clock.Finishing(ctx, clock.System())
		defer done()
		begun := time.Now()
		if work.Value(key{}) != "kept" || work.Err() != nil {
			t.Errorf("%v, %v", work.Value(key{}), work.Err())
		}
		if err := clock.System().Sleep(work, time.Hour); !errors.Is(err, context.Canceled) || time.Since(begun) != time.Minute {
			t.Errorf("%v after %v", err, time.Since(begun))
		}
	})
}

type key struct{}

// Nothing is left of it once the work is done.
func TestFinishingEndsWithTheWork(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, interrupt := context.WithCancel(t.Context())
		_, done := clock.Finishing(ctx, clock.System())
		begun := time.Now()
		interrupt()
		synctest.Wait()
		done()
		synctest.Wait()
		if time.Since(begun) != 0 {
			t.Error("time passed")
		}
	})
}

// A time-out is told as one, not as an interrupt, however the two that strike at
// one moment are scheduled.
func TestFinishingTellsATimeOut(t *testing.T) {
	t.Parallel()
	for range 50 {
		synctest.Test(t, func(t *testing.T) {
			system := clock.System()
			ctx, cancel := system.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			work, done := clock.Finishing(ctx, system)
			defer done()
			<-work.Done()
			if err := work.Err(); !errors.Is(err, context.DeadlineExceeded) {
				t.Fatalf("the work ends with %v", err)
			}
		})
	}
}
