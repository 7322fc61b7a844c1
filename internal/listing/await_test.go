package listing

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/clock"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

// counted is a list of no rows that counts how often it is had, and fails when
// told.
func counted(fail func(n int) error) (*List[string], *atomic.Int64) {
	n := &atomic.Int64{}
	return New(Options[string]{Clock: clock.System(), Words: Words{One: "thing", Many: "things"}, ID: func(s string) nebula.ID { return nebula.ID(s) },
		Fetch: func(context.Context) ([]string, string, error) {
			return []string{fmt.Sprint(n.Load())}, "/things", fail(int(n.Add(1)))
		}}), n
}

func never(int) error { return nil }

// Who waits alone looks after 2, 4, 8, 15, 15 ... seconds.
func TestAwaitGrows(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		list, _ := counted(never)
		begun := time.Now()
		var at []time.Duration
		err := list.Await(t.Context(), func(_ []string, began time.Time) bool {
			at = append(at, began.Sub(begun)/time.Second)
			return len(at) == 6
		})
		if got := fmt.Sprint(at); err != nil || got != "[2ns 6ns 14ns 29ns 44ns 59ns]" {
			t.Errorf("%s, %v", got, err)
		}
	})
}

// Many who began at different moments share lists, whatever they write
// meanwhile.
func TestAwaitShares(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		list, n := counted(never)
		done := make(chan error)
		const waiters = 50
		for i := range waiters {
			time.AfterFunc(time.Duration(i)*137*time.Millisecond, func() {
				list.MayHaveChanged()
				begun := time.Now()
				err := list.Await(t.Context(), func(_ []string, began time.Time) bool { return began.Sub(begun) > 5*time.Minute })
				list.Deleted("x")
				done <- err
			})
		}
		for range waiters {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		// 20 lists in five minutes, and some while the waits began.
		if got := n.Load(); got > 45 {
			t.Errorf("%d lists", got)
		}
	})
}

// A list that fails for a while is asked for again; one that is refused ends the
// wait; and when time is up, the reason is the list's, if it was not to be had.
func TestAwaitFails(t *testing.T) {
	t.Parallel()
	fault, refusal := &nebula.APIError{Class: nebula.Ambiguous}, &nebula.APIError{Class: nebula.Refused, Status: 403}
	for name, test := range map[string]struct {
		fail  func(n int) error
		want  error
		lists int64
	}{
		"for a while": {func(n int) error {
			if n < 3 {
				return fault
			}
			return nil
		}, nil, 3},
		"for ever": {func(int) error { return fault }, fault, 5},
		"refused":  {func(int) error { return refusal }, refusal, 1},
		"time-out": {never, context.DeadlineExceeded, 5},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				list, n := counted(test.fail)
				ctx, cancel := clock.System().WithTimeout(t.Context(), 50*time.Second)
				defer cancel()
				err := list.Await(ctx, func([]string, time.Time) bool { return test.want == nil })
				if !errors.Is(err, test.want) || n.Load() != test.lists {
					t.Errorf("%v after %d lists", err, n.Load())
				}
			})
		})
	}
}

// An interrupt ends the wait at once.
func TestAwaitInterrupted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		list, _ := counted(never)
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(20*time.Second, cancel)
		begun := time.Now()
		err := list.Await(ctx, func([]string, time.Time) bool { return false })
		if !errors.Is(err, context.Canceled) || time.Since(begun) != 20*time.Second {
			t.Errorf("%v after %v", err, time.Since(begun))
		}
	})
}
