package fakenebula

import (
	"maps"
	"net/http"
	"slices"
	"time"
)

// Request is a request in the journal. It holds no secret.
type Request struct {
	Seq       int // counts from 1, in the order of arrival
	Time      time.Time
	Operation Operation
	Method    string
	Path      string // escaped, with the base path
	// Status is 0 when no answer was sent, or none yet.
	Status int
	// Bytes is the length of the answer's body.
	Bytes int
	// CredentialKind is CredentialNone where no credential is asked for.
	CredentialKind CredentialKind
	// CredentialID is the id of the key, or the user of the token.
	CredentialID string
	// Changes says that the request asks for a change: its route says so, or it
	// has no route and a method other than GET and HEAD.
	Changes bool
	// ObjectID is the object that a create made, or that the path names.
	ObjectID string
	// ObjectName is the name that the request gives to its object.
	ObjectName string
	// Facts are what else the request says, by names that its thing defines.
	Facts map[string]string

	ContentType string // of the request
	UserAgent   string
	// HeaderNames are the canonical names of all headers, sorted.
	HeaderNames []string
	// RemoteAddr tells connections apart; empty without sockets.
	RemoteAddr string
}

// describe fills in the entry of a request that has just been read.
func describe(r *http.Request, c *call) {
	c.entry = &Request{
		Operation: OpOther, Method: r.Method, Path: r.URL.EscapedPath(),
		CredentialKind: CredentialNone, ObjectID: c.id,
		ContentType: r.Header.Get("Content-Type"), UserAgent: r.UserAgent(),
		RemoteAddr: r.RemoteAddr,
	}
	for name := range r.Header {
		c.entry.HeaderNames = append(c.entry.HeaderNames, name)
	}
	slices.Sort(c.entry.HeaderNames)
	switch {
	case c.route != nil:
		c.entry.Operation, c.entry.Changes = c.route.operation, c.route.changes
		if c.route.describe != nil {
			c.route.describe(c)
		}
	case c.absent:
		c.entry.Operation = OpAbsent
	default:
		c.entry.Changes = r.Method != http.MethodGet && r.Method != http.MethodHead
	}
}

// copied is the entry for readers outside of the lock.
func (r *Request) copied() Request {
	c := *r
	c.Facts = maps.Clone(r.Facts)
	return c
}

// record puts a request into the journal and returns the hooks to call.
func (s *Server) record(c *call) []func(Request) {
	now := s.enter()
	defer s.mu.Unlock()
	if c.route == nil || !c.route.open {
		s.authorized(c, now) // for the journal; what counts is the moment of acting
	}
	s.seq++
	c.entry.Seq, c.entry.Time = s.seq, now
	s.journal = append(s.journal, c.entry)
	return slices.Clone(s.onRequest)
}

// snapshot is the call's journal entry as it stands.
func (s *Server) snapshot(c *call) Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return c.entry.copied()
}

// acted notes the answer, the zero Answer for none, and calls the hooks.
func (s *Server) acted(c *call, answer Answer) {
	s.mu.Lock()
	c.entry.Status, c.entry.Bytes = answer.Status, answer.size()
	hooks := slices.Clone(s.onResponse)
	s.mu.Unlock()
	for _, hook := range hooks {
		hook(s.snapshot(c))
	}
}

// unanswered notes that the answer got lost on its way.
func (s *Server) unanswered(c *call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c.entry.Status, c.entry.Bytes = 0, 0
}

// Journal is all requests since the start or the last ResetJournal, in the
// order of their arrival.
func (s *Server) Journal() []Request {
	s.enter()
	defer s.mu.Unlock()
	all := make([]Request, len(s.journal))
	for i, entry := range s.journal {
		all[i] = entry.copied()
	}
	return all
}

// Count is the number of requests in the journal for an operation, OpAny for
// all.
func (s *Server) Count(operation Operation) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, entry := range s.journal {
		if operation == OpAny || entry.Operation == operation {
			n++
		}
	}
	return n
}

// ResetJournal forgets the requests so far; Seq goes on counting.
func (s *Server) ResetJournal() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.journal = nil
}

// OnRequest adds a hook that sees every request before anything is done about
// it. Hooks run on the request's goroutine, several at once when requests do,
// and may call any method of Server; what they inject holds for this request.
func (s *Server) OnRequest(hook func(Request)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.onRequest = append(s.onRequest, hook)
}

// OnResponse adds a hook that sees every request after it was carried out and
// before the answer is sent, or held back, or lost.
func (s *Server) OnResponse(hook func(Request)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.onResponse = append(s.onResponse, hook)
}
