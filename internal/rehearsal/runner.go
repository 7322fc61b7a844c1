package rehearsal

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/clock"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
)

// Runner is a workspace whose commands run in the rounds of a schedule, at the
// same time as those of others. Its requests take time, and what befalls them
// follows from the seed, in whatever order goroutines run.
type Runner struct {
	*Workspace
	Schedule *Schedule
	API      *fakenebula.Server
	// Number tells the runner from the others; Round is the one at hand.
	Number, Round int

	mu      sync.Mutex
	running *Process
	hit     func(*Process) // what befalls every process from now on
}

// Sent is a request that a process of a Runner is about to send.
type Sent struct {
	*http.Request
	// Number is that of the request in its process, counted from 1, and Round
	// the one in which the process began: a list that nobody waits for goes on
	// into the next.
	Number, Round int
	// Rand is the chance that belongs to the request.
	Rand *rand.Rand

	label string
}

// Is says that the request that the fake has got is this one.
func (s Sent) Is(q fakenebula.Request) bool { return q.UserAgent == s.label }

// Read reads the JSON of the body, which is sent all the same.
func (s Sent) Read(into any) {
	body, err := io.ReadAll(s.Body)
	if err != nil || json.Unmarshal(body, into) != nil {
		panic("the body of a request cannot be read")
	}
	s.Body = io.NopCloser(bytes.NewReader(body))
}

// Begin begins a round, in which nothing has befallen anything yet.
func (r *Runner) Begin(round int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.Round, r.running, r.hit = round, nil, nil
}

// Label names what a command does in the round at hand. The fake sees it in
// front of the user agent of each request.
func (r *Runner) Label(command string) string {
	return fmt.Sprintf("%d.%d %s", r.Number, r.Round, command)
}

// Stagger puts what happens at once in an order that repeats itself. It is for
// Workspace.Around.
func (r *Runner) Stagger(p *Process, address string) {
	r.Schedule.Wait(time.Duration(r.Schedule.Source("start %s %s", r.Label(p.Command), address).IntN(1000)))
}

// Strike has something befall the process that runs after a while, and those
// after it in the round, and counts that. Stop calls it off.
func (r *Runner) Strike(after time.Duration, what string, hit func(*Process)) (stop func()) {
	ctx, stop := context.WithCancel(context.Background())
	go func() {
		if clock.System().Sleep(ctx, after) != nil {
			return
		}
		counted := func(p *Process) {
			r.Schedule.Count(what, 1)
			hit(p)
		}
		r.mu.Lock()
		p := r.running
		r.hit = counted
		r.mu.Unlock()
		if p != nil {
			counted(p)
		}
	}()
	return stop
}

// IfRuns does something if a process is the one that runs now, and not one that
// has ended and has left requests behind. The next round does not begin
// meanwhile.
func (r *Runner) IfRuns(p *Process, do func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.running == p {
		do()
	}
}

// longestPause bounds what a request takes on either way.
const longestPause = 100 * time.Millisecond

// Wire is what lies between a process and the API. Meet gets each request once
// it is on its way.
func (r *Runner) Wire(p *Process, meet func(Sent)) http.RoundTripper {
	r.mu.Lock()
	r.running = p
	hit := r.hit
	r.mu.Unlock()
	if hit != nil {
		defer hit(p)
	}
	round, process := r.Round, r.Label(p.Command)
	pause := func(random *rand.Rand) { r.Schedule.Wait(time.Duration(random.Int64N(int64(longestPause)))) }
	next := r.API.Transport()
	return p.Wire(roundTripper(func(q *http.Request) (*http.Response, error) {
		response, err := next.RoundTrip(q)
		if err == nil {
			pause(r.Schedule.Source("back %s", q.UserAgent()))
		}
		return response, err
	}), func(n int, q *http.Request) error {
		sent := Sent{Request: q, Number: n, Round: round, label: fmt.Sprintf("%s #%d", process, n)}
		sent.Rand = r.Schedule.Source("call %s", sent.label)
		pause(sent.Rand)
		q.Header.Set("User-Agent", sent.label) // the fake's faults know the request by it
		meet(sent)
		return nil
	})
}

// Inject arms a fault for a request.
func (r *Runner) Inject(sent Sent, fault fakenebula.Fault) {
	fault.Match = sent.Is
	r.API.Inject(fault)
}

// Spoil is Inject for what a schedule counts as one of its faults.
func (r *Runner) Spoil(sent Sent, fault fakenebula.Fault) {
	r.Inject(sent, fault)
	r.Schedule.Count("faults", 1)
}

// Heard notes what people were told by a command.
func (r *Runner) Heard(command string, report *Report) {
	r.Schedule.Heard(r.Label(command), report)
}
