package listing

import (
	"context"
	"errors"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

// watchDelays are the pauses before the lists in which the effect of a call is
// looked for whose answer was lost.
var watchDelays = []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 15 * time.Second}

// Watch looks at lists of now at growing intervals, until done says that a list
// shows enough or the time is up. A list that is refused ends it at once. No
// error means that lists were had, whatever they show.
func (l *List[Row]) Watch(ctx context.Context, done func([]Row) bool) error {
	var unread error
	for _, delay := range watchDelays {
		if err := l.clock.Sleep(ctx, delay); err != nil {
			return unread
		}
		rows, err := l.Now().All(ctx)
		switch {
		case err == nil && done(rows):
			return nil
		case err != nil && isFinal(err):
			return err
		}
		unread = err
	}
	return unread
}

// isFinal tells an answer that will not change from a fault.
func isFinal(err error) bool {
	var e *nebula.APIError
	return !errors.As(err, &e) || e.Class == nebula.Refused
}

// Before gives the rows that this process has seen so far, however old they
// are; where it has seen none, a list is fetched. Who makes an object looks
// first: what was there before is not the new one.
func (l *List[Row]) Before(ctx context.Context) ([]Row, error) {
	l.mu.Lock()
	latest := l.latest
	l.mu.Unlock()
	if latest != nil {
		return latest.rows, nil
	}
	return l.Now().All(ctx)
}
