package keyring

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

// A schedule is repeated with NEBULA_SEED=<seed> NEBULA_SCHEDULES=1.
const (
	seedVariable      = "NEBULA_SEED"
	schedulesVariable = "NEBULA_SCHEDULES"
	soakVariable      = "NEBULA_SOAK"
)

// TestRandomSchedules shows that after any schedule of faults, interrupts and
// kills, and one more apply, no foreign key was deleted, every key that was
// made is in state or known to be traceable, and no secret is outside state.
func TestRandomSchedules(t *testing.T) {
	t.Parallel()
	playAll(t, number(t, seedVariable, 1), number(t, schedulesVariable, 10_000), func(*world) {}, func(seed uint64, violations []string) {
		t.Errorf("schedule %d (%s=%d %s=1):\n\t%s", seed, seedVariable, seed, schedulesVariable, strings.Join(violations, "\n\t"))
	})
}

// TestSoakRandomSchedules is the same at length, with schedules of its own.
func TestSoakRandomSchedules(t *testing.T) {
	t.Parallel()
	if os.Getenv(soakVariable) == "" {
		t.Skip("set " + soakVariable + "=1")
	}
	var b [8]byte
	if _, err := rand.Read(b[:]); err != nil {
		t.Fatal(err)
	}
	playAll(t, number(t, seedVariable, binary.LittleEndian.Uint64(b[:])>>1), number(t, schedulesVariable, 100_000), func(*world) {}, func(seed uint64, violations []string) {
		t.Errorf("schedule %d (%s=%d %s=1):\n\t%s", seed, seedVariable, seed, schedulesVariable, strings.Join(violations, "\n\t"))
	})
}

// TestRandomSchedulesCatchMatchingByName is the test of the test: when lost
// keys are looked for by name instead of by marker, the same schedules must
// show that other people's keys are deleted.
func TestRandomSchedulesCatchMatchingByName(t *testing.T) {
	t.Parallel()
	const schedules = 200
	var mu sync.Mutex
	caught := 0
	playAll(t, 1, schedules, func(w *world) { w.byName = true }, func(_ uint64, violations []string) {
		mu.Lock()
		defer mu.Unlock()
		for _, v := range violations {
			if strings.HasPrefix(v, foreignDelete) {
				caught++
				return
			}
		}
	})
	t.Logf("matching by name deletes foreign keys in %d of %d schedules", caught, schedules)
	if caught == 0 {
		t.Error("no schedule noticed that foreign keys were deleted")
	}
}

// TestScheduleRepeats shows that a seed tells the whole story.
func TestScheduleRepeats(t *testing.T) {
	t.Parallel()
	kinds := mishaps()
	for seed := range uint64(50) {
		var stories [2]uint64
		for i := range stories {
			synctest.Test(t, func(*testing.T) {
				w := newWorld(seed, kinds)
				w.play()
				h := fnv.New64a()
				for _, e := range w.server.Journal() {
					_, _ = fmt.Fprintln(h, e.Time.UnixNano(), e.UserAgent, e.Status, e.ObjectID)
				}
				stories[i] = h.Sum64()
			})
		}
		if stories[0] != stories[1] {
			t.Errorf("schedule %d is not the same twice", seed)
		}
	}
}

func number(t *testing.T, variable string, otherwise uint64) uint64 {
	t.Helper()
	text := os.Getenv(variable)
	if text == "" {
		return otherwise
	}
	n, err := strconv.ParseUint(text, 10, 63)
	if err != nil {
		t.Fatalf("%s: %v", variable, err)
	}
	return n
}

// playAll plays that many schedules from the first seed on and reports those
// with violations.
func playAll(t *testing.T, first, schedules uint64, prepare func(*world), report func(seed uint64, violations []string)) {
	t.Helper()
	start := time.Now()
	kinds := mishaps()
	var (
		mu    sync.Mutex
		sum   totals
		group sync.WaitGroup
	)
	workers := uint64(runtime.GOMAXPROCS(0))
	for worker := range workers {
		group.Go(func() {
			for i := worker; i < schedules; i += workers {
				var violations []string
				var seen totals
				synctest.Test(t, func(*testing.T) {
					w := newWorld(first+i, kinds)
					prepare(w)
					w.play()
					violations = w.check()
					seen = w.totals
				})
				mu.Lock()
				sum.add(seen)
				mu.Unlock()
				if len(violations) > 0 {
					report(first+i, violations)
				}
			}
		})
	}
	group.Wait()
	t.Logf("seeds %d to %d, %v: %v", first, first+schedules-1, time.Since(start).Round(time.Millisecond), &sum)
}

const foreignDelete = "foreign key deleted"

// check compares the account's ledger with the states and says what is wrong.
func (w *world) check() []string {
	var wrong []string
	violation := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	issued, journal := w.server.Issued(), w.server.Journal()
	secrets := newSecretFinder(w.server.Secrets())
	w.mu.Lock()
	defer w.mu.Unlock()
	w.totals.schedules, w.totals.requests = 1, len(journal)

	// Which run sent which token, and when a key's deletion was last asked for.
	type run struct{ workspace, round int }
	runs := map[string]run{}
	asked := map[string]time.Time{}
	// When the list was served that settled an undecided create.
	served := map[string]time.Time{}
	for _, e := range journal {
		switch e.Operation {
		case fakenebula.OpCreateKey:
			workspace, round := roundOf(e.UserAgent)
			_, token := SplitMarker(e.Facts[fakenebula.FactDescription])
			runs[token] = run{workspace, round}
		case fakenebula.OpDeleteKey:
			asked[e.ObjectID] = e.Time
		case fakenebula.OpListKeys:
			workspace, _ := roundOf(e.UserAgent)
			for token, s := range w.settled {
				if s.workspace == workspace && !e.Time.Before(s.began) && !e.Time.After(s.ended) {
					served[token] = e.Time
				}
			}
		default:
		}
	}
	inState := map[string]bool{}
	for _, ws := range w.workspaces {
		for _, a := range ws.addresses {
			if a.record != nil {
				inState[string(a.record.id)] = true
			}
		}
	}
	deletedLate := map[nebula.ID]bool{}
	for _, key := range issued {
		if key.DeletedBy.Via == fakenebula.ViaAPI && key.DeletedAt.Sub(asked[key.ID]) >= time.Second {
			deletedLate[nebula.ID(key.ID)] = true
		}
		ours := key.CreatedBy.Via == fakenebula.ViaAPI
		if key.DeletedBy.Via == fakenebula.ViaAPI && key.DeletedBy != key.CreatedBy {
			violation("%s: %+v", foreignDelete, key)
		}
		if !ours || !key.DeletedAt.IsZero() || inState[key.ID] || w.noMarker {
			continue
		}
		// An orphan: nothing but its marker leads to it.
		_, token := SplitMarker(key.Description)
		run, sent := runs[token]
		visible := key.CreatedAt.Add(w.hideFor)
		looked, gaveUp := served[token]
		switch {
		case token == "" || !sent:
			violation("untraceable key: %+v", key)
		case gaveUp && visible.After(looked):
			w.totals.late++
		case w.workspaces[run.workspace].killed[run.round]:
			w.totals.killed++
		default:
			violation("orphaned key: %+v, looked for at %v", key, looked)
		}
	}
	for _, ws := range w.workspaces {
		for i, a := range ws.addresses {
			switch {
			case w.noMarker:
			case a.record != nil && deletedLate[a.record.id]:
				// Its deletion failed, the key was wanted again, and then the
				// deletion took effect after all. The next read will tell.
			case a.record == nil || a.record.tainted || a.record.id == "":
				violation("address %d.%d does not converge: %+v", ws.number, i, a.record)
			case !w.server.Valid(a.record.secret) || w.server.Secret(string(a.record.id)) != a.record.secret:
				violation("address %d.%d holds a dead key: %v", ws.number, i, a.record.id)
			}
		}
	}
	if leak := secrets.find(w.said); leak != "" {
		violation("secret outside state: %q", leak)
	}
	return wrong
}
