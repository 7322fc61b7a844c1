package listing

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/clock"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

func TestAbsenceTakesTwoListsTwoSecondsApart(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, a *fakeAPI, l *List[thing]) {
		for _, wanted := range []Wanted[thing]{byID("77"), born("78", time.Hour), byName("79")} {
			absent := lacks(t, l.ForRefresh(), wanted)
			if absent.ID != wanted.ID || absent.Sign != wanted.Sign || absent.Young || absent.Source != "/things" {
				t.Errorf("%+v", absent)
			}
		}
		lists := a.lists()
		if len(lists) != 2 || lists[1].Sub(lists[0]) != 3*time.Second { // the first took a second
			t.Errorf("lists at %v", lists)
		}
	})
}

func TestFiveHundredGoneObjectsWaitOnce(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ age, wait time.Duration }{
		"old ones":             {time.Hour, 4 * time.Second},
		"of unknown age":       {0, 4 * time.Second},
		"made in the future":   {-time.Hour, 11 * time.Second}, // on a machine whose clock was ahead
		"made a moment before": {5 * time.Second, 7 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bubble(t, func(t *testing.T, a *fakeAPI, l *List[thing]) {
				start := time.Now()
				all := make(chan Wanted[thing])
				var group sync.WaitGroup
				for range 10 {
					group.Go(func() {
						for wanted := range all {
							lacks(t, l.ForRefresh(), wanted)
						}
					})
				}
				for i := range 500 {
					wanted := byID(nebula.ID(fmt.Sprintf("gone-%d", i)))
					if c.age != 0 {
						wanted.Born = start.Add(-c.age)
					}
					all <- wanted
				}
				close(all)
				group.Wait()
				took(t, start, c.wait)
				a.wantLists(t, 2)
			})
		})
	}
}

func TestObjectIsNotGoneBeforeItIsTenSecondsOld(t *testing.T) {
	t.Parallel()
	for _, age := range []time.Duration{0, 300 * time.Millisecond, time.Second, 5 * time.Second, 9 * time.Second} {
		t.Run(age.String(), func(t *testing.T) {
			t.Parallel()
			bubble(t, func(t *testing.T, a *fakeAPI, l *List[thing]) {
				see(t, l.Now()) // of before the object
				time.Sleep(time.Minute + 700*time.Millisecond)
				made := time.Now().Add(-age)
				wanted := Wanted[thing]{ID: "77", Born: made.Truncate(time.Second)} // as most instants are
				if absent := lacks(t, l.Now(), wanted); !absent.Young {
					t.Errorf("%+v", absent)
				}
				lists := a.lists()
				last := lists[len(lists)-1]
				if last.Sub(made) < 10*time.Second {
					t.Errorf("believed gone at the age of %v", last.Sub(made))
				}
				if last.Sub(made) > 13*time.Second {
					t.Errorf("waited until the age of %v", last.Sub(made))
				}
				if len(lists) != 3 {
					t.Errorf("lists at %v", lists)
				}
			})
		})
	}
}

func TestObjectThatOneListLacksIsNotGone(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, a *fakeAPI, l *List[thing]) {
		a.set("1")
		a.hide("1", 1)
		if row := finds(t, l.ForRefresh(), byID("1")); row.Name != "thing 1" {
			t.Errorf("found %v", row)
		}
		a.wantLists(t, 2)
	})
}

// The age of an object goes by the API's clock, which tells when it was made.
func TestAgeByTheAPIsClock(t *testing.T) {
	t.Parallel()
	for _, ahead := range []time.Duration{365 * 24 * time.Hour, -365 * 24 * time.Hour} {
		bubble(t, func(t *testing.T, a *fakeAPI, l *List[thing]) {
			l.when = func(local time.Time) time.Time { return local.Add(ahead) }
			if since := time.Until(l.Time()); since != ahead {
				t.Errorf("Time is %v ahead, want %v", since, ahead)
			}
			for age, young := range map[time.Duration]bool{5 * time.Second: true, time.Hour: false} {
				made := time.Now().Add(-age)
				absent := lacks(t, l.Now(), Wanted[thing]{ID: "77", Born: made.Add(ahead)})
				lists := a.lists()
				if old := lists[len(lists)-1].Sub(made); absent.Young != young || old < 10*time.Second || old > age+15*time.Second {
					t.Errorf("an object of %v is gone at the age of %v, young: %v", age, old, absent.Young)
				}
			}
		})
	}
}

// A list from before the object existed is no witness of its absence.
func TestListOlderThanTheObjectProvesNothing(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, a *fakeAPI, l *List[thing]) {
		see(t, l.Now())
		time.Sleep(time.Minute)
		wanted := born("1", 0)
		a.set("1")
		time.Sleep(20 * time.Second)
		a.hide("1", 1)
		finds(t, l.Now(), wanted)
		a.wantLists(t, 3)
	})
}

func TestYoungAbsence(t *testing.T) {
	t.Parallel()
	for age, young := range map[time.Duration]bool{
		0: true, time.Minute: true, 114 * time.Second: true, 121 * time.Second: false, time.Hour: false, -time.Hour: true,
	} {
		bubble(t, func(t *testing.T, _ *fakeAPI, l *List[thing]) {
			if absent := lacks(t, l.ForRefresh(), born("77", age)); absent.Young != young {
				t.Errorf("age %v: %#v", age, absent)
			}
		})
	}
}

func TestObjectIsLookedForByItsSign(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, a *fakeAPI, l *List[thing]) {
		a.edit(func(a *fakeAPI) { a.rows = []thing{{"1", "a"}, {"2", "b"}, {"3", "b"}} })
		if row := finds(t, l.ForRefresh(), byName("a")); row.ID != "1" {
			t.Errorf("found %v", row)
		}
		row, err := l.ForRefresh().Find(t.Context(), byName("b"))
		var several *SeveralError
		if !errors.As(err, &several) || len(several.IDs) != 2 || several.IDs[0] != "2" || several.IDs[1] != "3" || row != (thing{}) {
			t.Errorf("with two: %v, %v", row, err)
		}
		// The id decides where it is known, whatever others bear the sign.
		both := byName("b")
		both.ID = "3"
		if row := finds(t, l.ForRefresh(), both); row.ID != "3" {
			t.Errorf("found %v", row)
		}
		a.wantLists(t, 1)
	})
}

func TestFindIsInterrupted(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, _ *fakeAPI, l *List[thing]) {
		stop := errors.New("stop")
		ctx, cancel := context.WithCancelCause(t.Context())
		start := time.Now()
		go func() { time.Sleep(1500 * time.Millisecond); cancel(stop) }()
		if _, err := l.ForRefresh().Find(ctx, byID("77")); !errors.Is(err, stop) || IsAbsent(err) {
			t.Errorf("error %v", err)
		}
		took(t, start, 1500*time.Millisecond)
	})
	bubble(t, func(t *testing.T, _ *fakeAPI, l *List[thing]) {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		if _, err := l.ForRefresh().Find(ctx, byID("77")); !errors.Is(err, context.DeadlineExceeded) || IsAbsent(err) {
			t.Errorf("error %v", err)
		}
	})
}

func TestNothingIsNotAbsent(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, a *fakeAPI, l *List[thing]) {
		if _, err := l.Now().Find(t.Context(), Wanted[thing]{}); err == nil || IsAbsent(err) {
			t.Errorf("Find: %v", err)
		}
		a.wantLists(t, 0)
	})
}

func TestAbsenceFromAListThatMovedIsNotBelieved(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, a *fakeAPI, l *List[thing]) {
		a.set("1", "2")
		see(t, l.ForRefresh(), "1", "2")
		a.set("1")
		a.edit(func(a *fakeAPI) { a.source = "/other" })
		time.Sleep(time.Millisecond)
		for _, look := range []Look[thing]{l.Now(), l.ForRefresh()} {
			finds(t, look, byID("1"))
			for _, wanted := range []Wanted[thing]{byID("2"), byName("thing 2")} {
				_, err := look.Find(t.Context(), wanted)
				var moved *MovedError
				if !errors.As(err, &moved) || moved.ID != wanted.ID || moved.Source != "/other" || IsAbsent(err) {
					t.Errorf("error %v", err)
				}
			}
		}
		// Nor is it when the list is back where it was: which one is right?
		a.edit(func(a *fakeAPI) { a.source = "/things" })
		time.Sleep(time.Minute)
		if _, err := l.Now().Find(t.Context(), byID("2")); err == nil || IsAbsent(err) {
			t.Errorf("error %v", err)
		}
	})
}

// The list can move between the two lists of one absence.
func TestListThatMovesWhileOneWaitsForTheSecond(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, a *fakeAPI, l *List[thing]) {
		time.AfterFunc(1500*time.Millisecond, func() { a.edit(func(a *fakeAPI) { a.source = "/other" }) })
		if _, err := l.ForRefresh().Find(t.Context(), byID("2")); err == nil || IsAbsent(err) {
			t.Errorf("error %v", err)
		}
	})
}

func TestNoneOfTheManagedObjectsIsFound(t *testing.T) {
	t.Parallel()
	none := func(t *testing.T, l *List[thing], want bool) {
		t.Helper()
		if got := l.NoneFound(); got != want {
			t.Errorf("none found: %v", got)
		}
	}
	bubble(t, func(t *testing.T, a *fakeAPI, l *List[thing]) {
		a.set("1")
		none(t, l, false)
		// What is looked for by people, or may never have been made, is no
		// managed object.
		lacks(t, l.Now(), byID("78"))
		lacks(t, l.ForRead(), byID("79"))
		lacks(t, l.ForRefresh(), byName("80"))
		none(t, l, false)
		lacks(t, l.ForRefresh(), byID("77"))
		none(t, l, true)
		finds(t, l.ForRead(), byID("1"))
		none(t, l, true)
		finds(t, l.ForRefresh(), byID("1"))
		none(t, l, false)
		lacks(t, l.ForRefresh(), byID("77"))
		none(t, l, false)
	})
	bubble(t, func(t *testing.T, a *fakeAPI, l *List[thing]) {
		a.fail(errNoList)
		fails(t, l.ForRefresh())
		none(t, l, false) // a list that cannot be had says nothing
	})
}

// wallClock is a clock without monotonic readings, such as one that was read
// from a state. It can be set.
type wallClock struct {
	clock.Clock
	mu     sync.Mutex
	offset time.Duration
}

func (c *wallClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Round(0).Add(c.offset)
}

func (c *wallClock) set(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.offset += by
}

// A wait must neither be for ever nor a loop of requests when the clock is set
// under way.
func TestClockThatIsSetDuringAWait(t *testing.T) {
	t.Parallel()
	for _, by := range []time.Duration{-time.Hour, -5 * time.Second, -time.Second, time.Second, time.Hour} {
		for _, age := range []time.Duration{time.Hour, 3 * time.Second, 0, -time.Hour} {
			t.Run(fmt.Sprintf("by %v, age %v", by, age), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					a := &fakeAPI{}
					c := &wallClock{Clock: clock.System()}
					l := newList(a, c)
					start := time.Now()
					time.AfterFunc(1700*time.Millisecond, func() { c.set(by) }) // between the two lists
					lacks(t, l.ForRefresh(), Wanted[thing]{ID: "77", Born: c.Now().Add(-age)})
					if waited := time.Since(start); waited > 20*time.Second {
						t.Errorf("took %v", waited)
					}
					if lists := a.lists(); len(lists) > 3 {
						t.Errorf("lists at %v", lists)
					}
				})
			})
		}
	}
}

// So it is when the clock is set during a list.
func TestClockThatIsSetDuringAList(t *testing.T) {
	t.Parallel()
	for _, by := range []time.Duration{-time.Hour, time.Hour} {
		synctest.Test(t, func(t *testing.T) {
			a := &fakeAPI{}
			c := &wallClock{Clock: clock.System()}
			l := newList(a, c)
			a.during = func() { c.set(by) }
			see(t, l.Now())
			a.during = func() { c.set(by) }
			lacks(t, l.Now(), byID("77"))
			if lists := a.lists(); len(lists) > 4 {
				t.Errorf("by %v: lists at %v", by, lists)
			}
		})
	}
}
