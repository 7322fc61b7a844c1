package instance_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

var lost = fakenebula.Fault{Operation: opCreate, Drop: true, Commit: true}

// After a lost answer a machine with a prefix is found, and nothing is made
// twice.
func TestLostAnswerWithPrefix(t *testing.T) {
	t.Parallel()
	s := newStage(t, fakenebula.Options{}).write(args(nil))
	s.API.Inject(lost)
	s.Apply().Expect(0)
	s.is(map[string]any{"id": "1", "status": "running"})
	s.IsTainted(this, false)
	s.Changed(acctest.Calls{opCreate: 1})
}

// A create that comes too late to be found is found by the next plan.
func TestLateCommitWithPrefix(t *testing.T) {
	t.Parallel()
	s := newStage(t, fakenebula.Options{}).write(args(nil))
	s.API.Inject(fakenebula.Fault{Operation: opCreate, Answer: fakenebula.HTML(504), CommitAfter: 10 * time.Minute})
	s.Apply().Expect(1, "No list has shown an instance named", "be billed: $0.697 per hour", "in the state as tainted, without an id", "terraform untaint")
	s.is(map[string]any{"id": nil, "status": nil, "price_per_hour": nil})
	s.IsTainted(this, true)
	s.Plan().Expect(2, "Instance not found yet")
	s.Clock.Advance(10 * time.Minute)
	s.Apply("-refresh-only").Expect(0, "Instance found after a lost answer")
	s.is(map[string]any{"id": "1", "status": "running", "user_name": "ubuntu"})
	s.IsTainted(this, true)
	s.Untaint(this)
	s.Plan().Expect(0)
	s.Changed(acctest.Calls{opCreate: 1})
}

// One that never comes is forgotten after 30 minutes, and told.
func TestNeverMade(t *testing.T) {
	t.Parallel()
	for name, a := range map[string]rehearsal.Args{"prefix": args(nil), "name": exact(nil)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, fakenebula.Options{}).write(a)
			s.API.Inject(fakenebula.Fault{Operation: opCreate, Drop: true})
			s.Apply().Expect(1)
			if name == "name" {
				s.Destroy().Expect(1, "it may still appear, and be billed", "Destroy again in half an hour.")
				s.is(map[string]any{"id": nil})
			}
			s.Clock.Advance(26 * time.Minute) // and the two for which it was looked for
			s.Plan().Expect(2, "Instance not found yet")
			s.Clock.Advance(4 * time.Minute)
			s.Plan().Expect(2, "Instance without id removed from the state", "create")
			s.Apply().Expect(0)
			s.holds("1")
			s.Changed(acctest.Calls{opCreate: 2})
		})
	}
}

// An entry without an id that somebody untaints is replaced all the same: nobody
// knows what it is.
func TestUntaintedWithoutID(t *testing.T) {
	t.Parallel()
	s := newStage(t, fakenebula.Options{}).write(args(nil))
	s.API.Inject(fakenebula.Fault{Operation: opCreate, Drop: true})
	s.Apply().Expect(1)
	s.Untaint(this)
	s.Plan().Expect(2, "must be replaced")
	s.Apply().Expect(0, "Instance may still appear")
	s.holds("1")
}

// Two machines with one token are named, and neither is taken over.
func TestTokenTwice(t *testing.T) {
	t.Parallel()
	s := newStage(t, fakenebula.Options{}).write(args(nil))
	s.API.Inject(fakenebula.Fault{Operation: opCreate, Drop: true})
	s.Apply().Expect(1)
	name := s.Workspace.State(this).Object.Text("name")
	s.API.AddInstance(name)
	s.API.AddInstance(name)
	s.Plan().Expect(2, "Instance without id", "1, 2")
	s.is(map[string]any{"id": nil})
}

// A panic under way leaves the machine in the state.
func TestPanicAfterTheCreate(t *testing.T) {
	t.Parallel()
	s := newStage(t, fakenebula.Options{}).write(args(nil))
	s.Wrap = func(next http.RoundTripper) http.RoundTripper {
		return roundTripper(func(r *http.Request) (*http.Response, error) {
			if strings.Contains(r.URL.Path, "/computing/instance/") {
				panic("no detail")
			}
			return next.RoundTrip(r)
		})
	}
	s.Apply().Expect(1)
	s.is(map[string]any{"id": "1"})
	s.IsTainted(this, true)
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// The price is looked up just before each machine is paid, however long the
// apply has lasted.
func TestPriceRisesDuringTheApply(t *testing.T) {
	t.Parallel()
	s := newStage(t, slow())
	dear := rehearsal.Args{"max_price_per_hour": 1.0}
	s.With(rehearsal.Block("nebula_instance.a", args(dear)), rehearsal.Block("nebula_instance.b", args(dear), "nebula_instance.a"))
	s.API.OnRequest(func(r fakenebula.Request) {
		if r.Operation == opCreate {
			s.API.SetProduct(aProduct, func(p *fakenebula.Product) { p.PricePerHour = "1.01" })
		}
	})
	s.Apply().Expect(1, "$1.01 per hour) costs more than max_price_per_hour")
	s.holds("1")
}

// A destroy looks for the name once more, and deletes what it finds.
func TestDestroyOfUndecided(t *testing.T) {
	t.Parallel()
	s := newStage(t, fakenebula.Options{}).write(args(nil))
	s.API.Inject(fakenebula.Fault{Operation: opCreate, Drop: true, CommitAfter: 5 * time.Minute})
	s.Apply().Expect(1)
	s.Clock.Advance(5 * time.Minute)
	s.Destroy().Expect(0)
	s.HasNothing()
	s.holds()
	s.Changed(acctest.Calls{opCreate: 1, opDelete: 1})

	s.API.Inject(fakenebula.Fault{Operation: opCreate, Drop: true})
	s.Apply().Expect(1)
	s.Destroy().Expect(0, "Instance may still appear")
	s.HasNothing()
}

// After a lost answer a machine with a plain name is never taken over: it is
// named, a destroy is refused while it lives, and the import block works.
func TestLostAnswerWithName(t *testing.T) {
	t.Parallel()
	s := newStage(t, fakenebula.Options{}).write(exact(nil))
	s.API.Inject(lost)
	s.Apply().Expect(1, "Nothing proves", `1 ("train", running, $0.697 per hour)`, `id = "1"`, "terraform state rm")
	s.is(map[string]any{"id": nil, "name": "train"})
	s.IsTainted(this, true)
	s.Plan().Expect(2, "Instance without id", `1 ("train", running`)
	s.Clock.Advance(time.Hour)
	s.Destroy().Expect(1, `1 ("train", running, $0.697 per hour)`, `State: Instance "train" stays in the state, without an id.`)
	s.Apply().Expect(1)
	s.holds("1")
	s.Changed(acctest.Calls{opCreate: 1})
	s.Forget(this)
	s.take("1").Expect(0)
	s.Plan().Expect(2, "update", "Arguments cannot be compared")
	s.Apply().Expect(0)
	s.Plan().Expect(0)
}

// When the answers to several creates get lost for one reason, the error of each
// tells of its own machine, with its price and its import block.
func TestLostAnswersWithNames(t *testing.T) {
	t.Parallel()
	s := newStage(t, fakenebula.Options{})
	for _, name := range []string{"a", "b", "c"} {
		s.Resources = append(s.Resources, rehearsal.Block("nebula_instance."+name, exact(rehearsal.Args{"name": name})))
	}
	fault := lost
	fault.Times = -1
	s.API.Inject(fault)
	result := s.Apply()
	for _, machine := range s.API.Instances() {
		result.Expect(1, fmt.Sprintf("%s (%q, running, $0.697 per hour)", machine.ID, machine.Name), fmt.Sprintf("id = %q", machine.ID))
	}
	s.holds("1", "2", "3")
}

// After kill -9 the next apply refuses, loudly, and its import block works.
func TestKilledCreateWithName(t *testing.T) {
	t.Parallel()
	s := newStage(t, fakenebula.Options{}).write(exact(nil))
	s.kill(opCreate)
	s.HasNothing()
	s.holds("1")
	s.Apply().Expect(1, `The account has an instance named "train" already.`, `1 ("train", running, $0.697 per hour)`, `id = "1"`)
	s.take("1").Expect(0)
	s.Apply().Expect(0)
	s.Plan().Expect(0)
	s.Changed(acctest.Calls{opCreate: 1})
}

// kill plays an apply that is killed at the first request of an operation.
func (s *stage) kill(op fakenebula.Operation) {
	s.t.Helper()
	s.meet(op, (*rehearsal.Process).Kill)
	s.Apply().Expect(1)
}

// meet does something to the process that sends the first request of an
// operation.
func (s *stage) meet(op fakenebula.Operation, do func(*rehearsal.Process)) {
	process := make(chan *rehearsal.Process, 10)
	s.Around = func(p *rehearsal.Process, _ string) func() {
		select {
		case process <- p:
		default:
		}
		return func() {}
	}
	done := false
	s.API.OnRequest(func(r fakenebula.Request) {
		if r.Operation == op && !done {
			done = true
			var last *rehearsal.Process
			for len(process) > 0 {
				last = <-process
			}
			do(last)
		}
	})
}

// How a create ends that has made its machine: the state knows it, whatever
// becomes of the wait.
func TestWaitEnds(t *testing.T) {
	t.Parallel()
	ends := func(d fakenebula.Deployment) fakenebula.Options {
		return fakenebula.Options{Instances: fakenebula.InstanceOptions{DeployTime: time.Minute, Deployments: func(string) fakenebula.Deployment { return d }}}
	}
	for name, test := range map[string]struct {
		options fakenebula.Options
		args    rehearsal.Args
		code    int
		want    []string
		tainted bool
	}{
		"never ready": {ends(fakenebula.DeployHangs), args(nil), 1,
			[]string{"deploying, $0.697 per hour) is not running with an address after 30 minutes", "exists and may be billed", "terraform untaint ADDRESS", "in the state as tainted, with its id"}, true},
		"failed":       {ends(fakenebula.DeployFails), args(nil), 1, []string{"has failed", "may be billed until it is deleted"}, true},
		"not waited":   {ends(fakenebula.DeployHangs), args(rehearsal.Args{"wait_for": "none"}), 0, nil, false},
		"no address":   {fakenebula.Options{Instances: fakenebula.InstanceOptions{AddressAfter: time.Hour}}, args(nil), 0, []string{"Instance has no address yet"}, false},
		"only running": {fakenebula.Options{Instances: fakenebula.InstanceOptions{AddressAfter: time.Hour}}, args(rehearsal.Args{"wait_for": "running"}), 0, nil, false},
		"container":    {fakenebula.Options{}, args(rehearsal.Args{"product_id": container, "image": nil, "image_id": "fcp66d566c93a95010012"}), 0, nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, test.options).write(test.args)
			result := s.Apply().Expect(test.code, test.want...)
			if test.want == nil {
				result.ExpectNot("Warning:")
			}
			s.is(map[string]any{"id": "1"})
			s.IsTainted(this, test.tainted)
			if test.tainted {
				s.Destroy().Expect(0)
				s.holds()
			}
		})
	}
}

// The first Ctrl-C while it waits leaves the machine untainted, with a warning.
func TestInterruptedWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := inBubble(t, fakenebula.Options{Instances: fakenebula.InstanceOptions{DeployTime: 10 * time.Minute}}).write(args(nil))
		lists := 0
		var process *rehearsal.Process
		s.Around = func(p *rehearsal.Process, _ string) func() { process = p; return func() {} }
		s.API.OnRequest(func(r fakenebula.Request) {
			if lists++; r.Operation == opList && lists == 8 {
				process.Interrupt()
			}
		})
		s.Apply().Expect(0, "Instance is not ready yet", "It is not tainted", "may be billed").ExpectNot("could not be read")
		s.is(map[string]any{"id": "1", "status": "deploying"})
		s.IsTainted(this, false)
		pass(10 * time.Minute)
		s.Plan().Expect(0)
		s.Apply("-refresh-only").Expect(0)
		s.is(map[string]any{"status": "running", "public_ipv4": "203.0.113.2", "user_name": "ubuntu"})
		pass(10 * time.Minute)
	})
}
