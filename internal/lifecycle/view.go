package lifecycle

import (
	"context"
	"sync"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/clock"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

const (
	// listTimeout bounds one list with its retries. A list is shared, so it
	// is bound to no single reader's time-out.
	listTimeout = 5 * time.Minute
	// lag is how long the list may be behind the writes of this process.
	lag = time.Minute
)

// view is the shared sight of the list: however many readers wait, one list
// request serves them all, and a write of this process makes the next reader
// look again.
type view struct {
	list  func(context.Context) ([]nebula.APIKeyInfo, error)
	clock clock.Clock

	mu sync.Mutex
	// writes counts what this process changed; a list that began before the
	// last change is not served any more.
	writes  int
	latest  *snapshot
	witness *snapshot
	flight  *flight
	// The list may lag behind what this process did a moment ago.
	created map[nebula.ID]ownWrite
	deleted map[nebula.ID]time.Time
}

type ownWrite struct {
	info nebula.APIKeyInfo
	at   time.Time
	// doubted is set once a delete of the key may have happened: from then on
	// only the list can say that the key exists.
	doubted bool
}

// snapshot is one complete list. It never changes once made.
type snapshot struct {
	began, ended time.Time
	writes       int
	keys         []nebula.APIKeyInfo
	byID         map[nebula.ID]int
}

type flight struct {
	done chan struct{}
	err  error
	// panicked is what the list panicked with.
	panicked any
}

func newView(client *nebula.Client, c clock.Clock) *view {
	return &view{list: client.ListAPIKeys, clock: c, created: map[nebula.ID]ownWrite{}, deleted: map[nebula.ID]time.Time{}}
}

// since gives a complete list that began at notBefore or later and after every
// write that this process had made when it was asked. Later writes do not
// count: a reader among many writers would otherwise never be served.
func (v *view) since(ctx context.Context, notBefore time.Time) (*snapshot, error) {
	writes := -1
	for {
		v.mu.Lock()
		if writes < 0 {
			writes = v.writes
		}
		if s := v.latest; s.serves(notBefore, writes) {
			v.mu.Unlock()
			return s, nil
		}
		f := v.flight
		if f == nil {
			f = &flight{done: make(chan struct{})}
			v.flight = f
			go v.fly(context.WithoutCancel(ctx), f, v.writes)
		}
		v.mu.Unlock()

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

func (v *view) fly(ctx context.Context, f *flight, writes int) {
	ctx, cancel := v.clock.WithTimeout(ctx, listTimeout)
	defer cancel()
	defer func() {
		f.panicked = recover()
		v.mu.Lock()
		defer v.mu.Unlock()
		v.flight = nil
		close(f.done)
	}()
	began := v.clock.Now()
	keys, err := v.list(ctx)
	if err != nil {
		f.err = err
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.keep(&snapshot{began: began, ended: v.clock.Now(), writes: writes, keys: keys})
}

// keep makes s the latest list, with this process's own recent writes laid
// over it. The first list stays as the witness of absences, so that readers
// who come after the second one need not wait again.
func (v *view) keep(s *snapshot) {
	s.keys = v.overlay(s)
	s.byID = make(map[nebula.ID]int, len(s.keys))
	for i, key := range s.keys {
		s.byID[key.ID] = i
	}
	if v.witness == nil {
		v.witness = s
	}
	v.latest = s
}

func (v *view) overlay(s *snapshot) []nebula.APIKeyInfo {
	recent := func(at time.Time) bool { return s.began.Sub(at) < lag }
	listed := make(map[nebula.ID]bool, len(v.created))
	keys := s.keys
	if len(v.deleted)+len(v.created) > 0 {
		keys = keys[:0]
		for _, key := range s.keys {
			if at, ok := v.deleted[key.ID]; ok && recent(at) {
				continue
			}
			if _, ok := v.created[key.ID]; ok {
				listed[key.ID] = true
			}
			keys = append(keys, key)
		}
	}
	for id, own := range v.created {
		switch {
		case listed[id] || !recent(own.at):
			delete(v.created, id)
		case !own.doubted:
			keys = append(keys, own.info)
		}
	}
	return keys
}

// wrote notes that this process changed something, or may have.
func (v *view) wrote() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.writes++
}

// written reports whether this process changed anything.
func (v *view) written() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.writes > 0
}

func (v *view) wroteKey(info nebula.APIKeyInfo) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.writes++
	v.created[info.ID] = ownWrite{info: info, at: v.clock.Now()}
}

// doubtKey notes that the key may have been deleted.
func (v *view) doubtKey(id nebula.ID) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.writes++
	if own, ok := v.created[id]; ok {
		own.doubted = true
		v.created[id] = own
	}
}

// madeAt is when this process made a key that no list has shown yet.
func (v *view) madeAt(id nebula.ID) (time.Time, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	own, ok := v.created[id]
	return own.at, ok
}

func (v *view) deletedKey(id nebula.ID) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.writes++
	v.deleted[id] = v.clock.Now()
	delete(v.created, id)
}

// firstWitness is the earliest list of this process.
func (v *view) firstWitness() *snapshot {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.witness
}

// serves reports whether there is a list that began at notBefore or later and
// after so many writes.
func (s *snapshot) serves(notBefore time.Time, writes int) bool {
	return s != nil && s.writes >= writes && !s.began.Before(notBefore)
}

func (s *snapshot) lookup(ref Ref) ([]Key, bool) {
	if ref.ID != "" {
		i, ok := s.byID[ref.ID]
		if !ok {
			return nil, false
		}
		return []Key{keyOf(s.keys[i])}, true
	}
	if ref.Token == "" {
		return nil, false
	}
	var found []Key
	for _, info := range s.keys {
		if key := keyOf(info); key.Token == ref.Token {
			found = append(found, key)
		}
	}
	return found, len(found) > 0
}
