package listing

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/clock"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

// Watch looks at growing intervals until it has seen enough.
func TestWatch(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		// after is how many lists it takes to see enough.
		after int
		lists int
	}{"at once": {1, 1}, "later": {3, 3}, "never": {9, 5}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bubble(t, func(t *testing.T, a *fakeAPI, l *List[thing]) {
				t.Helper()
				seen := 0
				err := l.Watch(t.Context(), func([]thing) bool { seen++; return seen == test.after })
				if err != nil || seen != test.lists {
					t.Errorf("%d lists, %v", seen, err)
				}
				begun := a.lists()
				for i := 1; i < len(begun); i++ {
					// A list takes a second itself.
					if pause := begun[i].Sub(begun[i-1]) - time.Second; pause != watchDelays[i] {
						t.Errorf("a pause of %s, want %s", pause, watchDelays[i])
					}
				}
			})
		})
	}
}

// A list that is refused ends the watch; another fault is followed by the next
// list, and told when it is the last.
func TestWatchOfAListThatFails(t *testing.T) {
	t.Parallel()
	refused, broken := &nebula.APIError{Class: nebula.Refused}, &nebula.APIError{Class: nebula.Ambiguous}
	for name, test := range map[string]struct {
		err   error
		lists int
	}{"refused": {refused, 1}, "broken": {broken, 5}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bubble(t, func(t *testing.T, a *fakeAPI, l *List[thing]) {
				t.Helper()
				a.fail(test.err)
				err := l.Watch(t.Context(), func([]thing) bool { t.Error("there is no list"); return true })
				if !errors.Is(err, test.err) {
					t.Errorf("got %v", err)
				}
				a.wantLists(t, test.lists)
			})
		})
	}
}

// The time-out ends a watch without an error: lists were had.
func TestWatchEndsInTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := &fakeAPI{}
		l := newList(a, clock.System())
		ctx, cancel := clock.System().WithTimeout(t.Context(), 3500*time.Millisecond)
		defer cancel()
		if err := l.Watch(ctx, func([]thing) bool { return false }); err != nil {
			t.Error(err)
		}
		a.wantLists(t, 1)
	})
}

// Before fetches a list where there is none, and no other however many writes
// follow.
func TestBefore(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, a *fakeAPI, l *List[thing]) {
		t.Helper()
		a.set("1", "2")
		for range 3 {
			rows, err := l.Before(t.Context())
			if err != nil || len(rows) != 2 {
				t.Errorf("%v, %v", rows, err)
			}
			l.Created(thing{ID: "3"})
		}
		a.wantLists(t, 1)
		if _, err := l.Now().All(t.Context()); err != nil {
			t.Fatal(err)
		}
		if rows, _ := l.Before(t.Context()); len(rows) != 3 {
			t.Errorf("a later list is not used: %v", rows)
		}
	})
}
