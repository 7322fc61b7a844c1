package clock

import (
	"context"
	"errors"
	"time"
)

// finishTime is how long the work that must still be done may take after an
// interrupt. Terraform waits for it after the first Ctrl-C.
const finishTime = time.Minute

// Detach gives a context with the values of ctx that neither an interrupt of ctx
// nor its time-out ends, on whatever clock it was set.
func Detach(ctx context.Context) context.Context {
	return context.WithValue(context.WithoutCancel(ctx), fakeDeadline{}, nil)
}

type finishingKey struct{}

// Finishing gives a context in which what has begun can come to an end: an
// interrupt of ctx ends it only after a minute. The operation's time-out still
// holds. Inside another finishing context there is nothing to add: one
// interrupt gives one minute, however deep the calls are.
func Finishing(ctx context.Context, c Clock) (context.Context, context.CancelFunc) {
	if ctx.Value(finishingKey{}) != nil {
		return context.WithCancel(ctx)
	}
	detached := context.WithValue(Detach(ctx), finishingKey{}, true)
	var cancel context.CancelFunc
	left, bounded := c.Remaining(ctx)
	if bounded {
		detached, cancel = c.WithTimeout(detached, left)
	} else {
		detached, cancel = context.WithCancel(detached)
	}
	stop := context.AfterFunc(ctx, func() {
		if bounded && errors.Is(ctx.Err(), context.DeadlineExceeded) {
			// The same time-out ends it, and is not to be told as an interrupt.
			return
		}
		if errors.Is(ctx.Err(), context.Canceled) && errors.Is(c.Sleep(detached, finishTime), context.DeadlineExceeded) {
			// The time-out comes before the minute is over, and by itself.
			return
		}
		cancel()
	})
	return detached, func() { stop(); cancel() }
}
