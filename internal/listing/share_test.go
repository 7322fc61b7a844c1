package listing

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/clock"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

func TestOneListServesAThousandReaders(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, a *fakeAPI, l *List[thing]) {
		a.set("1", "2")
		var group sync.WaitGroup
		for range 1000 {
			group.Go(func() { see(t, l.ForRefresh(), "1", "2") })
		}
		group.Wait()
		a.wantLists(t, 1)
		// Later readers are served from the same list until it is too old.
		time.Sleep(4 * time.Minute)
		see(t, l.ForRefresh(), "1", "2")
		a.wantLists(t, 1)
		time.Sleep(time.Minute)
		see(t, l.ForRefresh(), "1", "2")
		a.wantLists(t, 2)
	})
}

// The readers of a plan share its lists for longer. Where changes are made,
// only what is fresh is served.
func TestReadersOfAPlanShareItsLists(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, a *fakeAPI, l *List[thing]) {
		a.set("1")
		lists := 0
		read := func(passed time.Duration, more int) {
			t.Helper()
			time.Sleep(passed)
			see(t, l.ForRead(), "1")
			lists += more
			a.wantLists(t, lists)
		}
		read(0, 1)
		read(2*time.Second, 0)
		read(time.Second, 1) // no refresh yet: this may be an apply

		see(t, l.ForRefresh(), "1")
		read(10*time.Second, 0)
		read(19*time.Second, 0)
		read(time.Second, 1)

		l.MayHaveChanged()
		read(0, 1)
		read(2*time.Second, 0)
		read(time.Second, 1)
	})
}

func TestWhoIsAboutToActIsServedNoListFromBefore(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, a *fakeAPI, l *List[thing]) {
		a.set("1")
		see(t, l.Now(), "1")
		a.set("1", "2")
		time.Sleep(time.Nanosecond)
		see(t, l.ForRead(), "1")
		see(t, l.Now(), "1", "2")
		a.wantLists(t, 2)
	})
}

func TestListBegunBeforeAWriteIsNotServedAfterIt(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, a *fakeAPI, l *List[thing]) {
		a.set("1")
		go func() {
			time.Sleep(200 * time.Millisecond) // the first list is on its way
			a.set("1", "2")
			l.MayHaveChanged()
			see(t, l.ForRefresh(), "1", "2")
		}()
		see(t, l.ForRefresh(), "1") // asked before the write, so that list will do
		synctest.Wait()
		time.Sleep(2 * time.Second)
		a.wantLists(t, 2)
	})
}

func TestReaderIsNotServedAListThatBeganTooEarly(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, a *fakeAPI, l *List[thing]) {
		a.set("1")
		go see(t, l.ForRefresh(), "1")
		time.Sleep(200 * time.Millisecond)
		a.set("1", "2")
		now := l.Now()
		see(t, now, "1", "2")
		a.wantLists(t, 2)
		see(t, now, "1", "2")
		a.wantLists(t, 2)
	})
}

// Among ten workers that change things there is always one more write while a
// list is under way.
func TestSteadyWritesDoNotStarveReaders(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, a *fakeAPI, l *List[thing]) {
		a.set("1")
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		for lists := 1; lists <= 2; lists++ {
			a.edit(func(a *fakeAPI) { a.during = l.MayHaveChanged })
			if _, err := l.Now().All(ctx); err != nil {
				t.Errorf("never served: %v", err)
			}
			a.wantLists(t, lists)
		}
	})
}

func TestCancelledReaderDoesNotBreakTheOthers(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, a *fakeAPI, l *List[thing]) {
		a.set("1")
		gone := errors.New("gone")
		ctx, cancel := context.WithCancelCause(t.Context())
		left := make(chan struct{})
		start := time.Now()
		go func() { // it begins the list, so the list must not be bound to it
			defer close(left)
			if _, err := l.ForRefresh().All(ctx); !errors.Is(err, gone) {
				t.Errorf("the cancelled reader got %v", err)
			}
			took(t, start, 200*time.Millisecond)
		}()
		time.Sleep(100 * time.Millisecond)
		go func() { time.Sleep(100 * time.Millisecond); cancel(gone) }()
		see(t, l.ForRefresh(), "1")
		<-left
		a.wantLists(t, 1)
	})
}

// The reader who begins a list may have little time, on whatever clock.
// A list that is there is given all the same; another is not begun.
func TestNoListIsBegunForAReaderWhoseTimeIsOver(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, a *fakeAPI, l *List[thing]) {
		a.set("1")
		over, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := l.Now().All(over); !errors.Is(err, context.Canceled) {
			t.Errorf("All = %v, want the interrupt", err)
		}
		synctest.Wait()
		a.wantLists(t, 0)
		see(t, l.ForRefresh(), "1")
		if rows, err := l.ForRefresh().All(over); err != nil || len(rows) != 1 {
			t.Errorf("All = %v, %v, want the list at hand", rows, err)
		}
		a.wantLists(t, 1)
	})
}

func TestListIsNotBoundToTheTimeOfItsFirstReader(t *testing.T) {
	t.Parallel()
	c := clock.NewFake(time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC))
	l := New(Options[thing]{Clock: c, Words: testWords, ID: func(row thing) nebula.ID { return row.ID },
		Fetch: func(ctx context.Context) ([]thing, string, error) {
			return []thing{{ID: "1"}}, "", c.Sleep(ctx, time.Minute)
		}})
	ctx, cancel := c.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if rows, err := l.Now().All(ctx); err != nil || len(rows) != 1 {
		t.Errorf("rows %v, %v", rows, err)
	}
}

func TestListIsBoundedAlthoughItsReadersAreNot(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, a *fakeAPI, l *List[thing]) {
		a.edit(func(a *fakeAPI) { a.hangs = true })
		start := time.Now()
		if _, err := l.Now().All(t.Context()); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v", err)
		}
		took(t, start, 5*time.Minute)
	})
}

// A list may show a row twice, for example when it was cut into pages.
func TestSameIDTwiceIsOneRow(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, a *fakeAPI, l *List[thing]) {
		a.set("1", "2", "1", "3")
		see(t, l.Now(), "1", "2", "3")
		if row := finds(t, l.ForRead(), byName("thing 1")); row.ID != "1" {
			t.Errorf("found %v", row)
		}
		for _, id := range []nebula.ID{"1", "2", "3"} {
			if row := finds(t, l.ForRead(), byID(id)); row.ID != id {
				t.Errorf("found %v for %s", row, id)
			}
		}
	})
}

// The race detector is what this test is for, too: lists are read while writes
// and further lists go on.
func TestListsDoNotChangeUnderReaders(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, a *fakeAPI, l *List[thing]) {
		a.set("1", "2", "3")
		var group sync.WaitGroup
		for range 5 {
			group.Go(func() {
				for n := range 20 {
					l.Created(thing{ID: nebula.ID([]string{"4", "5"}[n%2])})
					l.Changed("1", func(row thing) thing { row.Name += "+"; return row })
					l.MayHaveDeleted("4")
					l.Deleted("5")
					time.Sleep(300 * time.Millisecond)
				}
			})
			group.Go(func() {
				for range 10 {
					rows, err := l.Now().All(t.Context())
					if err != nil {
						t.Error(err)
						return
					}
					before := slices.Clone(rows)
					time.Sleep(700 * time.Millisecond)
					if !slices.Equal(before, rows) {
						t.Error("a list changed")
					}
				}
			})
		}
		group.Wait()
	})
}

func TestReaderMayDoWithItsRowsWhatItLikes(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, a *fakeAPI, l *List[thing]) {
		a.set("1", "2")
		rows, err := l.ForRefresh().All(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		clear(rows)
		see(t, l.ForRefresh(), "1", "2")
		a.wantLists(t, 1)
	})
}
