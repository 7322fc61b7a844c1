package resilience_test

import (
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
)

// TestSoakThousandKeys applies, plans and destroys a thousand keys while one
// call in a hundred fails and bursts of 429 come. What an apply could not
// decide, the next one resolves.
func TestSoakThousandKeys(t *testing.T) {
	t.Parallel()
	needsSoak(t)
	const n = 1000
	s := newSite(t, acctest.BuildProvider(t), n, fakenebula.Options{Latency: 2 * time.Millisecond})
	const seed = 20261123
	inject(s.api, rand.New(rand.NewPCG(seed, 0)))

	until := func(what string, run func() acctest.Result) {
		t.Helper()
		for try := 1; ; try++ {
			result := run()
			if result.ExitCode == 0 {
				t.Logf("%s: done at try %d; seen so far: %d creates, %d lists, %d deletes", what, try,
					s.api.Count(fakenebula.OpCreateKey), s.api.Count(fakenebula.OpListKeys), s.api.Count(fakenebula.OpDeleteKey))
				return
			}
			if try == 10 {
				t.Fatalf("%s failed ten times:\n%s\n%s", what, result.Stdout[max(0, len(result.Stdout)-2000):], result.Stderr)
			}
		}
	}
	until("apply", func() acctest.Result { return s.Apply("-parallelism=10") })
	s.expectComplete(n)
	if orphans := s.unrecorded(); len(orphans) > 0 {
		t.Errorf("%d keys are in no state", len(orphans))
	}
	until("empty plan", func() acctest.Result { return s.Plan() })
	until("destroy", func() acctest.Result { return s.Destroy("-parallelism=10") })
	if left := s.api.Keys(); len(left) != 1 {
		t.Errorf("%d keys are left", len(left)-1)
	}
	for _, key := range s.api.Issued() {
		if key.Name != acctest.OwnKey && !strings.HasPrefix(key.Name, "key-") {
			t.Errorf("a key named %q was made", key.Name)
		}
	}
}

// inject makes one call in a hundred fail, in one of several ways, and every
// now and then answers 429 to all for a second.
func inject(api *fakenebula.Server, random *rand.Rand) {
	var mu sync.Mutex
	one := func(in int) func(fakenebula.Request) bool {
		return func(fakenebula.Request) bool {
			mu.Lock()
			defer mu.Unlock()
			return random.IntN(in) == 0
		}
	}
	var burstEnd time.Time
	api.Inject(
		fakenebula.Fault{Times: -1, Answer: fakenebula.TooManyRequests("1"), Match: func(fakenebula.Request) bool {
			mu.Lock()
			defer mu.Unlock()
			now := time.Now()
			if random.IntN(400) == 0 {
				burstEnd = now.Add(300 * time.Millisecond)
			}
			return now.Before(burstEnd)
		}},
		fakenebula.Fault{Times: -1, Match: one(300), Drop: true, Commit: true},
		fakenebula.Fault{Times: -1, Match: one(300), Answer: fakenebula.HTML(http.StatusBadGateway), Commit: true},
		fakenebula.Fault{Times: -1, Operation: fakenebula.OpListKeys, Match: one(20), Answer: fakenebula.Failed(http.StatusInternalServerError, "try later")},
		fakenebula.Fault{Times: -1, Operation: fakenebula.OpDeleteKey, Match: one(300), Answer: fakenebula.Failed(http.StatusInternalServerError, "try later")},
		fakenebula.Fault{Times: -1, Operation: fakenebula.OpCreateKey, Match: one(600), Drop: true},
	)
}
