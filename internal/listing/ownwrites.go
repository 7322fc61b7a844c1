package listing

import (
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

// ownWrites is what this process did a moment ago. A list may not show it yet,
// and must not contradict it.
type ownWrites[Row any] struct {
	created map[nebula.ID]createdRow[Row]
	changed map[nebula.ID]changedRow[Row]
	deleted map[nebula.ID]time.Time
}

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
	return ownWrites[Row]{created: map[nebula.ID]createdRow[Row]{}, changed: map[nebula.ID]changedRow[Row]{}, deleted: map[nebula.ID]time.Time{}}
}

// over lays the writes over the rows of a list that began at began, and
// forgets the writes that are too old to matter.
func (w *ownWrites[Row]) over(rows []Row, began time.Time, id func(Row) nebula.ID) []Row {
	if len(w.created)+len(w.changed)+len(w.deleted) == 0 {
		return rows
	}
	recent := func(at time.Time) bool { return began.Sub(at) < lag }
	listed := make(map[nebula.ID]bool, len(w.created))
	kept := make([]Row, 0, len(rows)+len(w.created))
	for _, row := range rows {
		rowID := id(row)
		if at, ok := w.deleted[rowID]; ok && recent(at) {
			continue
		}
		if own, ok := w.changed[rowID]; ok && recent(own.at) {
			row = own.change(row)
		}
		if _, ok := w.created[rowID]; ok {
			listed[rowID] = true
		}
		kept = append(kept, row)
	}
	for id, own := range w.created {
		switch {
		case listed[id] || !recent(own.at):
			delete(w.created, id)
		case !own.doubted:
			kept = append(kept, own.row)
		}
	}
	return kept
}

// Created notes an object that this process made.
func (l *List[Row]) Created(row Row) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.writes++
	id := l.id(row)
	delete(l.own.deleted, id)
	l.own.created[id] = createdRow[Row]{row: row, at: l.clock.Now()}
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
}

// MayHaveDeleted notes a delete whose outcome is open.
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

// madeAt is when this process made an object that no list has shown yet.
func (l *List[Row]) madeAt(id nebula.ID) (time.Time, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	own, ok := l.own.created[id]
	return own.at, ok
}
