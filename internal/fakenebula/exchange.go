package fakenebula

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"math"
	"net"
	"net/http"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/clock"
)

// maxRequestBody bounds what the fake reads of a request.
const maxRequestBody = 1 << 20

// droppedError is the error of a connection that gets no answer.
type droppedError struct{ reset bool }

func (droppedError) Error() string { return "fakenebula: connection dropped" }

// ServeHTTP answers over a real connection.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c, err := s.receive(r)
	if err != nil {
		panic(http.ErrAbortHandler) // the caller left while sending
	}
	answer, err := s.exchange(r.Context(), c)
	if err != nil {
		if errors.Is(err, droppedError{reset: true}) {
			reset(w)
		}
		panic(http.ErrAbortHandler)
	}
	answer.write(r.Context(), w)
}

// reset breaks the connection off.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return // the caller aborts it
	}
	raw := conn
	if secured, ok := conn.(*tls.Conn); ok {
		raw = secured.NetConn()
	}
	if tcp, ok := raw.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // close at once, with a reset
	}
	_ = raw.Close()
}

// receive reads a request and finds its route; it changes nothing.
func (s *Server) receive(r *http.Request) (*call, error) {
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(io.LimitReader(r.Body, maxRequestBody)); err != nil {
			return nil, err
		}
	}
	c := &call{header: r.Header, query: r.URL.Query(), body: body}
	s.find(r, c)
	describe(r, c)
	return c, nil
}

// exchange carries a request out, misbehaving as told. An error means that the
// caller gets no answer: droppedError, or the reason why the caller left.
func (s *Server) exchange(ctx context.Context, c *call) (Answer, error) {
	hooks := s.record(c)
	for _, hook := range hooks {
		hook(s.snapshot(c))
	}
	// A caller that leaves ends the latency early. What has arrived is carried
	// out all the same: a server does not know who still waits.
	_ = wait(ctx, clock.System(), s.options.Latency)

	now := s.enter()
	answer, limited := s.limit(now)
	var fault Fault
	if !limited {
		fault = s.takeFault(*c.entry, false)
	}
	s.mu.Unlock()

	if fault.ActLate {
		if err := s.hold(ctx, fault); err != nil {
			s.actAt(c, fault, now)
			return Answer{}, err
		}
	}
	if !limited {
		answer = s.act(c, fault)
	}
	if fault.Drop || fault.Hang {
		answer = Answer{}
	}
	if answer.Status != 0 && !s.options.Dateless {
		answer = WithHeader("Date", s.clock.Now().UTC().Format(http.TimeFormat))(answer)
	}
	s.acted(c, answer)
	err := s.lose(ctx, fault)
	if err != nil {
		s.unanswered(c)
	}
	return answer, err
}

// lose waits as the fault says and returns an error when no answer gets out.
func (s *Server) lose(ctx context.Context, fault Fault) error {
	if !fault.ActLate {
		if err := s.hold(ctx, fault); err != nil {
			return err
		}
	}
	if fault.Hang {
		return s.wait(ctx, forever)
	}
	if fault.Drop {
		return droppedError{fault.Reset}
	}
	return nil
}

// act carries the operation out as far as the fault lets it and says what to
// answer.
func (s *Server) act(c *call, fault Fault) Answer {
	now := s.enter()
	defer s.mu.Unlock()
	c.omit = fault.Omit
	var answer Answer
	switch {
	case fault.CommitAfter > 0:
		// The credential counts now: the request is accepted, its effect waits.
		if c.route != nil && (c.route.open || s.authorized(c, now)) {
			s.pending = append(s.pending, pendingCommit{now.Add(fault.CommitAfter), func(at time.Time) { c.route.handle(c, at) }})
		}
	case !fault.replaces() || fault.Commit:
		answer = s.serve(c, now)
	}
	switch {
	case fault.Answer.Status != 0:
		answer = fault.Answer
	case fault.Repeat:
		answer = s.newest[c.entry.Operation]
	case !fault.replaces() && answer.succeeds():
		s.newest[c.entry.Operation] = answer
	}
	if fault.Rewrite != nil {
		answer = fault.Rewrite(answer)
	}
	return answer
}

// actAt keeps the promise of ActLate to a caller that left during Delay.
func (s *Server) actAt(c *call, fault Fault, arrived time.Time) {
	if fault.Until != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pending = append(s.pending, pendingCommit{arrived.Add(fault.Delay), func(at time.Time) { s.serve(c, at) }})
}

// serve is the well-behaved API. The state is locked.
func (s *Server) serve(c *call, at time.Time) Answer {
	switch {
	case c.route == nil:
		return c.miss
	case !c.route.open && !s.authorized(c, at):
		return s.refuse(http.StatusUnauthorized, "Could not validate credentials")
	default:
		return c.route.handle(c, at)
	}
}

// forever is a wait that only the caller ends.
const forever = time.Duration(math.MaxInt64)

// hold keeps an answer back for as long as the fault says.
func (s *Server) hold(ctx context.Context, fault Fault) error {
	if fault.Delay > 0 {
		if err := s.wait(ctx, fault.Delay); err != nil {
			return err
		}
	}
	if fault.Until == nil {
		return nil
	}
	select {
	case <-fault.Until:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// wait passes d on the server's clock, or less when the caller gives up.
func (s *Server) wait(ctx context.Context, d time.Duration) error { return wait(ctx, s.clock, d) }

// wait passes d on the clock, or less when the caller's time-out comes first:
// then the clock stands at the time-out, as it would for a caller that waited
// in vain.
func wait(ctx context.Context, c clock.Clock, d time.Duration) error {
	left, bounded := c.Remaining(ctx)
	if bounded && d < left || !bounded && d != forever {
		return c.Sleep(ctx, d)
	}
	if _, ends := ctx.Deadline(); ends || !bounded {
		<-ctx.Done()
		return context.Cause(ctx)
	}
	if err := c.Sleep(ctx, left); err != nil {
		return err
	}
	return context.DeadlineExceeded
}
