package fleet

import (
	"cmp"
	"context"
	"net/netip"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

// Goal is what to wait for.
type Goal int

// The goals, each of which includes those before it.
const (
	// Exists is reached at once.
	Exists Goal = iota
	// Runs is reached when the status says so.
	Runs
	// Addressed is reached when a machine that runs has an IPv4 address. A
	// container has none.
	Addressed
	// Greets is reached when port 22 answers with the banner of an SSH server.
	Greets
)

const (
	// addressTime is how long a machine that runs is waited for to get an
	// address.
	addressTime = 5 * time.Minute
	// missingTime is how long lists must have lacked a machine to be believed
	// while it is waited for.
	missingTime = 30 * time.Second
)

// Arrival is how a wait ended well.
type Arrival struct {
	Machine nebula.Instance
	// NoAddress says that the machine runs and has got no address, so that no
	// more than that was waited for.
	NoAddress bool
}

// Address is a machine's public IPv4 address, "" where it has none. The API
// shows junk in its place while there is none.
func Address(i nebula.Instance) string {
	address, err := netip.ParseAddr(string(i.PublicIPv4))
	if err != nil || !address.Is4() || address.IsUnspecified() {
		return ""
	}
	return address.String()
}

// TypeOf is the type of a machine's product, as its row shows it.
func TypeOf(i nebula.Instance) nebula.Text { return cmp.Or(i.ProductType, i.FirstType) }

// HasNoAddress says that machines of a type get no address.
func HasNoAddress(productType nebula.Text) bool { return plain(string(productType)) == "container" }

// Await waits until a machine is where it is to be. Tell, which may be nil, is
// called for each look. The error is a *FailedError for a machine that has
// failed, a *VanishedError for one that is gone, a *NotReadyError when the time
// is up or an interrupt ended the wait.
func (f *Fleet) Await(ctx context.Context, machine nebula.Instance, goal Goal, tell func(nebula.Instance)) (Arrival, error) {
	w := wait{machine: machine, goal: goal, tell: tell, begun: f.clock.Now()}
	if goal == Exists {
		return Arrival{Machine: machine}, nil
	}
	err := f.list.Await(ctx, w.look)
	if w.failure != nil {
		return Arrival{Machine: w.machine}, w.failure
	}
	if err == nil && goal == Greets && !w.noAddress && !HasNoAddress(TypeOf(w.machine)) {
		err = f.greet(ctx, &w)
	}
	if err != nil {
		return Arrival{Machine: w.machine}, &NotReadyError{Machine: w.machine, Goal: goal, Waited: f.clock.Now().Sub(w.begun), Silent: w.silent, Err: err}
	}
	return Arrival{Machine: w.machine, NoAddress: w.noAddress}, nil
}

// wait is one machine that is waited for.
type wait struct {
	machine nebula.Instance // as it was seen last
	goal    Goal
	tell    func(nebula.Instance)
	begun   time.Time
	// running is when the first list began that showed it running, and missing
	// the first of those that have lacked it since.
	running, missing time.Time
	noAddress        bool
	// silent says that all but the SSH server was there.
	silent  bool
	failure error
}

// look takes a list in, and says whether the wait is over.
func (w *wait) look(rows []nebula.Instance, began time.Time) (done bool) {
	row, found := byID(rows, w.machine.ID)
	if !found {
		if w.missing.IsZero() {
			w.missing = began
		}
		if began.Sub(w.missing) >= missingTime {
			w.failure = &VanishedError{Machine: w.machine}
		}
		return w.failure != nil
	}
	w.machine, w.missing = row, time.Time{}
	if w.tell != nil {
		w.tell(row)
	}
	switch StateOf(row) {
	case Failed:
		w.failure = &FailedError{Machine: row}
	case Going, Gone:
		w.failure = &VanishedError{Machine: row}
	case Running:
		return w.arrived(began)
	default:
	}
	return w.failure != nil
}

// arrived says whether a machine that runs is where it is to be.
func (w *wait) arrived(began time.Time) bool {
	if w.running.IsZero() {
		w.running = began
	}
	switch {
	case w.goal == Runs, Address(w.machine) != "", HasNoAddress(TypeOf(w.machine)):
		return true
	case began.Sub(w.running) >= addressTime:
		w.noAddress = true
		return true
	}
	return false
}

func byID(rows []nebula.Instance, id nebula.ID) (nebula.Instance, bool) {
	for _, row := range rows {
		if row.ID == id {
			return row, true
		}
	}
	return nebula.Instance{}, false
}
