package nebula

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"

	"github.com/cenkalti/backoff/v6"
)

// maxBody caps an answer's body; a longer one is no answer.
const maxBody = 16 << 20

// call is one operation of the API, which may take several tries.
type call struct {
	method string
	// route is the template that errors and logs name; path is what is sent.
	route, path string
	// body makes what is sent, for each try; nil sends nothing.
	body        func() ([]byte, error)
	contentType string
	// anonymous calls carry no credential; bearer overrides the client's.
	anonymous bool
	bearer    string
	// retry says whether a fault may be answered by sending the call again.
	retry func(*APIError) bool
	// decode takes what it needs from a success and returns what is wrong with
	// it, or "". A success that lacks what it must have is ambiguous.
	decode func(body []byte) (wrong string)
	// maxFaults lowers the client's MaxRetries where it is positive.
	maxFaults int
	// finish lets a try that has begun come to its end when the caller is
	// interrupted: breaking off a call that changes things would only make
	// its outcome unknown. Waits between tries still end at once.
	finish bool
}

// do sends a call until it succeeds or must not be sent again. The error is an
// *APIError, a *CredentialError or the context's.
func (c *Client) do(ctx context.Context, call call) error {
	maxFaults := c.maxRetries
	if call.maxFaults > 0 {
		maxFaults = min(maxFaults, call.maxFaults)
	}
	var (
		faults  int
		renewed bool
		// acted is set once a try may have been acted on. A later try that
		// was never sent does not take that back.
		acted   bool
		last    *APIError
		faulted = c.newBackOff()
		limited = c.newBackOff()
	)
	for try := 1; ; try++ {
		// A try that must be let finish is never begun for a caller that has
		// already left.
		if ctx.Err() != nil {
			return gaveUp(ctx, last, context.Cause(ctx))
		}
		if err := c.pace(ctx); err != nil {
			if last == nil && ctx.Err() == nil {
				last = &APIError{Method: call.method, Route: call.route, URL: c.baseURL + call.path, Class: NotSent, RetryAfter: -1, Credential: c.credential.kind(), cause: err,
					Reason: "its turn would come only after the time-out, because the API or the configuration limits the rate of requests"}
			}
			return gaveUp(ctx, last, err)
		}
		bearer, err := c.bearerFor(ctx, call)
		if err != nil {
			return err
		}
		apiErr := c.try(ctx, call, bearer, try)
		if apiErr == nil {
			return nil
		}
		last = apiErr
		if apiErr.Class == Ambiguous {
			acted = true
		} else if apiErr.Class == NotSent && acted {
			apiErr.Class = Ambiguous
		}

		var delay time.Duration
		switch {
		case apiErr.Status == http.StatusTooManyRequests:
			// "Now" is no time to wait either: without a pause, calls and
			// refusals would chase each other until the time-out.
			delay = apiErr.RetryAfter
			if delay <= 0 {
				delay = limited.NextBackOff()
			}
			// A wait that nobody will see the end of must not hold up the
			// other workers.
			if left, ok := c.clock.Remaining(ctx); ok && delay >= left {
				return apiErr
			}
			c.gate.closeUntil(c.clock.Now().Add(delay))
			continue
		case apiErr.Status == http.StatusUnauthorized && bearer != "" && call.bearer == "" && !renewed && c.credential.renewable():
			renewed = true
			c.credential.discard(bearer)
			continue
		case apiErr.Status == http.StatusConflict && call.method == http.MethodDelete:
			// Something still uses the key; that passes, or the time-out does.
			delay = faulted.NextBackOff()
		case apiErr.Class != Refused && call.retry(apiErr) && faults < maxFaults:
			faults++
			delay = faulted.NextBackOff()
		default:
			return apiErr
		}
		if delay == backoff.Stop {
			return apiErr
		}
		if err := c.clock.Sleep(ctx, delay); err != nil {
			return gaveUp(ctx, apiErr, err)
		}
	}
}

// gaveUp tells of a call whose next try did not come about. What the last try
// showed matters more than why no other followed.
func gaveUp(ctx context.Context, last *APIError, err error) error {
	if last == nil {
		return err
	}
	last.Interrupted = errors.Is(ctx.Err(), context.Canceled)
	return last
}

func (c *Client) bearerFor(ctx context.Context, call call) (string, error) {
	switch {
	case call.anonymous:
		return "", nil
	case call.bearer != "":
		return call.bearer, nil
	}
	bearer, err := c.credential.bearer(ctx)
	var login *APIError
	if errors.As(err, &login) && login.Class == Ambiguous {
		// The login may have happened; the call that needed it has not.
		notSent := *login
		notSent.Class = NotSent
		return "", &notSent
	}
	return bearer, err
}

// try sends a call once. Every error says, by its class, whether the server
// may have acted.
func (c *Client) try(ctx context.Context, call call, bearer string, number int) *APIError {
	started := c.clock.Now()
	fail := &APIError{Method: call.method, Route: call.route, URL: c.baseURL + call.path, Tries: number, RetryAfter: -1, Credential: c.credential.kind()}
	if call.bearer != "" {
		fail.Credential = KindAPIKey
	}
	size, apiErr := c.exchange(ctx, call, bearer, fail)
	if c.observe != nil {
		exchange := Exchange{Method: call.method, Route: call.route, Status: fail.Status, Duration: c.clock.Now().Sub(started), Bytes: size, Try: number}
		if apiErr != nil {
			exchange.Err = apiErr.Error()
		}
		c.observe(ctx, exchange)
	}
	return apiErr
}

// exchange fills in fail and returns it unless the call succeeded, with the
// size of the answer's body.
func (c *Client) exchange(ctx context.Context, call call, bearer string, fail *APIError) (int, *APIError) {
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
	req, err := c.newRequest(httptrace.WithClientTrace(tryCtx, traceWritten(&written)), call, bearer)
	if err != nil {
		fail.Class, fail.Reason = NotSent, "the request could not be built"
		return 0, fail
	}
	// The transport itself, not an http.Client: that would follow redirects,
	// which carry the credential to another place.
	resp, err := c.transport.RoundTrip(req)
	if err != nil {
		reason, cause := transportReason(err, written.Load())
		fail.Reason, fail.cause = c.clean(reason, bearer), cause
		if !written.Load() {
			fail.Class = NotSent
		}
		if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
			fail.Class, fail.Certificate = NotSent, true
		}
		return 0, fail
	}
	defer func() { _ = resp.Body.Close() }()
	fail.Status = resp.StatusCode
	// That a created key is not accepted (yet) says nothing about the
	// credential that created it.
	fail.AfterCreate = resp.StatusCode == http.StatusUnauthorized && call.bearer == "" && !call.anonymous && c.created.Load()
	body, err := readBody(resp)
	if err != nil {
		fail.cause = err
		fail.Reason = err.Error()
		c.classifyStatus(fail, resp, false)
		return 0, fail
	}
	return len(body), c.judge(call, resp, body, bearer, fail)
}

// judge decides what a complete answer means.
func (c *Client) judge(call call, resp *http.Response, body []byte, bearer string, fail *APIError) *APIError {
	env, enveloped := decodeEnvelope(body)
	if enveloped {
		fail.Message = c.clean(env.Message, bearer)
	}
	success := resp.StatusCode >= 200 && resp.StatusCode < 300
	switch {
	case success && enveloped && env.success():
		if wrong := call.decode(body); wrong != "" {
			fail.Reason = wrong
			return fail
		}
		return nil
	case success && enveloped:
		fail.Class, fail.Reason = Refused, `the answer's status is "failed"`
		return fail
	case !enveloped && looksLikeHTML(resp.Header.Get("Content-Type"), body):
		fail.Reason = "the answer is an HTML page, not the API's JSON (a proxy may have answered)"
	case !enveloped:
		fail.Reason = "the answer is not the API's JSON"
	}
	c.classifyStatus(fail, resp, env.failed())
	return fail
}

// classifyStatus decides the class of an answer that is no success.
//
// 401, 403, 404, 405 and 429 mean by their definition that the request was
// turned away at the door, whoever says so. Any other 4xx is believed only with
// the API's own "failed". A 5xx proves nothing whatever its body says, and
// neither does a redirect.
func (c *Client) classifyStatus(fail *APIError, resp *http.Response, failed bool) {
	switch status := resp.StatusCode; {
	case status == http.StatusUnauthorized, status == http.StatusForbidden, status == http.StatusNotFound,
		status == http.StatusMethodNotAllowed, status == http.StatusTooManyRequests:
		fail.Class = Refused
	case status >= 400 && status < 500 && failed:
		fail.Class = Refused
	case status >= 300 && status < 400:
		fail.Reason = "the answer is a redirect, and redirects are not followed because they would carry the credential elsewhere"
	}
	if resp.StatusCode == http.StatusTooManyRequests {
		if delay, ok := ParseRetryAfter(resp.Header.Get("Retry-After"), c.clock.Now()); ok {
			fail.RetryAfter = delay
		}
	}
}

func (c *Client) newRequest(ctx context.Context, call call, bearer string) (*http.Request, error) {
	var body io.Reader
	if call.body != nil {
		content, err := call.body()
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(content)
	}
	req, err := http.NewRequestWithContext(ctx, call.method, c.baseURL+call.path, body)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/json")
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
// (or for a GET), so the note starts anew with each.
func traceWritten(written *atomic.Bool) *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		GetConn:      func(string) { written.Store(false) },
		WroteHeaders: func() { written.Store(true) },
	}
}

// readBody reads a whole body into one buffer of its announced size.
func readBody(resp *http.Response) ([]byte, error) {
	var buf bytes.Buffer
	if resp.ContentLength > maxBody {
		return nil, fmt.Errorf("the answer is larger than %d MiB", maxBody>>20)
	}
	if resp.ContentLength > 0 {
		buf.Grow(int(resp.ContentLength) + bytes.MinRead)
	}
	n, err := buf.ReadFrom(io.LimitReader(resp.Body, maxBody+1))
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return nil, errors.New("the answer did not arrive whole within the time-out")
	case err != nil:
		return nil, errors.New("the answer broke off")
	case n > maxBody:
		return nil, fmt.Errorf("the answer is larger than %d MiB", maxBody>>20)
	}
	return buf.Bytes(), nil
}
