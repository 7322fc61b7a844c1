package listing

import (
	"errors"
	"sync"
	"testing"
	"time"
)

var errNoList = errors.New("no list")

// fails expects the list to have failed.
func fails(t *testing.T, look Look[thing]) {
	t.Helper()
	if rows, err := look.All(t.Context()); !errors.Is(err, errNoList) || rows != nil {
		t.Errorf("All = %v, %v", rows, err)
	}
	if row, err := look.Find(t.Context(), byID("1")); !errors.Is(err, errNoList) || IsAbsent(err) {
		t.Errorf("Find = %v, %v", row, err)
	}
}

func TestFailedListIsShared(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, a *fakeAPI, l *List[thing]) {
		a.fail(errNoList)
		var group sync.WaitGroup
		for range 200 {
			group.Go(func() { fails(t, l.ForRefresh()) })
		}
		group.Wait()
		a.wantLists(t, 1)
		// So it is with those who come a moment later, and with other readers.
		time.Sleep(9 * time.Second)
		fails(t, l.ForRefresh())
		fails(t, l.ForRead())
		a.wantLists(t, 1)
	})
}

func TestFailedListIsForgotten(t *testing.T) {
	t.Parallel()
	for name, later := range map[string]func(*testing.T, *List[thing]) Look[thing]{
		"after ten seconds": func(t *testing.T, l *List[thing]) Look[thing] {
			time.Sleep(10*time.Second + time.Millisecond)
			return l.ForRefresh()
		},
		"by who is about to act": func(t *testing.T, l *List[thing]) Look[thing] {
			time.Sleep(time.Millisecond)
			return l.Now()
		},
		"after a write": func(t *testing.T, l *List[thing]) Look[thing] {
			l.MayHaveChanged()
			return l.ForRead()
		},
		"after a success": func(t *testing.T, l *List[thing]) Look[thing] {
			see(t, l.Now(), "1")
			return l.ForRefresh()
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bubble(t, func(t *testing.T, a *fakeAPI, l *List[thing]) {
				a.set("1")
				a.fail(errNoList)
				fails(t, l.ForRefresh())
				a.fail(nil)
				look := later(t, l)
				see(t, look, "1")
				a.wantLists(t, 2)
			})
		})
	}
}

// A list that was had in between is newer than the failure, though too old to
// be served itself.
func TestFailedListIsForgottenOnceAnotherSucceeds(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, a *fakeAPI, l *List[thing]) {
		a.fail(errNoList)
		fails(t, l.ForRead())
		a.fail(nil)
		see(t, l.Now())
		a.set("1")
		time.Sleep(4 * time.Second)
		see(t, l.ForRead(), "1")
	})
}

func TestFailedListKeepsNothingOfItself(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, a *fakeAPI, l *List[thing]) {
		a.set("1", "2")
		see(t, l.Now(), "1", "2")
		a.set()
		a.fail(errNoList)
		time.Sleep(time.Millisecond)
		fails(t, l.Now())
		see(t, l.ForRefresh(), "1", "2")
	})
}

func TestSecondListThatFailsIsNoAbsence(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, a *fakeAPI, l *List[thing]) {
		see(t, l.Now())
		a.fail(errNoList)
		if row, err := l.ForRefresh().Find(t.Context(), byID("1")); !errors.Is(err, errNoList) || IsAbsent(err) {
			t.Errorf("Find = %v, %v", row, err)
		}
		a.wantLists(t, 2)
		// 500 readers who miss something do not ask 500 times.
		for range 500 {
			if row, err := l.ForRefresh().Find(t.Context(), byID("2")); !errors.Is(err, errNoList) {
				t.Errorf("Find = %v, %v", row, err)
			}
		}
		a.wantLists(t, 2)
	})
}

// While one reader waits for the second list, another's fails. That is over by
// the time that the second list is due.
func TestFailureWhileWaitingForTheSecondList(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, a *fakeAPI, l *List[thing]) {
		see(t, l.Now())
		go func() {
			time.Sleep(100 * time.Millisecond)
			a.fail(errNoList)
			_, err := l.Now().All(t.Context())
			if !errors.Is(err, errNoList) {
				t.Errorf("error %v", err)
			}
			a.fail(nil)
		}()
		lacks(t, l.ForRefresh(), byID("1"))
		a.wantLists(t, 3)
	})
}

func TestPanicInAListReachesItsReaders(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, a *fakeAPI, l *List[thing]) {
		a.set("1")
		a.edit(func(a *fakeAPI) { a.during = func() { panic("a defect") } })
		var group sync.WaitGroup
		for range 3 {
			group.Go(func() {
				defer func() {
					if p := recover(); p != "a defect" {
						t.Errorf("panic %v", p)
					}
				}()
				rows, err := l.ForRefresh().All(t.Context())
				t.Errorf("got %v, %v", rows, err)
			})
		}
		group.Wait()
		a.wantLists(t, 1)
		see(t, l.ForRefresh(), "1")
	})
}
