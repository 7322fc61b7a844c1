// Package fakenebula is a stand-in for the Nebula Block Platform API. It keeps
// keys, checks credentials, journals every request and misbehaves when told.
//
// It speaks the literal JSON of the vendor's documentation and shares no type
// with the client in internal/nebula: were a field name wrong on both sides,
// the mistake would cancel out and every test would be green.
//
// A Server is an http.Handler. Start puts it on a port; Transport reaches it
// without sockets, so that tens of thousands of runs take seconds.
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

// IDStyle is the JSON type of ids. The vendor's pages show both.
type IDStyle int

// The two styles of ids.
const (
	// IntIDs are JSON numbers counting up from Options.FirstID.
	IntIDs IDStyle = iota
	// StringIDs are JSON strings that look like UUIDs.
	StringIDs
)

// LoginEncoding is the body that POST /login accepts. The documentation names
// the form type and shows a JSON body.
type LoginEncoding int

// What login accepts; the other encoding is answered with 415.
const (
	LoginBoth LoginEncoding = iota
	LoginForm
	LoginJSON
)

// SeedKey is an API key that exists from the start.
type SeedKey struct {
	Name        string
	Description string
	// Secret is the key itself; a random one when empty.
	Secret string
}

// Options set up a Server. The zero value is an API with no key and no user,
// listing at /api-keys, with int ids.
type Options struct {
	// Clock tells the time for tokens, hiding, delays and late commits; the
	// machine's when nil.
	Clock clock.Clock
	// BasePath is where the API is mounted, DefaultBasePath when empty.
	// Everything outside it is a plain-text 404.
	BasePath string
	// Seed makes ids and secrets the same on every run; 0 is a random seed.
	Seed uint64

	// APIKeys exist from the start, with the first ids, created directly.
	APIKeys []SeedKey
	// Users can log in: user name to password. They share the one account.
	Users map[string]string
	// LoginEncoding is what POST /login accepts, both when zero.
	LoginEncoding LoginEncoding

	// IDs is the JSON type of ids.
	IDs IDStyle
	// FirstID is the first int id, 1 when zero. Ids above 2^53 show a client
	// that goes through float64.
	FirstID uint64

	// ListRoutes are those of ListSpellings under which keys can be listed;
	// only "/api-keys" when empty.
	ListRoutes []string
	// OtherListStatus answers the remaining spellings, 404 when zero.
	OtherListStatus int
	// HideNewFor keeps a new key out of lists for that long.
	HideNewFor time.Duration
	// OneKey makes a create delete all keys that existed before it, the
	// credential of the call included.
	OneKey bool

	// RateLimit refuses requests above a rate; none when zero.
	RateLimit RateLimit
	// Latency delays every request, on the machine's clock whatever Clock is:
	// it is for benchmarks.
	Latency time.Duration
}

// Server is the fake. Its methods may be called at any time from any
// goroutine, from hooks too.
type Server struct {
	options Options
	clock   clock.Clock
	base    string
	routes  []route

	mu         sync.Mutex
	random     *rand.ChaCha8
	signingKey []byte
	keys       keyStore
	tokens     map[string]*token
	pending    []pendingCommit
	faults     []*armedFault
	journal    []*Request
	seq        int
	window     rateWindow
	onRequest  []func(Request)
	onResponse []func(Request)
}

// New is a Server with the given options. It starts nothing.
func New(options Options) *Server {
	s := &Server{
		options: options,
		clock:   options.Clock,
		random:  newRandom(options.Seed),
		tokens:  map[string]*token{},
	}
	if s.clock == nil {
		s.clock = clock.System()
	}
	s.base = "/" + strings.Trim(options.BasePath, "/")
	if s.base == "/" {
		s.base = DefaultBasePath
	}
	s.signingKey = s.randomBytes(32)
	s.keys = newKeyStore(max(options.FirstID, 1))
	s.routes = slices.Concat(
		loginRoutes(),
		apiKeyRoutes(options),
	)
	for _, seed := range options.APIKeys {
		s.addKey(seed.Name, seed.Description, seed.Secret, Actor{Via: ViaDirect}, s.clock.Now())
	}
	return s
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
