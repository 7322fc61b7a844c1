package listing

import (
	"context"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/clock"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

const (
	// LateCommit is the age at which a create is given up whose answer was lost
	// and whose object no list shows.
	LateCommit = 10 * time.Minute
	// ClockSkew is how far the API's clock may differ from this machine's.
	ClockSkew = 5 * time.Minute
)

// MadeBy reports whether an object can be of a create that began at an instant.
// Either time may be zero, which says nothing.
func MadeBy(made, begun time.Time) bool {
	return made.IsZero() || begun.IsZero() ||
		!made.Before(begun.Add(-ClockSkew)) && !made.After(begun.Add(LateCommit+ClockSkew))
}

// beforeTime bounds the list before a create: that there is none is no reason to
// make nothing.
const beforeTime = time.Minute

// Novelty is what the lists before a create tell of a row.
type Novelty int

const (
	// MayBeNew is a row of which nothing is known: there was no list before.
	MayBeNew Novelty = iota
	// WasThere is a row that was listed before, or that another create of this
	// process made.
	WasThere
	// IsNew is any other row.
	IsNew
)

// Likeness is how much a row looks like the object that a create may have made.
type Likeness int

const (
	// Other is a row of another object.
	Other Likeness = iota
	// Similar is a row that may be the object's. Nothing proves it, so it is
	// named to people and never taken.
	Similar
	// Same is a row that only this create can have made.
	Same
)

// Creation is a create whose answer holds the id of the new object.
type Creation[Row any] struct {
	// Send calls the API. It calls begin before each try.
	Send func(ctx context.Context, begin func()) (Row, error)
	// Contradicts says what shows that an answer is about another object, and
	// completes "the answer ...". It is empty where nothing does.
	Contradicts func(answer Row) string
	// Listed adds to an answer what a list will show and the answer does not.
	// It may be nil.
	Listed func(answer Row) Row
	// Compare says whether a row of a list is the object, after the answer was
	// lost. Begun is when the last try was made, by the API's clock if it is known.
	Compare func(row Row, novelty Novelty, begun time.Time) Likeness
	// Sign is what the object is recognised by: "name".
	Sign string
}

// attempt is a create under way.
type attempt[Row any] struct {
	Creation[Row]
	// sent is when the last try was made, by this machine's clock.
	sent time.Time
	// before tells the ids that a list showed; nil where there was none.
	before func(nebula.ID) bool
}

// Create makes an object and returns what the API says of it. When the answer is
// lost, the object is looked for in lists, and the only row that is the Same is
// taken.
//
// The error is
//   - *UndecidedError: an object may exist; what it holds must be remembered;
//   - anything else: none was made.
//
// An interrupt of ctx before the request stops it. After that the work goes on
// for up to a minute, until it is known what to remember.
func (l *List[Row]) Create(ctx context.Context, c Creation[Row]) (Row, error) {
	var none Row
	a := attempt[Row]{Creation: c, before: l.seenBefore(ctx)}
	if ctx.Err() != nil {
		return none, context.Cause(ctx)
	}
	answer, err := c.Send(ctx, func() { a.sent = l.clock.Now() })
	if err == nil {
		err = l.accept(a, answer)
	}
	switch {
	case err == nil:
		return answer, nil
	case nebula.IsAmbiguous(err) || IsForeign(err):
		l.MayHaveChanged()
		return l.settle(ctx, a, err)
	default:
		return none, err
	}
}

// seenBefore tells which ids a list shows before a create; nil where none can be
// had in time.
func (l *List[Row]) seenBefore(ctx context.Context) func(nebula.ID) bool {
	ctx, cancel := l.clock.WithTimeout(ctx, beforeTime)
	defer cancel()
	if _, err := l.Before(ctx); err != nil {
		return nil
	}
	return l.Seen()
}

// accept checks that an answer is about an object that this create made, and
// notes the object. An id in an answer is no proof: a proxy may repeat another
// answer, and an API may answer with an object that is there already.
func (l *List[Row]) accept(a attempt[Row], answer Row) error {
	id, reason := l.id(answer), a.Contradicts(answer)
	switch {
	case reason != "":
	case a.before != nil && a.before(id):
		reason = "names " + l.words.A + " that was listed before"
	case !l.claim(id):
		reason = "names " + l.words.A + " that another create of this run got"
	default:
		if a.Listed != nil {
			answer = a.Listed(answer)
		}
		l.Created(answer)
		return nil
	}
	return &ForeignError{Words: l.words, ID: id, Reason: reason}
}

// claim notes that a create of this process has got an id. It is false when
// another one has.
func (l *List[Row]) claim(id nebula.ID) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, taken := l.own.made[id]; taken {
		return false
	}
	l.own.made[id] = l.clock.Now()
	return true
}

// settle looks for the object of a create whose answer was lost.
func (l *List[Row]) settle(ctx context.Context, a attempt[Row], failure error) (Row, error) {
	ctx, cancel := clock.Finishing(ctx, l.clock)
	defer cancel()
	var same []Row
	var candidates []nebula.ID
	err := l.Watch(ctx, func(rows []Row) bool {
		same, candidates = l.compare(a, rows)
		return len(candidates) > 0
	})
	if len(same) == 1 && len(candidates) == 1 && l.claim(candidates[0]) {
		return same[0], nil
	}
	var none Row
	return none, &UndecidedError{
		Words: l.words, Sign: a.Sign, Begun: l.when(a.sent), Candidates: candidates,
		Findable: a.before != nil && len(candidates) == 0, Create: failure, List: err,
	}
}

// compare finds the rows that are the object of a create, and the ids of all that
// are or may be, those that only may be first.
func (l *List[Row]) compare(a attempt[Row], rows []Row) (same []Row, candidates []nebula.ID) {
	var certain []nebula.ID
	begun := l.when(a.sent)
	for _, row := range rows {
		id := l.id(row)
		switch a.Compare(row, l.novelty(a, id), begun) {
		case Same:
			same, certain = append(same, row), append(certain, id)
		case Similar:
			candidates = append(candidates, id)
		case Other:
		}
	}
	return same, append(candidates, certain...)
}

func (l *List[Row]) novelty(a attempt[Row], id nebula.ID) Novelty {
	_, taken := l.madeAt(id)
	switch {
	case taken, a.before != nil && a.before(id):
		return WasThere
	case a.before == nil:
		return MayBeNew
	default:
		return IsNew
	}
}
