// Package listing shares one list of the API among all who read it. The API
// can be read in no other way, a list may lag behind what was just done, and a
// list is the only proof that an object is gone. What follows from that is
// here, once, for every kind of object.
//
// A [List] is asked with a reason: [List.ForRefresh], [List.ForRead] or
// [List.Now]. The reason decides how old a list may be.
package listing

import (
	"context"
	"sync"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/clock"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

const (
	// refreshAge serves the refresh of managed resources. Terraform refreshes
	// them before it changes anything, in one walk that takes as long as there
	// are objects, so one list can serve the walk.
	refreshAge = 5 * time.Minute
	// readAge serves readers that can run among changes, such as a data source
	// that waits for a local-exec.
	readAge = 3 * time.Second
	// planAge serves the same readers in a plan. There the run changes
	// nothing; what could is a data source or an ephemeral resource of another
	// provider that does more than read.
	planAge = 30 * time.Second
	// fetchTimeout bounds one list with its retries. A list is shared, so it
	// is bound to no single reader's time-out.
	fetchTimeout = 5 * time.Minute
	// lag is how long a list may be behind the writes of this process.
	lag = time.Minute
	// failureAge is how long a failed list answers for all but those who are
	// about to act: what failed for one reader would fail for the others.
	failureAge = 10 * time.Second
)

// Words are what people call the objects of a list.
type Words struct {
	// One is the singular, such as "key"; Many is the plural.
	One, Many string
}

// Options is what a List is made of.
type Options[Row any] struct {
	Clock clock.Clock
	Words Words
	// ID identifies a row.
	ID func(Row) nebula.ID
	// Fetch gives all rows, or an error: never a part of them. Source names
	// where they came from, where the API may know the list under several
	// names; when it changes, absence from the list proves nothing any more.
	Fetch func(context.Context) (rows []Row, source string, err error)
	// Steady is set for a list that no run changes, such as a catalogue: all
	// readers of a run share it.
	Steady bool
}

// List is the shared list of one kind of object. However many readers wait,
// one request serves them all, and a write of this process makes the next
// reader look again. It is safe for concurrent use.
type List[Row any] struct {
	clock  clock.Clock
	words  Words
	id     func(Row) nebula.ID
	fetch  func(context.Context) ([]Row, string, error)
	steady bool

	mu sync.Mutex
	// fetches counts the lists that were begun, writes what this process
	// changed.
	fetches, writes int
	latest          *snapshot[Row]
	first           *snapshot[Row]
	failed          *failure
	flight          *flight
	// refreshed is set once a refresh has asked.
	refreshed bool
	// moved is set once the source of the list has changed.
	moved bool
	own   ownWrites[Row]
	// found and gone count the managed objects that were looked for.
	found, gone int
}

// New makes a List. It fetches nothing.
func New[Row any](o Options[Row]) *List[Row] {
	return &List[Row]{clock: o.Clock, words: o.Words, id: o.ID, fetch: o.Fetch, steady: o.Steady, own: newOwnWrites[Row]()}
}

// snapshot is one complete list. It never changes once made.
type snapshot[Row any] struct {
	began, ended time.Time
	// fetch is the number of the list, writes how many writes came before it.
	fetch, writes int
	source        string
	rows          []Row
	byID          map[nebula.ID]int
}

// serves reports whether a list is good enough for a reader. One that was begun
// after the reader came always is, whatever the clock says: it may be set back
// under way.
func (s *snapshot[Row]) serves(n need) bool {
	return s != nil && (s.fetch > n.fetches || s.writes >= n.writes && !s.began.Before(n.begun))
}

// failure is a list that could not be had.
type failure struct {
	ended  time.Time
	writes int
	err    error
}

type flight struct {
	done chan struct{}
	err  error
	// panicked is what the list panicked with.
	panicked any
}

// need is what a reader asks of a list.
type need struct {
	// begun is when the list may have begun at the earliest, and failed the
	// same of the end of one that failed, whose error is then the reader's;
	// zero accepts no earlier failure.
	begun, failed time.Time
	// fetches and writes are how many there were when the reader came, writes
	// those that the list must show.
	fetches, writes int
}

// since gives a complete list that began at begun or later and after every
// write that this process had made when it was asked, or the error of one that
// failed at failed or later. Later writes do not count: a reader among many
// writers would otherwise never be served.
func (l *List[Row]) since(ctx context.Context, begun, failed time.Time) (*snapshot[Row], error) {
	return l.satisfy(ctx, need{begun: begun, failed: failed, writes: l.writesSoFar()})
}

func (l *List[Row]) writesSoFar() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.writes
}

// satisfy gives a list that is good enough for a reader who comes now.
func (l *List[Row]) satisfy(ctx context.Context, n need) (*snapshot[Row], error) {
	l.mu.Lock()
	n.fetches = l.fetches
	l.mu.Unlock()
	for {
		s, f, err := l.serve(ctx, n)
		if s != nil || err != nil {
			return s, err
		}
		select {
		case <-f.done:
			if f.panicked != nil {
				// It belongs to the operations that wait: nobody else can turn
				// it into a report, and the others must not wait for ever.
				panic(f.panicked)
			}
			if f.err != nil {
				return nil, f.err
			}
			// A list that another reader began too early for this one is
			// followed by another round.
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// serve gives the list at hand or the failure that is still remembered, else
// the flight to wait for.
func (l *List[Row]) serve(ctx context.Context, n need) (*snapshot[Row], *flight, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if s := l.latest; s.serves(n) {
		return s, nil, nil
	}
	if f := l.failed; f != nil && !n.failed.IsZero() && f.writes >= n.writes && !f.ended.Before(n.failed) {
		return nil, nil, f.err
	}
	if l.flight == nil {
		l.flight = &flight{done: make(chan struct{})}
		l.fetches++
		go l.fly(context.WithoutCancel(ctx), l.flight, l.fetches, l.writes)
	}
	return nil, l.flight, nil
}

// fly fetches the list and wakes those who wait for it.
func (l *List[Row]) fly(ctx context.Context, f *flight, fetch, writes int) {
	ctx, cancel := l.clock.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	defer func() {
		f.panicked = recover()
		l.mu.Lock()
		defer l.mu.Unlock()
		l.flight = nil
		close(f.done)
	}()
	began := l.clock.Now()
	rows, source, err := l.fetch(ctx)
	ended := l.clock.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil {
		f.err = err
		l.failed = &failure{ended: ended, writes: writes, err: err}
		return
	}
	l.failed = nil
	l.keep(&snapshot[Row]{began: began, ended: ended, fetch: fetch, writes: writes, source: source, rows: rows})
}

// keep makes s the latest list, with this process's own recent writes laid
// over it. The first list stays, so that readers who miss an object after the
// second one need not wait again. The same id twice is one row.
func (l *List[Row]) keep(s *snapshot[Row]) {
	listed := l.own.over(s.rows, s.began, l.id)
	s.rows = make([]Row, 0, len(listed))
	s.byID = make(map[nebula.ID]int, len(listed))
	for _, row := range listed {
		id := l.id(row)
		if _, twice := s.byID[id]; twice {
			continue
		}
		s.byID[id] = len(s.rows)
		s.rows = append(s.rows, row)
	}
	if l.first == nil {
		l.first = s
	}
	l.moved = l.moved || s.source != l.first.source
	l.latest = s
}
