package keyring

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/clock"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

// fakeList is a list that takes a second, with what the server holds when it
// begins.
type fakeList struct {
	mu    sync.Mutex
	keys  []nebula.APIKeyInfo
	err   error
	calls int
	// during runs in the middle of a list.
	during func()
}

func (l *fakeList) list(ctx context.Context) ([]nebula.APIKeyInfo, error) {
	l.mu.Lock()
	l.calls++
	keys, err, during := slices.Clone(l.keys), l.err, l.during
	l.mu.Unlock()
	for range 2 {
		if err := clock.System().Sleep(ctx, 500*time.Millisecond); err != nil {
			return nil, err
		}
		if during != nil {
			during()
			during = nil
		}
	}
	return keys, err
}

func (l *fakeList) set(ids ...nebula.ID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.keys = nil
	for _, id := range ids {
		l.keys = append(l.keys, nebula.APIKeyInfo{ID: id})
	}
}

func (l *fakeList) wantCalls(t *testing.T, want int) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.calls != want {
		t.Errorf("%d lists, want %d", l.calls, want)
	}
}

func viewBubble(t *testing.T, test func(t *testing.T, l *fakeList, v *view)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		l := &fakeList{}
		v := newView(nil, clock.System())
		v.list = l.list
		test(t, l, v)
	})
}

func (s *snapshot) ids() []nebula.ID {
	var ids []nebula.ID
	for _, key := range s.keys {
		ids = append(ids, key.ID)
	}
	slices.Sort(ids)
	return ids
}

func see(t *testing.T, v *view, notBefore time.Time, want ...nebula.ID) *snapshot {
	t.Helper()
	s, err := v.since(t.Context(), notBefore)
	if err != nil {
		t.Error(err)
		return &snapshot{}
	}
	if got := s.ids(); !slices.Equal(got, want) {
		t.Errorf("sees %v, want %v", got, want)
	}
	return s
}

func TestOneListServesAThousandReaders(t *testing.T) {
	t.Parallel()
	bubble(t, rigOptions{fake: fakenebula.Options{Latency: 100 * time.Millisecond}}, func(t *testing.T, r *rig) {
		r.server.AddKey("a", "")
		var group sync.WaitGroup
		for range 1000 {
			group.Go(func() {
				keys, err := r.keeper.List(t.Context(), RefreshAge)
				if err != nil || len(keys) != 2 {
					t.Errorf("List = %v, %v", keys, err)
				}
			})
		}
		group.Wait()
		r.wantCounts(counts{get: 1})
		// Later readers are served from the same list until it is too old.
		time.Sleep(RefreshAge / 2)
		if _, err := r.keeper.List(t.Context(), RefreshAge); err != nil {
			t.Error(err)
		}
		r.wantCounts(counts{get: 1})
		time.Sleep(RefreshAge/2 + time.Second)
		if _, err := r.keeper.List(t.Context(), RefreshAge); err != nil {
			t.Error(err)
		}
		r.wantCounts(counts{get: 2})
	})
}

// The readers of a plan share its lists for longer. Where changes are made,
// only what is fresh is served.
func TestReadersOfAPlanShareItsLists(t *testing.T) {
	t.Parallel()
	bubble(t, rigOptions{}, func(t *testing.T, r *rig) {
		id, _ := r.server.AddKey("a", "")
		lists := 0
		read := func(passed time.Duration, more int) {
			t.Helper()
			time.Sleep(passed)
			if _, err := r.keeper.List(t.Context(), r.keeper.ReaderAge()); err != nil {
				t.Error(err)
			}
			lists += more
			r.wantCounts(counts{get: lists})
		}
		read(0, 1)
		read(ReadAge, 0)
		read(time.Second, 1) // no refresh yet: this may be an apply

		if _, err := r.keeper.Find(t.Context(), Ref{ID: nebula.ID(id)}, RefreshAge); err != nil {
			t.Error(err)
		}
		read(10*time.Second, 0)
		read(20*time.Second, 0)
		read(time.Second, 1)

		r.keeper.view.wrote()
		read(0, 1)
		read(ReadAge, 0)
		read(time.Second, 1)
	})
}

func TestListBegunBeforeAWriteIsNotServedAfterIt(t *testing.T) {
	t.Parallel()
	viewBubble(t, func(t *testing.T, l *fakeList, v *view) {
		l.set("1")
		start := time.Now()
		go func() {
			time.Sleep(200 * time.Millisecond) // the first list is on its way
			l.set("1", "2")
			v.wrote()
			see(t, v, start, "1", "2")
		}()
		see(t, v, start, "1") // asked before the write, so that list will do
		synctest.Wait()
		time.Sleep(2 * time.Second)
		l.wantCalls(t, 2)
	})
}

func TestReaderIsNotServedAListThatBeganTooEarly(t *testing.T) {
	t.Parallel()
	viewBubble(t, func(t *testing.T, l *fakeList, v *view) {
		l.set("1")
		go see(t, v, time.Time{}, "1")
		time.Sleep(200 * time.Millisecond)
		l.set("1", "2")
		notBefore := time.Now()
		if s := see(t, v, notBefore, "1", "2"); s.began.Before(notBefore) {
			t.Errorf("served a list of %v, wanted none before %v", s.began, notBefore)
		}
		l.wantCalls(t, 2)
		see(t, v, notBefore, "1", "2")
		l.wantCalls(t, 2)
	})
}

// Among ten workers that create keys there is always one more write while a
// list is under way.
func TestSteadyWritesDoNotStarveReaders(t *testing.T) {
	t.Parallel()
	viewBubble(t, func(t *testing.T, l *fakeList, v *view) {
		l.set("1")
		l.during = v.wrote
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := v.since(ctx, time.Now()); err != nil {
			t.Errorf("never served: %v", err)
		}
		l.wantCalls(t, 1)
		if _, err := v.since(ctx, time.Now()); err != nil {
			t.Errorf("never served: %v", err)
		}
		l.wantCalls(t, 2)
	})
}

func TestOwnCreateIsSeenAlthoughTheListLags(t *testing.T) {
	t.Parallel()
	bubble(t, rigOptions{fake: fakenebula.Options{HideNewFor: 30 * time.Second}}, func(t *testing.T, r *rig) {
		created, err := r.keeper.Create(t.Context(), Spec{Name: "n", Description: "text"})
		if err != nil {
			t.Fatal(err)
		}
		for range 40 {
			key, err := r.keeper.Find(t.Context(), Ref{ID: created.ID, Token: created.Token}, 0)
			if want := (Key{created.ID, "n", "text", created.Token}); err != nil || key != want {
				t.Fatalf("Find = %+v, %v, want %+v", key, err, want)
			}
			time.Sleep(time.Second)
		}
		keys, err := r.keeper.List(t.Context(), 0)
		if err != nil || len(keys) != 2 {
			t.Errorf("List = %v, %v: the key must be listed once", keys, err)
		}
		// Once listed, the list alone decides.
		time.Sleep(time.Millisecond) // or that list is still fresh
		r.server.DeleteKey(string(created.ID))
		if _, err := r.keeper.Find(t.Context(), Ref{ID: created.ID, Token: created.Token}, 0); !IsAbsent(err) {
			t.Errorf("after a foreign delete: %v", err)
		}
	})
}

func TestOwnCreateIsNotBelievedForEver(t *testing.T) {
	t.Parallel()
	bubble(t, rigOptions{}, func(t *testing.T, r *rig) {
		created, err := r.keeper.Create(t.Context(), Spec{Name: "n"})
		if err != nil {
			t.Fatal(err)
		}
		r.server.DeleteKey(string(created.ID)) // before any list showed it
		time.Sleep(lag)
		if _, err := r.keeper.Find(t.Context(), Ref{ID: created.ID, Token: created.Token}, 0); !IsAbsent(err) {
			t.Errorf("a minute later: %v", err)
		}
	})
}

func TestOwnDeleteIsSeenAlthoughTheListLags(t *testing.T) {
	t.Parallel()
	viewBubble(t, func(t *testing.T, l *fakeList, v *view) {
		l.set("1", "2")
		see(t, v, time.Now(), "1", "2")
		v.deletedKey("2")
		see(t, v, time.Now(), "1")
		time.Sleep(lag)
		see(t, v, time.Now(), "1", "2") // by now the list is right
		// An API that uses an id again must not make the new key invisible.
		v.deletedKey("2")
		v.wroteKey(nebula.APIKeyInfo{ID: "2"})
		see(t, v, time.Now(), "1", "2")
	})
}

func TestFailedListIsSharedAndNotRemembered(t *testing.T) {
	t.Parallel()
	viewBubble(t, func(t *testing.T, l *fakeList, v *view) {
		l.err = errors.New("no list")
		var group sync.WaitGroup
		for range 50 {
			group.Go(func() {
				if _, err := v.since(t.Context(), time.Time{}); !errors.Is(err, l.err) {
					t.Errorf("error %v", err)
				}
			})
		}
		group.Wait()
		l.wantCalls(t, 1)
		l.mu.Lock()
		l.err = nil
		l.mu.Unlock()
		l.set("1")
		see(t, v, time.Time{}, "1")
		l.wantCalls(t, 2)
	})
}

func TestPanicInAListReachesItsReaders(t *testing.T) {
	t.Parallel()
	viewBubble(t, func(t *testing.T, l *fakeList, v *view) {
		l.set("1")
		l.during = func() { panic("a defect") }
		var group sync.WaitGroup
		for range 3 {
			group.Go(func() {
				defer func() {
					if p := recover(); p != "a defect" {
						t.Errorf("panic %v", p)
					}
				}()
				s, err := v.since(t.Context(), time.Time{})
				t.Errorf("got %v, %v", s, err)
			})
		}
		group.Wait()
		l.wantCalls(t, 1)
		l.during = nil
		see(t, v, time.Time{}, "1")
	})
}

func TestAFailedListKeepsNothingOfItself(t *testing.T) {
	t.Parallel()
	viewBubble(t, func(t *testing.T, l *fakeList, v *view) {
		l.set("1", "2")
		see(t, v, time.Now(), "1", "2")
		l.set()
		l.mu.Lock()
		l.err = errors.New("no list")
		l.mu.Unlock()
		if s, err := v.since(t.Context(), time.Now()); err == nil || s != nil {
			t.Errorf("a failed list gave %v, %v", s, err)
		}
		see(t, v, time.Now().Add(-time.Hour), "1", "2")
	})
}

func TestCancelledReaderDoesNotBreakTheOthers(t *testing.T) {
	t.Parallel()
	viewBubble(t, func(t *testing.T, l *fakeList, v *view) {
		l.set("1")
		gone := errors.New("gone")
		ctx, cancel := context.WithCancelCause(t.Context())
		left := make(chan struct{})
		start := time.Now()
		go func() { // it begins the list, so the list must not be bound to it
			defer close(left)
			if _, err := v.since(ctx, start); !errors.Is(err, gone) {
				t.Errorf("the cancelled reader got %v", err)
			}
			took(t, start, 200*time.Millisecond)
		}()
		time.Sleep(100 * time.Millisecond)
		go func() { time.Sleep(100 * time.Millisecond); cancel(gone) }()
		see(t, v, start, "1")
		<-left
		l.wantCalls(t, 1)
	})
}

func TestListIsBoundedAlthoughItsReadersAreNot(t *testing.T) {
	t.Parallel()
	bubble(t, rigOptions{}, func(t *testing.T, r *rig) {
		r.server.Inject(fakenebula.Fault{Operation: fakenebula.OpListKeys, Times: -1, Answer: fakenebula.TooManyRequests("7")})
		start := time.Now()
		if keys, err := r.keeper.List(t.Context(), 0); !nebula.IsRateLimited(err) {
			t.Errorf("List = %v, %v", keys, err)
		}
		if waited := time.Since(start); waited > listTimeout {
			t.Errorf("waited %v", waited)
		}
	})
}

// The race detector is what this test is for: snapshots are read while writes
// and further lists go on.
func TestSnapshotsDoNotChangeUnderReaders(t *testing.T) {
	t.Parallel()
	bubble(t, rigOptions{fake: fakenebula.Options{Latency: time.Millisecond, HideNewFor: 20 * time.Millisecond}}, func(t *testing.T, r *rig) {
		var group sync.WaitGroup
		for worker := range 5 {
			group.Go(func() {
				for n := range 20 {
					created, err := r.keeper.Create(t.Context(), Spec{Name: fmt.Sprintf("%d-%d", worker, n)})
					if err != nil {
						t.Error(err)
						return
					}
					if n%2 == 0 {
						if err := r.keeper.Delete(t.Context(), Ref{ID: created.ID}); err != nil {
							t.Error(err)
						}
					}
				}
			})
			group.Go(func() {
				for range 40 {
					s, err := r.keeper.view.since(t.Context(), time.Now())
					if err != nil {
						t.Error(err)
						return
					}
					before := slices.Clone(s.keys)
					time.Sleep(3 * time.Millisecond)
					if !slices.Equal(before, s.keys) || len(s.byID) != len(s.keys) {
						t.Error("a snapshot changed")
					}
				}
			})
		}
		group.Wait()
		if got := len(r.live()); got != 50 {
			t.Errorf("%d keys, want 50", got)
		}
	})
}
