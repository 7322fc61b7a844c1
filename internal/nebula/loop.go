package nebula

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/cenkalti/backoff/v6"
)

// progress is what one call has been through.
type progress struct {
	tries, faultsLeft int
	renewed           bool
	// acted is set once a try may have been acted on. A later try that was
	// never sent does not take that back.
	acted            bool
	last             *APIError
	faulted, limited backoff.BackOff
}

// do sends a call until it succeeds or must not be sent again. The error is an
// *APIError, a *CredentialError, the context's, or that of the call's own body
// or id.
func (c *Client) do(ctx context.Context, call call) error {
	if call.target.err != nil {
		return call.target.err
	}
	p := progress{faultsLeft: c.maxRetries, faulted: c.newBackOff(), limited: c.newBackOff()}
	if call.maxFaults > 0 {
		p.faultsLeft = min(p.faultsLeft, call.maxFaults)
	}
	for {
		bearer, err := c.begin(ctx, call)
		if err != nil {
			return p.gaveUp(ctx, err)
		}
		p.tries++
		failure, err := c.try(ctx, call, bearer, p.tries)
		if failure == nil {
			return err
		}
		p.note(failure)
		delay, again := c.next(ctx, call, bearer, &p)
		if !again {
			return failure
		}
		if err := c.clock.Sleep(ctx, delay); err != nil {
			return p.gaveUp(ctx, err)
		}
	}
}

// begin waits for the turn of a try and gets its bearer. A try that must be let
// finish is never begun for a caller that has already left.
func (c *Client) begin(ctx context.Context, call call) (bearer string, err error) {
	if ctx.Err() != nil {
		return "", context.Cause(ctx)
	}
	if err := c.pace(ctx, call); err != nil {
		return "", err
	}
	switch {
	case call.anonymous:
		return "", nil
	case call.bearer != "":
		return call.bearer, nil
	}
	bearer, err = c.credential.bearer(ctx, call)
	var login *APIError
	if errors.As(err, &login) && login.Class == Ambiguous {
		// The login may have happened; the call that needed it has not.
		notSent := *login
		notSent.Class = NotSent
		return "", &notSent
	}
	return bearer, err
}

// note keeps what a failed try showed.
func (p *progress) note(failure *APIError) {
	p.last = failure
	if failure.Class == Ambiguous {
		p.acted = true
	} else if failure.Class == NotSent && p.acted {
		failure.Class = Ambiguous
	}
}

// next says whether a failed call is sent again, and after which pause.
func (c *Client) next(ctx context.Context, call call, bearer string, p *progress) (delay time.Duration, again bool) {
	failure := p.last
	own := bearer != "" && call.bearer == ""
	renewable := own && failure.Status == http.StatusUnauthorized && c.credential.refused(bearer, failure) && !p.renewed
	switch decide(failedTry{failure.Class, failure.Status, failure.Certificate, call.resends, p.faultsLeft > 0, renewable}) {
	case renewCredential:
		p.renewed = true
	case waitOutLimit:
		return 0, c.limit(ctx, failure, p)
	case awaitRelease:
		delay = p.faulted.NextBackOff()
	case retryLater:
		p.faultsLeft--
		delay = p.faulted.NextBackOff()
	default:
		return 0, false
	}
	return delay, delay != backoff.Stop
}

// limit makes all calls of the client wait as long as a 429 asked for. It
// returns false when the caller would not see the end of the wait.
func (c *Client) limit(ctx context.Context, failure *APIError, p *progress) bool {
	// "Now" is no time to wait either: without a pause, calls and refusals would
	// chase each other until the time-out.
	delay := failure.RetryAfter
	if delay <= 0 {
		delay = p.limited.NextBackOff()
	}
	if delay == backoff.Stop {
		return false
	}
	now := c.clock.Now()
	if left, ok := c.clock.Remaining(ctx); ok && delay >= left {
		if failure.RetryAfter > 0 {
			c.gate.refuse(failure, now, now.Add(delay))
		}
		return false
	}
	c.gate.closeUntil(now.Add(delay))
	return true
}

// gaveUp tells of a call whose next try did not come about. What the last try
// showed matters more than why no other followed.
func (p *progress) gaveUp(ctx context.Context, err error) error {
	if p.last == nil {
		return err
	}
	p.last.Interrupted = errors.Is(ctx.Err(), context.Canceled)
	return p.last
}
