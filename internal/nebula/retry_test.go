package nebula_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/clock"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

// sleep waits on the bubble's clock.
func sleep(t *testing.T, d time.Duration) {
	t.Helper()
	if err := clock.System().Sleep(t.Context(), d); err != nil {
		t.Error(err)
	}
}

// arrivals are the times of the requests of an operation, since began.
func (r *fixture) arrivals(op fakenebula.Operation, began time.Time) []time.Duration {
	var all []time.Duration
	for _, request := range r.server.Journal() {
		if request.Operation == op {
			all = append(all, request.Time.Sub(began))
		}
	}
	return all
}

func unavailable(op fakenebula.Operation) fakenebula.Fault {
	return fakenebula.Fault{Operation: op, Answer: fakenebula.Failed(503, "later"), Times: -1}
}

// TestBackOff looks at the pauses between the tries of a call as the server
// sees them: full jitter up to 1, 2, 4, 8, 16, 30, 30 s.
func TestBackOff(t *testing.T) {
	t.Parallel()
	bounds := []int{1, 2, 4, 8, 16, 30, 30, 30}
	longest := make([]time.Duration, len(bounds))
	shortest := slices.Repeat([]time.Duration{time.Hour}, len(bounds))
	for range 50 {
		synctest.Test(t, func(t *testing.T) {
			r := inProcess(t, fakenebula.Options{}, func(cfg *nebula.Config) { cfg.MaxRetries = len(bounds) })
			r.server.Inject(unavailable(fakenebula.OpListKeys))
			began := time.Now()
			_, err := list(t.Context(), r.client)
			ambiguous(0, 503).mustBe(t, err)
			at := r.arrivals(fakenebula.OpListKeys, began)
			if len(at) != len(bounds)+1 {
				t.Fatalf("%d requests", len(at))
			}
			for i := range bounds {
				pause := at[i+1] - at[i]
				longest[i] = max(longest[i], pause)
				shortest[i] = min(shortest[i], pause)
			}
		})
	}
	for i, seconds := range bounds {
		bound := time.Duration(seconds) * time.Second
		// Of 50 even draws none is beyond a third once in 10^8 runs.
		if longest[i] > bound || longest[i] < bound/3 || shortest[i] > bound*2/3 {
			t.Errorf("pause %d is between %s and %s, want 0 to %s", i+1, shortest[i], longest[i], bound)
		}
	}
}

func TestNoRetries(t *testing.T) {
	t.Parallel()
	for _, op := range []fakenebula.Operation{fakenebula.OpCreateKey, fakenebula.OpListKeys, fakenebula.OpDeleteKey, fakenebula.OpLogin} {
		t.Run(string(op), func(t *testing.T) {
			t.Parallel()
			r := overSocket(t, matrixOptions(), func(cfg *nebula.Config) {
				cfg.MaxRetries = 0
				if op == fakenebula.OpLogin {
					asPassword(cfg)
				}
			})
			// Waiting out a 429 is no retry after a fault.
			r.server.Inject(fakenebula.Fault{Operation: op, Answer: fakenebula.TooManyRequests("3"), Times: 2}, unavailable(op))
			ambiguous(0, 503).mustBe(t, r.call(t.Context(), op))
			r.mustCount(op, 3)
		})
	}
}

func TestNeverPastTheTimeOut(t *testing.T) {
	t.Parallel()
	for range 20 {
		synctest.Test(t, func(t *testing.T) {
			r := inProcess(t, fakenebula.Options{}, func(cfg *nebula.Config) { cfg.MaxRetries = 1000 })
			r.server.Inject(unavailable(fakenebula.OpListKeys))
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			began := time.Now()
			_, err := list(ctx, r.client)
			ambiguous(0, 503).mustBe(t, err)
			if waited := time.Since(began); waited >= 20*time.Second {
				t.Errorf("waited %s", waited)
			}
		})
	}
}

// TestTryEndsWithTheTimeOut: a try gets what is left of the operation's
// time-out when that is less than a try may take.
func TestTryEndsWithTheTimeOut(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := inProcess(t, fakenebula.Options{}, nil)
		r.server.Inject(fakenebula.Fault{Operation: fakenebula.OpCreateKey, Hang: true})
		ctx, cancel := context.WithTimeout(t.Context(), 7*time.Second)
		defer cancel()
		began := time.Now()
		err := r.call(ctx, fakenebula.OpCreateKey)
		ambiguous(0, 0).mustBe(t, err)
		if waited := time.Since(began); waited != 7*time.Second {
			t.Errorf("waited %s", waited)
		}
	})
}

func TestRequestTimeout(t *testing.T) {
	t.Parallel()
	for configured, want := range map[time.Duration]time.Duration{0: 30 * time.Second, 12 * time.Second: 12 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			r := inProcess(t, fakenebula.Options{}, func(cfg *nebula.Config) { cfg.RequestTimeout, cfg.MaxRetries = configured, 0 })
			r.server.Inject(fakenebula.Fault{Operation: fakenebula.OpListKeys, Hang: true})
			began := time.Now()
			ambiguous(0, 0).mustBe(t, r.call(t.Context(), fakenebula.OpListKeys))
			if waited := time.Since(began); waited != want {
				t.Errorf("waited %s, want %s", waited, want)
			}
		})
	}
}

// TestCancelStopsWaits: an interrupt ends a pause between tries at once, with
// what the last try showed.
func TestCancelStopsWaits(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]fakenebula.Fault{
		"back-off": {Answer: fakenebula.Failed(503, "later"), Times: -1},
		"429":      {Answer: fakenebula.TooManyRequests("60"), Times: -1},
		"409":      {Answer: fakenebula.Failed(409, "in use"), Times: -1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				r := inProcess(t, matrixOptions(), func(cfg *nebula.Config) {
					cfg.Observe = func(context.Context, nebula.Exchange) { cancel() }
				})
				fault.Operation = fakenebula.OpDeleteKey
				r.server.Inject(fault)
				began := time.Now()
				err := r.call(ctx, fakenebula.OpDeleteKey)
				var e *nebula.APIError
				if !errors.As(err, &e) || !e.Interrupted || e.Status != fault.Answer.Status {
					t.Errorf("got %v", err)
				}
				if waited := time.Since(began); waited > 0 {
					t.Errorf("waited %s", waited)
				}
				r.mustCount(fakenebula.OpDeleteKey, 1)
			})
		})
	}
}

// TestCancelInAWait is an interrupt in the middle of a long pause.
func TestCancelInAWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := inProcess(t, matrixOptions(), nil)
		r.server.Inject(fakenebula.Fault{Operation: fakenebula.OpCreateKey, Answer: fakenebula.TooManyRequests("600"), Times: -1})
		ctx, cancel := context.WithCancelCause(t.Context())
		go func() {
			sleep(t, 10*time.Second)
			cancel(errors.New("stopped by hand"))
		}()
		began := time.Now()
		err := r.call(ctx, fakenebula.OpCreateKey)
		var e *nebula.APIError
		if !errors.As(err, &e) || !e.Interrupted || !nebula.IsRateLimited(err) || time.Since(began) != 10*time.Second {
			t.Errorf("got %v after %s", err, time.Since(began))
		}
		r.mustCount(fakenebula.OpCreateKey, 1)
	})
}

// TestNothingIsBegunForACallerWhoLeft: a call that would be let finish must
// not begin once the caller was interrupted.
func TestNothingIsBegunForACallerWhoLeft(t *testing.T) {
	t.Parallel()
	for _, edit := range []func(*nebula.Config){nil, asPassword} {
		r := overSocket(t, matrixOptions(), edit)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		for _, op := range []fakenebula.Operation{fakenebula.OpCreateKey, fakenebula.OpListKeys, fakenebula.OpDeleteKey} {
			if err := r.call(ctx, op); !errors.Is(err, context.Canceled) {
				t.Errorf("%s: %v", op, err)
			}
		}
		r.mustCount(fakenebula.OpAny, 0)
	}
}

// TestNoNewTryForACallerWhoLeft: neither does a renewed login resend a call
// whose caller was interrupted in the meantime.
func TestNoNewTryForACallerWhoLeft(t *testing.T) {
	t.Parallel()
	r := overSocket(t, matrixOptions(), asPassword)
	ctx, cancel := context.WithCancel(t.Context())
	r.server.OnRequest(func(request fakenebula.Request) {
		if request.Operation == fakenebula.OpCreateKey {
			cancel()
		}
	})
	r.server.Inject(fakenebula.Fault{Operation: fakenebula.OpCreateKey, Answer: fakenebula.Failed(401, "expired")})
	var e *nebula.APIError
	if err := r.call(ctx, fakenebula.OpCreateKey); !errors.As(err, &e) || !e.Interrupted || e.Status != 401 {
		t.Errorf("got %v", err)
	}
	r.mustCount(fakenebula.OpCreateKey, 1)
}

// TestCallInFlightIsLetFinish: an interrupt does not break off a call that
// changes things, and its result is returned.
func TestCallInFlightIsLetFinish(t *testing.T) {
	t.Parallel()
	for _, op := range []fakenebula.Operation{fakenebula.OpCreateKey, fakenebula.OpDeleteKey} {
		t.Run(string(op)+"/socket", func(t *testing.T) {
			t.Parallel()
			r := overSocket(t, matrixOptions(), nil)
			ctx, cancel := context.WithCancel(t.Context())
			r.server.OnRequest(func(fakenebula.Request) { cancel() })
			if err := r.call(ctx, op); err != nil || ctx.Err() == nil {
				t.Errorf("got %v", err)
			}
			r.mustCount(op, 1)
		})
		t.Run(string(op)+"/slow", func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := inProcess(t, matrixOptions(), nil)
				ctx, cancel := context.WithCancel(t.Context())
				r.server.OnRequest(func(fakenebula.Request) { cancel() })
				r.server.Inject(fakenebula.Fault{Operation: op, Delay: 20 * time.Second, ActLate: true})
				began := time.Now()
				if err := r.call(ctx, op); err != nil || time.Since(began) != 20*time.Second {
					t.Errorf("got %v after %s", err, time.Since(began))
				}
				r.mustCount(op, 1)
			})
		})
	}
	t.Run("list", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			r := inProcess(t, matrixOptions(), nil)
			ctx, cancel := context.WithCancel(t.Context())
			r.server.OnRequest(func(fakenebula.Request) { cancel() })
			r.server.Inject(fakenebula.Fault{Operation: fakenebula.OpListKeys, Hang: true})
			began := time.Now()
			var e *nebula.APIError
			if err := r.call(ctx, fakenebula.OpListKeys); !errors.As(err, &e) || !e.Interrupted || time.Since(began) > 0 {
				t.Errorf("got %v after %s", err, time.Since(began))
			}
			r.mustCount(fakenebula.OpListKeys, 1)
		})
	})
}

// TestAllWaitTogether: what one worker is told holds for all, also for those
// that begin later.
func TestAllWaitTogether(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := inProcess(t, fakenebula.Options{}, nil)
		r.server.Inject(fakenebula.Fault{Answer: fakenebula.TooManyRequests("60")})
		began := time.Now()
		var workers sync.WaitGroup
		for i := range 10 {
			workers.Go(func() {
				sleep(t, time.Duration(i)*time.Second)
				if err := r.call(t.Context(), []fakenebula.Operation{fakenebula.OpListKeys, fakenebula.OpCreateKey}[i%2]); err != nil {
					t.Error(err)
				}
			})
		}
		workers.Wait()
		all := append(r.arrivals(fakenebula.OpListKeys, began), r.arrivals(fakenebula.OpCreateKey, began)...)
		slices.Sort(all)
		if len(all) != 11 || all[0] != 0 || all[1] != time.Minute {
			t.Errorf("requests after %v", all)
		}
	})
}

// TestRateLimitIsWaitedOut: ten workers share an API that takes three requests
// in ten seconds.
func TestRateLimitIsWaitedOut(t *testing.T) {
	t.Parallel()
	for name, style := range map[string]fakenebula.RetryAfterStyle{"seconds": fakenebula.RetryAfterSeconds, "date": fakenebula.RetryAfterDate} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := inProcess(t, fakenebula.Options{RateLimit: fakenebula.RateLimit{Requests: 3, Window: 10 * time.Second, RetryAfter: style}}, nil)
				began := time.Now()
				r.together(10, func(int) {
					if err := r.call(t.Context(), fakenebula.OpListKeys); err != nil {
						t.Error(err)
					}
				})
				got := r.arrivals(fakenebula.OpListKeys, began)
				// The last of ten has its turn in the fourth window. Those who
				// meet the closed gate do not even ask.
				if last := got[len(got)-1]; last != 30*time.Second || len(got) > 10+7+4+1 {
					t.Errorf("requests after %v", got)
				}
				for _, at := range got {
					if at%(10*time.Second) != 0 {
						t.Errorf("a request after %s, while all should wait", at)
					}
				}
			})
		})
	}
}

// together runs n workers and waits for them.
func (r *fixture) together(n int, work func(i int)) {
	var workers sync.WaitGroup
	for i := range n {
		workers.Go(func() { work(i) })
	}
	workers.Wait()
}

// TestGateBeyondTheTimeOut: a worker that would wait for longer than it may
// says so at once, and sends nothing.
func TestGateBeyondTheTimeOut(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := inProcess(t, fakenebula.Options{}, nil)
		r.server.Inject(fakenebula.Fault{Answer: fakenebula.TooManyRequests("60")})
		first := make(chan error)
		go func() { first <- r.call(t.Context(), fakenebula.OpListKeys) }()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		began := time.Now()
		err := r.call(ctx, fakenebula.OpCreateKey)
		outcome{class: nebula.NotSent}.mustBe(t, err)
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(began) > 0 {
			t.Errorf("got %v after %s", err, time.Since(began))
		}
		r.mustCount(fakenebula.OpCreateKey, 0)
		if err := <-first; err != nil {
			t.Error(err)
		}
	})
}

// TestWaitBeyondTheTimeOutIsShared: what one caller was told holds for all who
// cannot wait either, for ten seconds. Those who can wait ask for themselves.
func TestWaitBeyondTheTimeOutIsShared(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := inProcess(t, fakenebula.Options{}, nil)
		r.server.Inject(fakenebula.Fault{Answer: fakenebula.TooManyRequests("3600"), Times: 2})
		limited := func(timeout time.Duration, op fakenebula.Operation) error {
			ctx, cancel := context.WithTimeout(t.Context(), timeout)
			defer cancel()
			return r.call(ctx, op)
		}
		if err := limited(time.Minute, fakenebula.OpListKeys); !nebula.IsRateLimited(err) {
			t.Errorf("got %v", err)
		}
		r.together(100, func(int) {
			var e *nebula.APIError
			err := limited(time.Minute, fakenebula.OpCreateKey)
			if !errors.As(err, &e) || !nebula.IsRateLimited(err) || e.Class != nebula.Refused || e.RetryAfter != time.Hour || e.Method != http.MethodPost || e.Tries != 0 {
				t.Errorf("got %+v", e)
			}
		})
		r.mustCount(fakenebula.OpAny, 1)
		sleep(t, 11*time.Second)
		if err := limited(time.Minute, fakenebula.OpListKeys); !nebula.IsRateLimited(err) {
			t.Errorf("got %v", err)
		}
		r.mustCount(fakenebula.OpAny, 2)
		// Another caller has two hours, and the API takes calls again.
		if err := limited(2*time.Hour, fakenebula.OpListKeys); err != nil {
			t.Error(err)
		}
		r.mustCount(fakenebula.OpAny, 3)
	})
}

// TestShorterWaitDoesNotCutALongerOne: whatever the order in which two workers
// are told to wait.
func TestShorterWaitDoesNotCutALongerOne(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := inProcess(t, fakenebula.Options{}, nil)
		r.server.Inject(
			// Both requests are under way before the first answer comes.
			fakenebula.Fault{Operation: fakenebula.OpListKeys, Answer: fakenebula.TooManyRequests("60"), Delay: time.Second},
			fakenebula.Fault{Operation: fakenebula.OpCreateKey, Answer: fakenebula.TooManyRequests("5"), Delay: 2 * time.Second},
		)
		began := time.Now()
		r.together(2, func(i int) {
			if err := r.call(t.Context(), []fakenebula.Operation{fakenebula.OpListKeys, fakenebula.OpCreateKey}[i]); err != nil {
				t.Error(err)
			}
		})
		for _, op := range []fakenebula.Operation{fakenebula.OpListKeys, fakenebula.OpCreateKey} {
			if at := r.arrivals(op, began); len(at) != 2 || at[1] != time.Minute+time.Second {
				t.Errorf("%s: requests after %v", op, at)
			}
		}
	})
}

func TestMaxRequestsPerSecond(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := inProcess(t, fakenebula.Options{}, func(cfg *nebula.Config) { cfg.MaxRequestsPerSecond = 4 })
		began := time.Now()
		r.together(10, func(int) {
			if err := r.call(t.Context(), fakenebula.OpListKeys); err != nil {
				t.Error(err)
			}
		})
		for i, at := range r.arrivals(fakenebula.OpListKeys, began) {
			if want := time.Duration(i) * 250 * time.Millisecond; (at - want).Abs() > time.Millisecond {
				t.Errorf("request %d after %s, want %s", i, at, want)
			}
		}
		r.mustCount(fakenebula.OpListKeys, 10)

		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		if err := r.call(ctx, fakenebula.OpListKeys); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a turn after the time-out: %v", err)
		}
		r.mustCount(fakenebula.OpListKeys, 10)
		// It gives its turn back.
		if err := r.call(t.Context(), fakenebula.OpListKeys); err != nil || time.Since(began) > 2501*time.Millisecond {
			t.Errorf("the next turn: %v after %s", err, time.Since(began))
		}
	})
}

func TestUnpacedByDefault(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := inProcess(t, fakenebula.Options{}, nil)
		began := time.Now()
		r.together(50, func(int) {
			if err := r.call(t.Context(), fakenebula.OpListKeys); err != nil {
				t.Error(err)
			}
		})
		if waited := time.Since(began); waited > 0 {
			t.Errorf("waited %s", waited)
		}
	})
}

func TestParseRetryAfter(t *testing.T) {
	t.Parallel()
	now := start()
	const year = 365 * 24 * time.Hour
	for value, want := range map[string]time.Duration{
		"0": 0, "1": time.Second, " 120 ": 2 * time.Minute, "007": 7 * time.Second,
		"31536000":                       year,
		"31536001":                       year,
		"9223372036854775807":            year,
		"99999999999999999999999999":     year,
		"Mon, 23 Nov 2026 09:00:05 GMT":  5 * time.Second,
		"Monday, 23-Nov-26 09:00:05 GMT": 5 * time.Second,
		"Mon Nov 23 09:00:05 2026":       5 * time.Second,
		"Mon, 23 Nov 2026 08:59:59 GMT":  0,
		"Thu, 01 Jan 1970 00:00:00 GMT":  0,
	} {
		if got, ok := nebula.ParseRetryAfter(value, now); !ok || got != want {
			t.Errorf("%q: %s, %t, want %s", value, got, ok, want)
		}
	}
	for _, value := range []string{"", " ", "-1", "+5", "1.5", "1e3", "0x10", "soon", "5 s", "١"} {
		if got, ok := nebula.ParseRetryAfter(value, now); ok || got != 0 {
			t.Errorf("%q: %s, %t", value, got, ok)
		}
	}
}
