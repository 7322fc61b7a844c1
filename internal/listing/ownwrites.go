package listing

import (
	"maps"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

// ownWrites is what this process did a moment ago. A list may not show it yet,
// and must not contradict it.
type ownWrites[Row any] struct {
	created map[nebula.ID]createdRow[Row]
	changed map[nebula.ID]changedRow[Row]
	deleted map[nebula.ID]time.Time
	// made is when this process made an object, for as long as it lives.
	made map[nebula.ID]time.Time
}

// createdRow is an object that no list has shown yet.
type createdRow[Row any] struct {
	row Row
	at  time.Time
	// doubted is set once a delete may have happened: from then on only the
	// list can say that the object exists.
	doubted bool
}

type changedRow[Row any] struct {
	change func(Row) Row
	at     time.Time
}

func newOwnWrites[Row any]() ownWrites[Row] {
	return ownWrites[Row]{
		created: map[nebula.ID]createdRow[Row]{}, changed: map[nebula.ID]changedRow[Row]{},
		deleted: map[nebula.ID]time.Time{}, made: map[nebula.ID]time.Time{},
	}
}

// over lays the writes over the rows of a list that began at began, and
// forgets those that a list has shown, or that are too old to matter.
func (w *ownWrites[Row]) over(rows []Row, began time.Time, id func(Row) nebula.ID) []Row {
	w.forget(began)
	if len(w.created)+len(w.changed)+len(w.deleted) == 0 {
		return rows
	}
	kept := make([]Row, 0, len(rows)+len(w.created))
	for _, row := range rows {
		rowID := id(row)
		if _, gone := w.deleted[rowID]; gone {
			continue
		}
		if own, ok := w.changed[rowID]; ok {
			row = own.change(row)
		}
		delete(w.created, rowID)
		kept = append(kept, row)
	}
	for _, own := range w.created {
		if !own.doubted {
			kept = append(kept, own.row)
		}
	}
	return kept
}

// forget drops the writes that a list which began at began must show.
func (w *ownWrites[Row]) forget(began time.Time) {
	old := func(at time.Time) bool { return began.Sub(at) >= lag }
	maps.DeleteFunc(w.created, func(_ nebula.ID, own createdRow[Row]) bool { return old(own.at) })
	maps.DeleteFunc(w.changed, func(_ nebula.ID, own changedRow[Row]) bool { return old(own.at) })
	maps.DeleteFunc(w.deleted, func(_ nebula.ID, at time.Time) bool { return old(at) })
}

// Created notes an object that this process made.
func (l *List[Row]) Created(row Row) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.writes++
	id, now := l.id(row), l.clock.Now()
	// An id that the API gives away again is another object's.
	delete(l.own.deleted, id)
	delete(l.own.changed, id)
	l.own.created[id] = createdRow[Row]{row: row, at: now}
	l.own.made[id] = now
}

// Changed notes what this process changed of an object, such as its name.
// Change makes of a row that is still the old one the new one.
func (l *List[Row]) Changed(id nebula.ID, change func(Row) Row) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.writes++
	if own, ok := l.own.created[id]; ok {
		own.row = change(own.row)
		l.own.created[id] = own
	}
	if earlier, ok := l.own.changed[id]; ok {
		last := change
		change = func(row Row) Row { return last(earlier.change(row)) }
	}
	l.own.changed[id] = changedRow[Row]{change: change, at: l.clock.Now()}
}

// Deleted notes an object that this process deleted.
func (l *List[Row]) Deleted(id nebula.ID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.writes++
	l.own.deleted[id] = l.clock.Now()
	delete(l.own.created, id)
	delete(l.own.made, id)
}

// MayHaveDeleted notes a delete whose outcome is open, or another reason to
// doubt that an object exists which this process was told that it made: from
// then on only a list can say so.
func (l *List[Row]) MayHaveDeleted(id nebula.ID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.writes++
	if own, ok := l.own.created[id]; ok {
		own.doubted = true
		l.own.created[id] = own
	}
}

// MayHaveChanged notes a call whose effect is open, so that the next reader
// looks again.
func (l *List[Row]) MayHaveChanged() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.writes++
}

// madeAt is when this process made an object.
func (l *List[Row]) madeAt(id nebula.ID) (time.Time, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	at, ok := l.own.made[id]
	return at, ok
}

// Seen tells which ids the latest list of this process shows. Who makes an
// object asks for it first: what was there before is not the new one. What this
// process has deleted since does not count, for the API may give its id away
// again.
func (l *List[Row]) Seen() func(nebula.ID) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	latest, deleted := l.latest, maps.Clone(l.own.deleted)
	return func(id nebula.ID) bool {
		if latest == nil {
			return false
		}
		_, seen := latest.byID[id]
		_, gone := deleted[id]
		return seen && !gone
	}
}
