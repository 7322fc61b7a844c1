package nebula

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"
)

// Exchange is what may be known of one try: never a body, never a header.
type Exchange struct {
	Method, Route string
	// Status is 0 when no answer came; Err says why, without secrets.
	Status   int
	Err      string
	Duration time.Duration
	// Bytes is the size of the answer's body.
	Bytes int
	Try   int
}

// newFailure is a failure of which nothing but the call is known.
func (c *Client) newFailure(call call, try int) *APIError {
	e := &APIError{
		Method: call.method, Route: call.target.route, URL: c.baseURL + call.target.path,
		Tries: try, RetryAfter: -1, Credential: c.credential.kind(),
	}
	if call.bearer != "" {
		e.Credential = KindAPIKey
	}
	return e
}

// try sends a call once. A failure says, by its class, whether the server may
// have acted. The error is that of the call's own body, which could not be made.
func (c *Client) try(ctx context.Context, call call, bearer string, number int) (*APIError, error) {
	var content []byte
	if call.body != nil {
		var err error
		if content, err = call.body(); err != nil {
			return nil, err
		}
	}
	started := c.clock.Now()
	fail := c.newFailure(call, number)
	size, ok := c.exchange(ctx, call, content, bearer, fail)
	if call.effect != nil && (ok || fail.Class == Ambiguous) {
		call.effect.Store(true)
	}
	if bearer != "" && call.bearer == "" && fail.Status >= 200 && fail.Status < 500 && fail.Status != http.StatusUnauthorized {
		c.credential.accepted(bearer)
	}
	if c.observe != nil {
		exchange := Exchange{Method: call.method, Route: call.target.route, Status: fail.Status, Duration: c.clock.Now().Sub(started), Bytes: size, Try: number}
		if !ok {
			exchange.Err = fail.Error()
		}
		c.observe(ctx, exchange)
	}
	if ok {
		return nil, nil //nolint:nilnil // neither failed
	}
	return fail, nil
}

// exchange sends a call once and tells whether it succeeded. It fills in fail
// with what there is to say otherwise; size is that of the answer's body.
func (c *Client) exchange(ctx context.Context, call call, content []byte, bearer string, fail *APIError) (size int, ok bool) {
	// The time-out of a try is about real sockets, so it runs on real time.
	timeout := c.requestTimeout
	if left, ok := c.clock.Remaining(ctx); ok {
		timeout = min(timeout, left)
	}
	if call.finish {
		ctx = context.WithoutCancel(ctx)
	}
	tryCtx, cancel := context.WithTimeout(ctx, timeout) //nolint:forbidigo // sockets know no other clock than the machine's
	defer cancel()
	var written atomic.Bool
	req, err := c.newRequest(httptrace.WithClientTrace(tryCtx, traceWritten(&written)), call, content, bearer)
	if err != nil {
		fail.Class, fail.Reason = NotSent, "the request could not be built"
		return 0, false
	}
	transport := c.transport
	if call.ownConnection {
		req.Close, transport = true, c.unshared
	}
	// The transport itself, not an http.Client: that would follow redirects,
	// which carry the credential to another place.
	resp, err := transport.RoundTrip(req)
	if err != nil {
		c.noAnswer(fail, err, written.Load(), bearer)
		return 0, false
	}
	defer func() { _ = resp.Body.Close() }()
	fail.Status = resp.StatusCode
	if resp.StatusCode == http.StatusUnauthorized && call.bearer == "" && !call.anonymous {
		// That another key is not accepted (yet) says nothing about the
		// credential that this client uses.
		fail.AfterCreate, fail.AfterDelete = c.credentialMade.Load(), c.credentialRevoked.Load()
	}
	body, err := readBody(resp)
	if err != nil {
		fail.cause = err
		fail.Reason = err.Error()
		c.classify(fail, resp.Header, false)
		return 0, false
	}
	ok = c.accept(call, answer{status: resp.StatusCode, header: resp.Header, body: body}, content, bearer, fail)
	if ok {
		c.serverTime.learn(resp.Header, c.clock.Now())
	}
	return len(body), ok
}

// noAnswer describes a try to which no answer came.
func (c *Client) noAnswer(fail *APIError, err error, written bool, bearer string) {
	reason, cause := transportReason(err, written)
	fail.Reason, fail.cause = c.clean(reason, bearer), cause
	if !written {
		fail.Class = NotSent
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		fail.Class, fail.Certificate = NotSent, true
	}
}

// newRequest has no header that makes a request repeatable: net/http sends
// requests with an Idempotency-Key a second time by itself.
func (c *Client) newRequest(ctx context.Context, call call, content []byte, bearer string) (*http.Request, error) {
	var body io.Reader
	if call.body != nil {
		body = bytes.NewReader(content)
	}
	req, err := http.NewRequestWithContext(ctx, call.method, c.baseURL+call.target.requestURI(), body)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/json")
	if call.accept != "" {
		req.Header.Set("Accept", call.accept)
	}
	if call.contentType != "" {
		req.Header.Set("Content-Type", call.contentType)
	}
	if c.userAgent != "" {
		req.Header.Set("User-Agent", c.userAgent)
	}
	if bearer != "" {
		req.Header.Set("Authorization", "Bearer "+bearer)
	}
	return req, nil
}

// traceWritten notes whether the request's headers were written to a
// connection. Before that the server cannot have acted. The transport takes
// another connection by itself only when nothing was written to the last one
// (or for a GET), so the note starts again with each.
func traceWritten(written *atomic.Bool) *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		GetConn:      func(string) { written.Store(false) },
		WroteHeaders: func() { written.Store(true) },
	}
}
