package listing

import (
	"context"
	"errors"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

const (
	// secondLook is how long after a first list that lacks an object the
	// second one begins that is believed.
	secondLook = 2 * time.Second
	// settle is the age below which an object is never believed gone: the list
	// may not show it yet.
	settle = 10 * time.Second
	// grain is what an instant may lack: most are cut to the second.
	grain = time.Second
	// young is the age below which a proven absence is still doubtful enough
	// to be told.
	young = 2 * time.Minute
)

// Wanted says which object is looked for: by its id or, while that is not
// known, by a sign that only this object bears.
type Wanted[Row any] struct {
	ID nebula.ID
	// Match recognises the object where ID is empty. Sign says how, and
	// completes "no thing ...", in the words of the list: "is named x".
	Match func(Row) bool
	Sign  string
	// Blind tells the rows that do not show the sign and may be the object's.
	// While there are some, an object without an ID is not said to be gone. It
	// may be nil.
	Blind func(Row) bool
	// Born is when the object was made, by the API's clock and as far as that is
	// known; else zero. It may be cut to the second.
	Born time.Time
}

// Find looks an object up. An *AbsentError means that it is proven to be gone:
// a second complete list, at least two seconds later and not before the object
// was ten seconds old, lacks it as well. All callers share those lists and that
// wait. A *SeveralError means that the sign fits several objects, and a
// *HiddenError that the object may be in the list and cannot be recognised.
func (k Look[Row]) Find(ctx context.Context, wanted Wanted[Row]) (Row, error) {
	row, err := k.find(ctx, wanted)
	if k.managed && wanted.ID != "" {
		k.list.count(err)
	}
	if wanted.ID == "" && wanted.Blind != nil && IsAbsent(err) {
		return row, k.hidden(ctx, wanted, err)
	}
	return row, err
}

// hidden says of an object that no list shows whether it may be in one.
func (k Look[Row]) hidden(ctx context.Context, wanted Wanted[Row], absent error) error {
	rows, err := k.All(ctx)
	if err != nil {
		return err
	}
	var ids []nebula.ID
	for _, row := range rows {
		if wanted.Blind(row) {
			ids = append(ids, k.list.id(row))
		}
	}
	if len(ids) == 0 {
		return absent
	}
	return &HiddenError{Words: k.list.words, IDs: ids}
}

func (k Look[Row]) find(ctx context.Context, wanted Wanted[Row]) (Row, error) {
	var none Row
	l := k.list
	if wanted.ID == "" && wanted.Match == nil {
		// No list holds such an object, but that proves nothing.
		return none, errors.New("without an id and without a sign no " + l.words.One + " can be looked for")
	}
	last, err := l.since(ctx, k.begun, k.failed)
	if err != nil {
		return none, err
	}
	if row, found, err := l.lookup(last, wanted); found {
		return row, err
	}
	born, aged := l.born(wanted)
	if wait, needed := l.doubt(last, wanted, born, aged); needed {
		// From is measured from now, so that a clock that is set back under way
		// changes nothing.
		from := l.clock.Now().Add(wait)
		if err := l.clock.Sleep(ctx, wait); err != nil {
			return none, err
		}
		if last, err = l.since(ctx, from, from); err != nil {
			return none, err
		}
		if row, found, err := l.lookup(last, wanted); found {
			return row, err
		}
	}
	if l.hasMoved() {
		return none, &MovedError{Words: l.words, ID: wanted.ID, Sign: wanted.Sign, Source: last.source}
	}
	age := l.clock.Now().Sub(born)
	return none, &AbsentError{Words: l.words, ID: wanted.ID, Sign: wanted.Sign, Source: last.source, Young: aged && age < young}
}

// doubt says how long to wait for the second list, where the one at hand is
// not enough. A list that began before the object was old enough, or too soon
// after the first one that lacked it, proves nothing.
func (l *List[Row]) doubt(last *snapshot[Row], wanted Wanted[Row], born time.Time, aged bool) (wait time.Duration, needed bool) {
	from := last.ended.Add(secondLook)
	first := l.firstList()
	if !aged || !first.began.Before(born) {
		// An earlier list of this process may be the first of the two.
		if _, found, _ := l.lookup(first, wanted); !found {
			from = first.ended.Add(secondLook)
		}
	}
	if settled := born.Add(settle); aged && settled.After(from) {
		from = settled
	}
	return from.Sub(l.clock.Now()), last.began.Before(from)
}

// born is the latest instant at which an object can have been made, as far as
// it is known; aged is false where nothing is.
func (l *List[Row]) born(wanted Wanted[Row]) (born time.Time, aged bool) {
	if made, ok := l.madeAt(wanted.ID); ok {
		return made, true
	}
	if wanted.Born.IsZero() {
		return time.Time{}, false
	}
	now := l.clock.Now()
	born = wanted.Born.Add(now.Sub(l.when(now))) // by this machine's clock
	if born.After(now) {
		// Two machines' clocks differ. This process has not made the object,
		// so it is as old as the first list at least; and everybody who waits
		// waits for the same moment.
		return l.firstList().began, true
	}
	return born.Add(grain), true
}

func (l *List[Row]) lookup(s *snapshot[Row], wanted Wanted[Row]) (row Row, found bool, err error) {
	if wanted.ID != "" {
		i, ok := s.byID[wanted.ID]
		if !ok {
			return row, false, nil
		}
		return s.rows[i], true, nil
	}
	var ids []nebula.ID
	for _, candidate := range s.rows {
		if wanted.Match(candidate) {
			row, ids = candidate, append(ids, l.id(candidate))
		}
	}
	if len(ids) > 1 {
		var none Row
		return none, true, &SeveralError{Words: l.words, Sign: wanted.Sign, IDs: ids}
	}
	return row, len(ids) == 1, nil
}

func (l *List[Row]) firstList() *snapshot[Row] {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.first
}

func (l *List[Row]) hasMoved() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.moved
}

func (l *List[Row]) count(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case err == nil:
		l.found++
	case IsAbsent(err):
		l.gone++
	}
}

// NoneFound reports that managed objects were looked for by their ids and that
// not one of them was in the list so far: then the credential may belong to
// another account. An object that may never have been made does not count.
func (l *List[Row]) NoneFound() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.gone > 0 && l.found == 0
}
