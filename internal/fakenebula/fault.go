package fakenebula

import (
	"slices"
	"time"
)

// Fault is one way to misbehave: which requests it hits, what becomes of the
// operation, and what the caller gets to see. The faults of practice:
//
//	refused connection     NotSent: ConnectionRefused()   (Transport only; on a port: Endpoint.Stop)
//	bad certificate        NotSent: UnknownAuthority()    (Transport only; on a port: StartTLS)
//	error envelope         Answer: Failed(422, "no")
//	200 with "failed"      Answer: Failed(200, "no")
//	page of a proxy        Answer: HTML(502)
//	redirect               Answer: Redirect(302, "/elsewhere")
//	429                    Answer: TooManyRequests("2")
//	lost request           Drop: true
//	lost answer            Drop: true, Commit: true       (with Reset: true, a TCP reset)
//	time-out               Hang: true, with or without Commit
//	late answer            Delay: time.Minute, or Until: channel
//	slow operation         Delay: time.Minute, ActLate: true
//	late commit            Drop: true, CommitAfter: time.Minute (or Hang, or Answer: HTML(504))
//	truncated body         Rewrite: Cut
//	stalled body           Rewrite: Stall
//	oversized body         Rewrite: Oversize
//	data: null             Rewrite: WithData("null")
//	missing field          Rewrite: WithoutField("id")
//	wrong JSON type        Rewrite: WithField("id", "{}")
//	repeated answer        Repeat: true (a proxy that answers from its cache)
//	more rows than shown   Rewrite: Both(FirstRows(1), WithMember("total", "3")), or WithHeader("Link", ...)
//	bytes after an answer  Rewrite: FollowedBy(func(a Answer) string { return a.Body })
//	stale list             Omit: func(o Object) bool { return o.ID == id }
type Fault struct {
	// Operation is what it hits; OpAny (the zero value) hits everything.
	Operation Operation
	// Match narrows it down further when not nil. The state is locked: Match
	// must not call the Server.
	Match func(Request) bool
	// Skip lets that many matching requests pass first.
	Skip int
	// Times is how often it strikes: 0 means once, -1 for ever.
	Times int

	// NotSent is the error of a request that never gets on the wire, so it is
	// in no journal and no hook sees it. Only Transport honours it.
	NotSent error

	// Answer, when its Status is set, is sent instead of the real one. The
	// operation is not carried out unless Commit or CommitAfter says so.
	Answer Answer
	// Repeat sends, as a proxy may, the answer that the newest request of the
	// same operation got which succeeded, and carries nothing out unless Commit or
	// CommitAfter says so. It does not strike before there is one. Nobody can tell
	// a refusal that is repeated from one that is meant.
	Repeat bool
	// Drop closes the connection without an answer. As with Answer, nothing
	// is carried out unless Commit or CommitAfter says so.
	//
	// Go's client resends a GET by itself when a reused connection breaks, so
	// over a port such a request can arrive twice.
	Drop bool
	// Reset makes Drop break the connection with a TCP reset, not an orderly
	// end.
	Reset bool
	// Hang never answers: the request ends with the caller's time-out, or
	// with the server. Nothing is carried out unless Commit or CommitAfter
	// says so.
	Hang bool
	// Commit carries the operation out although Answer, Drop or Hang keeps
	// its real answer from the caller.
	Commit bool
	// CommitAfter carries it out that much later on the server's clock. Only
	// the credential is checked on arrival.
	CommitAfter time.Duration

	// Rewrite changes the answer, the real one or Answer, before it is sent.
	Rewrite func(Answer) Answer
	// Omit leaves objects out of a list.
	Omit func(Object) bool

	// Delay holds everything above back on the server's clock, and Until
	// until the channel is closed. The operation is carried out first,
	// unless ActLate is set: then afterwards, also when the caller has left
	// during Delay, but not when it has left before Until. ActLate is for real
	// answers; with a replaced one, say CommitAfter.
	Delay   time.Duration
	Until   <-chan struct{}
	ActLate bool
}

// replaces says whether the caller gets something else than the operation's
// answer.
func (f Fault) replaces() bool { return f.Answer.Status != 0 || f.Repeat || f.Drop || f.Hang }

// check finds what cannot be meant. Such a fault would be a test that cannot
// fail.
func (f Fault) check() string {
	other := f.replaces() || f.Rewrite != nil || f.Omit != nil || f.Delay > 0 || f.Until != nil
	switch {
	case f.NotSent == nil && !other:
		return "does nothing"
	case f.NotSent != nil && other:
		return "a request that is not sent has no other fault"
	case f.Drop && f.Hang || (f.Drop || f.Hang) && (f.Answer.Status != 0 || f.Repeat || f.Rewrite != nil || f.Omit != nil):
		return "only one of Drop, Hang and an answer is possible"
	case f.Repeat && f.Answer.Status != 0:
		return "only one of Answer and Repeat is possible"
	case (f.Commit || f.CommitAfter > 0) && !f.replaces():
		return "Commit and CommitAfter need Answer, Repeat, Drop or Hang: otherwise the operation is carried out anyway"
	case f.Commit && f.CommitAfter > 0:
		return "only one of Commit and CommitAfter is possible"
	case f.Reset && !f.Drop:
		return "Reset needs Drop"
	case f.ActLate && f.Delay <= 0 && f.Until == nil:
		return "ActLate needs Delay or Until"
	case f.ActLate && f.replaces():
		return "ActLate needs the real answer; say CommitAfter"
	case f.replaces() && f.Omit != nil:
		return "Omit needs the real answer"
	}
	return ""
}

type armedFault struct {
	Fault
	skip int
	left int // -1 for ever
}

// Inject arms faults. A request is hit by the first armed fault that matches
// it. Inject panics on a fault that contradicts itself or does nothing.
func (s *Server) Inject(faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range faults {
		if problem := f.check(); problem != "" {
			panic("fakenebula: fault: " + problem)
		}
		left := f.Times
		if left == 0 {
			left = 1
		}
		s.faults = append(s.faults, &armedFault{Fault: f, skip: f.Skip, left: left})
	}
}

// ClearFaults disarms all faults.
func (s *Server) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// ArmedFaults is the number of faults that can still strike, so that a test
// can tell whether its fault has happened.
func (s *Server) ArmedFaults() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.faults)
}

// takeFault is the fault that hits the request, the zero Fault for none. It
// looks at the faults before sending, or at those after. The state is locked.
func (s *Server) takeFault(r Request, beforeSending bool) Fault {
	for i, f := range s.faults {
		switch {
		case beforeSending != (f.NotSent != nil),
			f.Operation != OpAny && f.Operation != r.Operation,
			f.Match != nil && !f.Match(r),
			f.Repeat && s.newest[r.Operation].Status == 0:
			continue
		case f.skip > 0:
			f.skip--
			continue
		}
		if f.left > 0 {
			f.left--
		}
		if f.left == 0 {
			s.faults = slices.Delete(s.faults, i, i+1)
		}
		return f.Fault
	}
	return Fault{}
}
