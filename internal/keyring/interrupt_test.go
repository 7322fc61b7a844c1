package keyring

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

func TestInterruptedCreate(t *testing.T) {
	t.Parallel()
	lost := fakenebula.Fault{Operation: opCreate, Drop: true, Commit: true}
	for name, c := range map[string]struct {
		faults  []fakenebula.Fault
		fixture fixtureOptions
		timeout time.Duration
		after   time.Duration // when the interrupt comes; 0 is before the create
		want    counts
		made    int
		took    time.Duration // at most, when atMost is set
		atMost  bool
		check   func(*testing.T, *fixture, error)
	}{
		"before the POST": {check: isRefusal(func(err error) bool { return errors.Is(err, context.Canceled) })},
		"waiting to send again": {
			faults: []fakenebula.Fault{{Operation: opCreate, NotSent: fakenebula.ConnectionRefused(), Times: -1}}, after: time.Millisecond, atMost: true, took: time.Second,
			check: isRefusal(func(error) bool { return true }),
		},
		"waiting out a 429": {
			faults: []fakenebula.Fault{{Operation: opCreate, Answer: fakenebula.TooManyRequests("60")}}, after: 3 * time.Second, took: 3 * time.Second, want: counts{post: 1},
			check: isRefusal(nebula.IsRateLimited),
		},
		"during the POST": {faults: []fakenebula.Fault{{Operation: opCreate, Delay: 10 * time.Second}}, after: 5 * time.Second, took: 10 * time.Second, want: counts{post: 1}, made: 1},
		"during a POST whose answer is lost": {
			faults: []fakenebula.Fault{{Operation: opCreate, Drop: true, Commit: true, Delay: 10 * time.Second}}, after: 5 * time.Second, took: 11 * time.Second,
			want: counts{1, 1, 1}, check: secretLost,
		},
		"during a POST without answer": {
			faults: []fakenebula.Fault{{Operation: opCreate, Hang: true, Commit: true}}, after: 5 * time.Second, took: 31 * time.Second,
			want: counts{1, 1, 1}, check: secretLost,
		},
		"reconciling": {
			faults: []fakenebula.Fault{{Operation: opCreate, Drop: true, CommitAfter: 12 * time.Second}}, after: 2 * time.Second, took: 15 * time.Second,
			want: counts{1, 4, 1}, check: secretLost,
		},
		"reconciling, never committed": {
			faults: []fakenebula.Fault{{Operation: opCreate, Drop: true}}, after: 2 * time.Second, took: 30 * time.Second, want: counts{1, 5, 0}, check: tokenOnly,
		},
		// The operation's time-out is nearer than the minute.
		"reconciling, short of time": {
			faults: []fakenebula.Fault{{Operation: opCreate, Drop: true, CommitAfter: 12 * time.Second}}, timeout: 40 * time.Second, after: 2 * time.Second, took: 15 * time.Second,
			want: counts{1, 4, 1}, check: secretLost,
		},
		"reconciling, no list answers": {
			faults: []fakenebula.Fault{lost, {Operation: opList, Hang: true, Times: -1}}, after: 2 * time.Second, took: 62 * time.Second,
			want: counts{1, -1, 0}, made: 1, check: func(t *testing.T, r *fixture, err error) { t.Helper(); tokenOnly(t, r, err) },
		},
		"deleting": {
			faults: []fakenebula.Fault{lost, {Operation: opDelete, Delay: 10 * time.Second}}, after: 2 * time.Second, took: 11 * time.Second, want: counts{1, 1, 1}, check: secretLost,
		},
		// One minute, and the request that was under way when it was over.
		"deleting, nothing answers": {
			fixture: fixtureOptions{retries: -1},
			faults:  []fakenebula.Fault{lost, {Operation: opDelete, Hang: true}, {Operation: opList, Skip: 1, Hang: true, Times: -1}}, after: 2 * time.Second, took: 61 * time.Second,
			want: counts{1, 2, 1}, made: 1, check: withID("4"),
		},
		"deleting, nothing ever answers": {
			faults: []fakenebula.Fault{lost, {Operation: opDelete, Hang: true, Times: -1}, {Operation: opList, Skip: 1, Hang: true, Times: -1}}, after: 2 * time.Second,
			took: 92 * time.Second, atMost: true, want: counts{1, 1, -1}, made: 1, check: withID("4"),
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bubble(t, withForeign(c.fixture), func(t *testing.T, r *fixture) {
				r.server.Inject(c.faults...)
				timeout := 5 * time.Minute
				if c.timeout > 0 {
					timeout = c.timeout
				}
				timed, cancelTimed := context.WithTimeout(t.Context(), timeout)
				defer cancelTimed()
				ctx, interrupt := context.WithCancel(timed)
				defer interrupt()
				start := time.Now()
				if c.after == 0 {
					interrupt()
				} else {
					defer time.AfterFunc(c.after, interrupt).Stop()
				}
				created, err := r.keys.Create(ctx, spec())
				if c.atMost {
					if waited := time.Since(start); waited > c.took {
						t.Errorf("took %v, at most %v", waited, c.took)
					}
				} else {
					took(t, start, c.took)
				}
				r.noSecrets(err)
				// Some numbers depend on the back-off.
				if c.want.get < 0 {
					c.want.get = r.counts().get
				}
				if c.want.del < 0 {
					c.want.del = r.counts().del
				}
				r.wantCounts(c.want)
				if made := r.made(); len(made) != c.made {
					t.Errorf("%v are left, want %d", made, c.made)
				}
				switch {
				case c.check != nil:
					c.check(t, r, err)
				case err != nil || !r.server.Valid(created.Secret):
					t.Errorf("Create = %v, %v", created, err)
				}
			})
		})
	}
}
