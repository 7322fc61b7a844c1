package nebula

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v6"

	"github.com/nebulablock/terraform-provider-nebula/internal/clock"
)

const (
	// maxDelay caps the delay between two tries.
	maxDelay = 30 * time.Second
	// sharedFor is how long a failure that concerns every caller is believed
	// without asking again. A plan of hundreds of objects asks once instead of
	// hundreds of times, and whoever comes later asks again.
	sharedFor = 10 * time.Second
)

// fullJitter gives delays between 0 and 1, 2, 4 ... 30 s. The library draws
// from an interval around its centre; a factor of 1 makes that interval begin
// at 0, so the centre is half of the bound.
func fullJitter() backoff.BackOff {
	b := &backoff.ExponentialBackOff{
		InitialInterval:     500 * time.Millisecond,
		RandomizationFactor: 1,
		Multiplier:          2,
		MaxInterval:         maxDelay / 2,
	}
	b.Reset()
	return b
}

// gate makes all workers wait together: when one was told to slow down, none
// of them calls before that time is over.
type gate struct {
	mu    sync.Mutex
	until time.Time
	// refusal is a 429 whose wait was longer than its caller could stay;
	// refusedUntil is when that wait ends.
	refusal                  *APIError
	refusedUntil, believedTo time.Time
}

// closeUntil keeps the gate closed until t, or longer where it was to be.
func (g *gate) closeUntil(t time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if t.After(g.until) {
		g.until = t
	}
}

// refuse remembers a 429 that cannot be waited out, for callers who cannot do
// so either. The gate stays open to those who can: they ask for themselves.
func (g *gate) refuse(failure *APIError, now, until time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.refusal, g.refusedUntil, g.believedTo = failure, until, now.Add(sharedFor)
}

// state is how long the gate is still closed, and the remembered 429 when left,
// the time that the caller has, is too short for it.
func (g *gate) state(now time.Time, left time.Duration, limited bool) (closed time.Duration, refusal *APIError) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.refusal != nil && now.Before(g.believedTo) {
		if wait := g.refusedUntil.Sub(now); limited && wait > 0 && wait >= left {
			refusal := *g.refusal
			refusal.RetryAfter = wait
			return 0, &refusal
		}
	}
	return g.until.Sub(now), nil
}

// wait returns when the gate is open. It fails when ctx ends or would end
// before that.
func (g *gate) wait(ctx context.Context, c clock.Clock) (*APIError, error) {
	for {
		left, limited := c.Remaining(ctx)
		closed, refusal := g.state(c.Now(), left, limited)
		if refusal != nil || closed <= 0 {
			return refusal, nil
		}
		if err := c.Sleep(ctx, closed); err != nil {
			return nil, err
		}
	}
}

// ParseRetryAfter reads a Retry-After header (RFC 9110, section 10.2.3): whole
// seconds or an HTTP date. ok is false when it is neither. A date in the past
// is zero.
func ParseRetryAfter(value string, now time.Time) (delay time.Duration, ok bool) {
	value = strings.TrimSpace(value)
	if value == "" {
		return 0, false
	}
	if strings.Trim(value, "0123456789") == "" {
		seconds, err := strconv.ParseInt(value, 10, 64)
		// Beyond a year the exact number no longer matters, but it must not
		// overflow into a short wait.
		const year = 365 * 24 * 3600
		if err != nil || seconds > year {
			seconds = year
		}
		return time.Duration(seconds) * time.Second, true
	}
	date, err := http.ParseTime(value)
	if err != nil {
		return 0, false
	}
	return max(0, date.Sub(now)), true
}

// pace waits for the turn of the next request: first for the shared gate, then
// for the configured rate.
func (c *Client) pace(ctx context.Context, call call) error {
	refusal, err := c.gate.wait(ctx, c.clock)
	if refusal != nil {
		return c.shared(refusal, call)
	}
	if err == nil && c.limiter != nil {
		now := c.clock.Now()
		reservation := c.limiter.ReserveN(now, 1)
		if err = c.clock.Sleep(ctx, reservation.DelayFrom(now)); err != nil {
			reservation.CancelAt(c.clock.Now())
		}
	}
	if err != nil && ctx.Err() == nil {
		failure := c.newFailure(call, 0)
		failure.Class, failure.cause = NotSent, err
		failure.Reason = "its turn would come only after the time-out, because the API or the configuration limits the rate of requests"
		return failure
	}
	return err
}

// shared is a failure of another call that holds for this one too, which is not
// sent.
func (c *Client) shared(failure *APIError, call call) *APIError {
	e := *failure
	e.Method, e.Route, e.Routes, e.URL = call.method, call.target.route, nil, c.baseURL+call.target.path
	e.Tries = 0
	e.Reason = "the API gave this answer to another call a moment before, so this call was not sent"
	return &e
}
