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
	// One is the singular, such as "image"; Many is the plural.
	One, Many string
	// A is the singular with its article: "an image". Only Create needs it.
	A string
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
	// When is the instant by the API's clock at which this machine's showed that of
	// the beginning of a call; nil is for an API whose clock is not known. What is
	// recorded, and what rows tell, is compared with that: the next command may run
	// on a machine with another clock.
	When func(local time.Time) time.Time
	// Steady is set for a list that no run changes, such as a catalogue: all
	// readers of a run share it.
	Steady bool
}

// From is a Fetch from one place: source is the route that people are shown.
func From[Row any](source string, fetch func(context.Context) ([]Row, error)) func(context.Context) ([]Row, string, error) {
	return func(ctx context.Context) ([]Row, string, error) {
		rows, err := fetch(ctx)
		return rows, source, err
	}
}

// List is the shared list of one kind of object. However many readers wait,
// one request serves them all, and a write of this process makes the next
// reader look again. It is safe for concurrent use.
type List[Row any] struct {
	clock  clock.Clock
	words  Words
	id     func(Row) nebula.ID
	fetch  func(context.Context) ([]Row, string, error)
	when   func(time.Time) time.Time
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
	if o.When == nil {
		o.When = func(local time.Time) time.Time { return local }
	}
	return &List[Row]{clock: o.Clock, words: o.Words, id: o.ID, fetch: o.Fetch, when: o.When, steady: o.Steady, own: newOwnWrites[Row]()}
}

// Time is the present instant by the API's clock, as far as its answers tell,
// else by this machine's.
func (l *List[Row]) Time() time.Time { return l.when(l.clock.Now()) }

// ID identifies a row.
func (l *List[Row]) ID(row Row) nebula.ID { return l.id(row) }
