package listing

import (
	"context"
	"time"
)

// awaitDelays are the pauses between the lists of those who wait for something
// that takes minutes. The last one goes on.
var awaitDelays = []time.Duration{2 * time.Second, 4 * time.Second, 8 * time.Second, 15 * time.Second}

// Await looks at one list after the other, at growing intervals, until done says
// that a list shows enough; began is when that list began. However many wait,
// they share lists: who finds one that another has just got takes it, and both
// ask for the next one at the same moment. A list must show what this process
// has changed until the wait began; what others change meanwhile is theirs.
//
// The error is the list's where it is refused, or where none could be had in the
// end; else it is why ctx ended.
func (l *List[Row]) Await(ctx context.Context, done func(rows []Row, began time.Time) bool) error {
	var unread error
	last, writes := l.clock.Now(), l.writesSoFar()
	for i := 0; ; i++ {
		delay := awaitDelays[min(i, len(awaitDelays)-1)]
		if err := l.clock.Sleep(ctx, last.Add(delay).Sub(l.clock.Now())); err != nil {
			if unread != nil {
				return unread
			}
			return err
		}
		s, err := l.satisfy(ctx, need{begun: l.freshest(last, delay), writes: writes})
		switch {
		case err != nil && ctx.Err() != nil, err != nil && isFinal(err):
			return err
		case err != nil:
			unread, last = err, l.clock.Now()
			continue
		case done(s.rows, s.began):
			return nil
		}
		unread, last = nil, s.began
	}
}

// freshest is the earliest begin of a list that tells something new to a caller
// that has looked at a list of last and waits for delay between two of them.
func (l *List[Row]) freshest(last time.Time, delay time.Duration) time.Time {
	begun := l.clock.Now().Add(-delay)
	if !begun.After(last) {
		begun = last.Add(1)
	}
	return begun
}
