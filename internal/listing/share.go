package listing

import (
	"context"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/clock"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

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
	// fetches is how many there were when the reader came, writes those that the
	// list must show.
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
		if ctx.Err() != nil {
			// Nobody would wait for the list.
			return nil, nil, context.Cause(ctx)
		}
		l.flight = &flight{done: make(chan struct{})}
		l.fetches++
		go l.fly(clock.Detach(ctx), l.flight, l.fetches, l.writes)
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
