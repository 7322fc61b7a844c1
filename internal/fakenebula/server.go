package fakenebula

import (
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/clock"
)

// DefaultBasePath is where the real API is mounted. It is not empty, so that a
// client which builds absolute paths is caught.
const DefaultBasePath = "/api/v1"

// Server is the fake. Its methods may be called at any time from any
// goroutine, from hooks too.
type Server struct {
	options Options
	clock   clock.Clock
	base    string
	things  []thing
	routes  []route

	mu          sync.Mutex
	random      *rand.ChaCha8
	signingKey  []byte
	ledgers     []ledger
	credentials map[string]*credential // by secret
	pending     []pendingCommit
	faults      []*armedFault
	newest      map[Operation]Answer // that callers got, for Fault.Repeat
	journal     []*Request
	seq         int
	window      rateWindow
	onRequest   []func(Request)
	onResponse  []func(Request)
}

// thing is one part of the API: a kind of object, or a service.
type thing interface {
	routes() []route
}

// New is a Server with the given options. It starts nothing.
func New(options Options) *Server {
	s := &Server{
		options:     options.resolved(),
		clock:       options.Clock,
		random:      newRandom(options.Seed),
		credentials: map[string]*credential{},
		newest:      map[Operation]Answer{},
	}
	if s.clock == nil {
		s.clock = clock.System()
	}
	s.base = "/" + strings.Trim(options.BasePath, "/")
	if s.base == "/" {
		s.base = DefaultBasePath
	}
	s.signingKey = s.randomBytes(32)
	s.things = contents(s)
	for _, t := range s.things {
		s.routes = append(s.routes, t.routes()...)
	}
	return s
}

// thingOf is the server's thing of that type.
func thingOf[T thing](s *Server) T {
	for _, t := range s.things {
		if found, ok := t.(T); ok {
			return found
		}
	}
	panic("fakenebula: the thing is not in the table of contents")
}

// Operations are all that the API can be asked for, in the order of the
// contents.
func (s *Server) Operations() []Operation {
	var all []Operation
	for _, r := range s.routes {
		if !slices.Contains(all, r.operation) {
			all = append(all, r.operation)
		}
	}
	return all
}

// pendingCommit is an accepted request whose effect comes later.
type pendingCommit struct {
	due time.Time
	act func(at time.Time)
}

// enter locks the state and first carries out what has fallen due, so that a
// late commit needs no timer. It returns the present instant.
func (s *Server) enter() time.Time {
	s.mu.Lock()
	now := s.clock.Now()
	slices.SortStableFunc(s.pending, func(a, b pendingCommit) int { return a.due.Compare(b.due) })
	for len(s.pending) > 0 && !s.pending[0].due.After(now) {
		next := s.pending[0]
		s.pending = s.pending[1:]
		next.act(next.due)
	}
	return now
}
