package fleet

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/clock"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

const (
	// searchTime is how long the machine of a create is looked for.
	searchTime = 2 * time.Minute
	// stableFor is how long a machine without a token must have been the only
	// new one of its name.
	stableFor = 30 * time.Second
	// clockSkew is how far two clocks may differ.
	clockSkew = 5 * time.Minute
	// lateCommit is the age at which a create that no list shows is given up.
	lateCommit = 30 * time.Minute
)

// Order is what a create makes.
type Order struct {
	// Name is the whole name. Marked says that it ends in a token (NewName), so
	// that it tells the machine from all others.
	Name   string
	Marked bool
	// Prepare says what to send. It is called just before each try, which can
	// follow long after the call began; an error of it ends the create.
	Prepare func(context.Context) (nebula.InstanceRequest, error)
	// Price is what the machine will cost per hour, for messages. It is asked
	// for after Prepare.
	Price func() nebula.Number
}

// attempt is a create under way.
type attempt struct {
	Order
	// begun is when the last try was made, and sent the same by this machine's
	// clock.
	begun, sent time.Time
	// before are the machines that there were, where the order is not marked.
	before map[nebula.ID]bool
	// unprepared is why the last try was not made.
	unprepared error
}

// Create makes a machine and finds it, made at the time of the POST where its
// row does not tell. The POST is sent once. A marked machine
// is the one whose name ends in the token, whatever became of the answer. One
// without a mark is taken only after the answer "success", and only if it is
// the one new machine of its name.
//
// The error is
//   - *TakenError: a machine of that name lives, or is being made;
//   - *UndecidedError: a machine may exist; what it holds must be remembered;
//   - anything else: none was made.
//
// An interrupt of ctx before the request stops it. After that the work goes on
// for up to a minute, until it is known what to remember.
func (f *Fleet) Create(ctx context.Context, o Order) (nebula.Instance, error) {
	if !f.begin(o.Name) {
		return nebula.Instance{}, &TakenError{Name: o.Name}
	}
	defer f.done(o.Name)
	a := &attempt{Order: o}
	err := f.client.CreateInstance(ctx, func() (request nebula.InstanceRequest, err error) {
		request, err = f.prepare(ctx, a)
		a.unprepared = err
		return request, err
	})
	// A list that got no answer while the request was prepared is ambiguous, too,
	// and has made nothing. Neither has a try before it: it was not sent, or
	// refused.
	if err != nil && (a.unprepared != nil || !nebula.IsAmbiguous(err)) {
		return nebula.Instance{}, err
	}
	f.list.MayHaveChanged()
	ctx, cancel := clock.Finishing(ctx, f.clock)
	defer cancel()
	return f.settle(ctx, a, err)
}

// begin notes that a create is busy with a name, and is false when another one
// of this process is: two machines of one name cannot be told apart.
func (f *Fleet) begin(name string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	name = strings.ToLower(name)
	if f.making[name] {
		return false
	}
	f.making[name] = true
	return true
}

func (f *Fleet) done(name string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.making, strings.ToLower(name))
}

// prepare looks at what there is just before a try.
func (f *Fleet) prepare(ctx context.Context, a *attempt) (nebula.InstanceRequest, error) {
	request, err := a.Prepare(ctx)
	if err != nil {
		return request, err
	}
	if !a.Marked {
		rows, err := f.list.Now().All(ctx)
		if err != nil {
			return request, err
		}
		if taken := namesakes(rows, a.Name); len(taken) > 0 {
			return request, &TakenError{Name: a.Name, Machines: taken}
		}
		a.before = map[nebula.ID]bool{}
		for _, row := range rows {
			a.before[row.ID] = true
		}
	}
	if ctx.Err() != nil {
		return request, context.Cause(ctx)
	}
	request.Name, a.begun, a.sent = a.Name, f.Time(), f.clock.Now()
	return request, nil
}

// namesakes are the live machines of a name.
func namesakes(rows []nebula.Instance, name string) []nebula.Instance {
	return filter(rows, func(i nebula.Instance) bool { return SameName(NameOf(i), name) && IsLive(i) })
}

func filter(rows []nebula.Instance, keep func(nebula.Instance) bool) []nebula.Instance {
	var kept []nebula.Instance
	for _, row := range rows {
		if keep(row) {
			kept = append(kept, row)
		}
	}
	return kept
}

// settle finds the machine of a create that was made, or may have been: failure
// is then what happened to the answer.
func (f *Fleet) settle(ctx context.Context, a *attempt, failure error) (nebula.Instance, error) {
	ctx, cancel := f.clock.WithTimeout(ctx, searchTime)
	defer cancel()
	s := &search{attempt: a, answered: failure == nil, seen: map[nebula.ID]bool{}}
	err := f.list.Await(ctx, s.look)
	if s.bound != nil {
		if s.bound.CreatedAt.Time.IsZero() {
			s.bound.CreatedAt.Time = a.begun
		}
		f.list.Created(*s.bound)
		return *s.bound, nil
	}
	undecided := &UndecidedError{Name: a.Name, Marked: a.Marked, Begun: a.begun, Price: a.Price(), Create: failure, Candidates: s.candidates, Alike: s.alike}
	if unread(err) {
		undecided.List = err
	}
	return nebula.Instance{}, undecided
}

// unread says that a list could not be had, rather than that time was up.
func unread(err error) bool {
	return err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded)
}

// newAndAlone are the machines of the name that were not there before, and were
// not made before the POST as far as the row tells. Only if there is one, and
// goes on being one, it is taken.
func newAndAlone(a *attempt, rows []nebula.Instance) []nebula.Instance {
	return filter(rows, func(i nebula.Instance) bool {
		made := i.CreatedAt.Time
		return SameName(NameOf(i), a.Name) && StateOf(i) != Gone && !a.before[i.ID] && (made.IsZero() || !made.Before(a.begun.Add(-clockSkew)))
	})
}

// search looks for the machine of an attempt in one list after the other.
type search struct {
	*attempt
	// answered says that the API answered "success".
	answered bool
	// candidates may be the machine, alike have a part of its name, and since
	// is when the first list began that showed the one candidate.
	candidates, alike []nebula.Instance
	since             time.Time
	bound             *nebula.Instance
	// seen are all candidates that lists have shown, those included that are
	// gone. Once there were two, nobody knows which one it was.
	seen map[nebula.ID]bool
}

// look takes a list in, and says whether it is known what to do.
func (s *search) look(rows []nebula.Instance, began time.Time) (done bool) {
	s.alike = filter(rows, func(i nebula.Instance) bool { return beginsAlike(i, s.Name) && !s.before[i.ID] })
	if s.Marked {
		s.candidates = filter(rows, func(i nebula.Instance) bool { return bears(i, s.Name) && StateOf(i) != Gone })
		s.bind(len(s.candidates) == 1)
		return len(s.candidates) > 0
	}
	earlier := s.candidates
	s.candidates = newAndAlone(s.attempt, rows)
	for _, candidate := range s.candidates {
		s.seen[candidate.ID] = true
	}
	switch {
	case len(s.seen) > 1:
		return true
	case len(s.candidates) == 0:
		return false
	case !s.answered:
		// Whose it is, nothing tells; but all that there are should be named.
		return began.Sub(s.sent) >= stableFor
	case len(earlier) != 1: // else it is the one that was there before
		s.since = began
		return false
	}
	s.bind(began.Sub(s.since) >= stableFor)
	return s.bound != nil
}

func (s *search) bind(certain bool) {
	if certain {
		s.bound = &s.candidates[0]
	}
}
