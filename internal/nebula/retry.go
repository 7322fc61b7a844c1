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

// maxDelay caps the delay between two tries.
const maxDelay = 30 * time.Second

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
}

// closeUntil keeps the gate closed until t, or longer where it was to be.
func (g *gate) closeUntil(t time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if t.After(g.until) {
		g.until = t
	}
}

// wait returns when the gate is open. It fails when ctx ends or would end
// before that.
func (g *gate) wait(ctx context.Context, c clock.Clock) error {
	for {
		g.mu.Lock()
		left := g.until.Sub(c.Now())
		g.mu.Unlock()
		if left <= 0 {
			return nil
		}
		if err := c.Sleep(ctx, left); err != nil {
			return err
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
func (c *Client) pace(ctx context.Context) error {
	if err := c.gate.wait(ctx, c.clock); err != nil {
		return err
	}
	if c.limiter == nil {
		return nil
	}
	now := c.clock.Now()
	reservation := c.limiter.ReserveN(now, 1)
	if err := c.clock.Sleep(ctx, reservation.DelayFrom(now)); err != nil {
		reservation.CancelAt(c.clock.Now())
		return err
	}
	return nil
}
