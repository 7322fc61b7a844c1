package nebula

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/cenkalti/backoff/v6"
	"golang.org/x/time/rate"

	"github.com/nebulablock/terraform-provider-nebula/internal/clock"
)

// Config is what a Client needs. The zero value of every field but BaseURL
// and Credential has a sound meaning.
type Config struct {
	// BaseURL is an address that ParseBaseURL accepted.
	BaseURL    string
	Credential Credential
	UserAgent  string
	// RequestTimeout bounds one HTTP try; 0 means 30 s.
	RequestTimeout time.Duration
	// MaxRetries is how often a call is sent again after a fault; waiting out
	// a 429 does not count. 0 turns retries off.
	MaxRetries int
	// MaxRequestsPerSecond paces all calls of the client together; 0 means
	// unpaced.
	MaxRequestsPerSecond float64
	// Clock measures all waits between tries; nil means the machine's.
	Clock clock.Clock
	// Transport replaces the HTTP transport in tests.
	Transport http.RoundTripper
	// BackOff makes the delays between the tries of one call; nil means
	// exponential with full jitter, at most 30 s.
	BackOff func() backoff.BackOff
	// Observe is told of every exchange with the server. It must not block.
	Observe func(context.Context, Exchange)
}

// Client speaks to one API with one credential. It is safe for concurrent use.
type Client struct {
	baseURL        string
	userAgent      string
	requestTimeout time.Duration
	maxRetries     int
	clock          clock.Clock
	transport      http.RoundTripper
	newBackOff     func() backoff.BackOff
	observe        func(context.Context, Exchange)
	limiter        *rate.Limiter
	gate           gate
	credential     credentialSource
	secrets        []string

	// unshared is the transport of calls that need a connection of their own.
	unshared http.RoundTripper
	// known is what the answers so far have shown of this API.
	known      knowledge
	serverTime serverTime
	// credentialMade and credentialRevoked say that a call of this client made
	// or revoked a credential, or may have.
	credentialMade, credentialRevoked atomic.Bool
}

// New makes a client. It calls nothing.
func New(cfg Config) (*Client, error) {
	base, err := ParseBaseURL(cfg.BaseURL)
	if err != nil {
		return nil, err
	}
	if cfg.Credential == nil {
		return nil, errors.New("no credential")
	}
	c := &Client{
		baseURL:        base,
		userAgent:      cfg.UserAgent,
		requestTimeout: cfg.RequestTimeout,
		maxRetries:     cfg.MaxRetries,
		clock:          cfg.Clock,
		newBackOff:     cfg.BackOff,
		observe:        cfg.Observe,
		transport:      cfg.Transport,
		secrets:        withEncodings(cfg.Credential.secrets()),
	}
	if c.requestTimeout <= 0 {
		c.requestTimeout = 30 * time.Second
	}
	if c.clock == nil {
		c.clock = clock.System()
	}
	if c.newBackOff == nil {
		c.newBackOff = fullJitter
	}
	if cfg.MaxRequestsPerSecond > 0 {
		c.limiter = rate.NewLimiter(rate.Limit(cfg.MaxRequestsPerSecond), 1)
	}
	if c.transport == nil {
		c.transport = newTransport()
	}
	c.unshared = withoutReuse(c.transport)
	c.credential = cfg.Credential.source(c)
	return c, nil
}

// String keeps the credential, which fmt would find among the fields, out of a
// stray %v.
func (c *Client) String() string { return "client of " + c.baseURL }

// GoString is String, for %#v.
func (c *Client) GoString() string { return c.String() }

// CloseIdleConnections ends the connections that wait for further calls.
func (c *Client) CloseIdleConnections() {
	if t, ok := c.transport.(interface{ CloseIdleConnections() }); ok {
		t.CloseIdleConnections()
	}
}

// IsOwnKey reports whether a fingerprint is that of the API key or the access
// token that the client was made with. A login has none.
func (c *Client) IsOwnKey(fingerprint string) bool {
	own, ok := c.credential.(fixed)
	return ok && Fingerprint(own.value) == fingerprint
}

// CredentialKind is the kind of credential the client was made with.
func (c *Client) CredentialKind() CredentialKind { return c.credential.kind() }
