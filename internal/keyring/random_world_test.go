package keyring

import (
	"fmt"
	"hash/fnv"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
)

// world is one random schedule: an account, the workspaces whose Terraform
// runs make keys in it under faults, interrupts and kills, and strangers who
// make and delete keys of the same names meanwhile. All that happens follows
// from the seed.
type world struct {
	seed   uint64
	server *fakenebula.Server
	kinds  []mishap

	// The temper of this schedule.
	faultRate float64
	hideFor   time.Duration
	retries   int
	noMarker  bool
	// byName makes the Keepers look for lost keys by name, as a test of the
	// test.
	byName bool

	workspaces []*workspace

	mu sync.Mutex
	// said is every text that could reach people: errors and observations.
	said []string
	// settled are the undecided creates that a workspace gave up.
	settled map[string]settlement
	totals  totals
}

// totals are what the schedules of a test saw.
type totals struct {
	schedules, requests, faults, created, undecided, secretLost, interrupts, kills, foreign int
	// Orphans that no state knows: of killed runs, and of creates that took
	// effect after they had been looked for in vain. All are found by marker.
	killed, late int
}

func (a *totals) add(b totals) {
	a.schedules += b.schedules
	a.requests += b.requests
	a.faults += b.faults
	a.created += b.created
	a.undecided += b.undecided
	a.secretLost += b.secretLost
	a.interrupts += b.interrupts
	a.kills += b.kills
	a.foreign += b.foreign
	a.killed += b.killed
	a.late += b.late
}

func (a *totals) String() string {
	return fmt.Sprintf("%d schedules: %d requests, %d faults, %d interrupts, %d kills; %d keys made, %d creates undecided, %d secrets lost and cleaned up; "+
		"%d foreign keys; left but marked: %d of killed runs, %d committed after they were looked for",
		a.schedules, a.requests, a.faults, a.interrupts, a.kills, a.created, a.undecided, a.secretLost, a.foreign, a.killed, a.late)
}

// random is the source of everything that is called by that name, whatever
// order the goroutines run in.
func (w *world) random(format string, args ...any) *rand.Rand {
	h := fnv.New64a()
	_, _ = fmt.Fprintf(h, format, args...)
	return rand.New(rand.NewPCG(w.seed, h.Sum64()))
}

func (w *world) say(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.said = append(w.said, err.Error(), fmt.Sprintf("%#v", err))
}

func (w *world) count(what *int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	*what++
}

// settlement is the end of an undecided create: the list that was believed.
type settlement struct {
	workspace    int
	began, ended time.Time
}

const rounds = 2 // of faults, before the round without

func names() []string { return []string{"app", "db"} }
func texts() []string { return []string{"", "text", "text [tf:", "two\nlines"} }

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

func newWorld(seed uint64, kinds []mishap) *world {
	w := &world{seed: seed, kinds: kinds, settled: map[string]settlement{}}
	r := w.random("world")
	w.faultRate = pick(r, []float64{0, 0.05, 0.2, 0.2, 0.5})
	w.hideFor = pick(r, []time.Duration{0, 0, time.Second, 4 * time.Second, 9 * time.Second})
	w.retries = r.IntN(5)
	w.noMarker = r.IntN(20) == 0
	options := fakenebula.Options{Seed: seed | 1<<63, HideNewFor: w.hideFor}
	for i := range 1 + r.IntN(3) {
		ws := &workspace{world: w, number: i, credential: fmt.Sprintf("ak_credential-of-workspace-%d-in-%d", i, seed), killed: map[int]bool{}}
		options.APIKeys = append(options.APIKeys, fakenebula.SeedKey{Name: "credential", Secret: ws.credential})
		for range 1 + r.IntN(3) {
			ws.addresses = append(ws.addresses, &address{spec: Spec{pick(r, names()), pick(r, texts())}})
		}
		w.workspaces = append(w.workspaces, ws)
	}
	w.server = fakenebula.New(options)
	return w
}

// actor is one who does something in a round. Further kinds are added here.
type actor func(w *world, round int)

func (w *world) actors() []actor {
	actors := []actor{stranger, vandal}
	for _, ws := range w.workspaces {
		actors = append(actors, ws.run)
	}
	return actors
}

// play runs the schedule: rounds of trouble, then an hour later one apply of
// each workspace without any.
func (w *world) play() {
	for round := range rounds {
		var group sync.WaitGroup
		for _, act := range w.actors() {
			group.Go(func() { act(w, round) })
		}
		group.Wait()
		r := w.random("pause %d", round)
		time.Sleep(pick(r, []time.Duration{time.Second, 20 * time.Second, 5 * time.Minute, 20 * time.Minute}) + time.Duration(r.Int64N(1e9)))
	}
	for _, ws := range w.workspaces {
		ws.run(w, rounds)
	}
	time.Sleep(time.Hour) // what was to be committed late has been
}

// stranger makes keys with the names and texts of ours.
func stranger(w *world, round int) {
	r := w.random("stranger %d", round)
	for range r.IntN(5) {
		time.Sleep(within(r))
		name, text := pick(r, names()), pick(r, texts())
		if live := w.server.Keys(); r.IntN(2) == 0 {
			// The user's text of a key that exists, which may be ours.
			other := pick(r, live)
			name = other.Name
			text, _ = SplitMarker(other.Description)
		}
		w.server.AddKey(name, text)
		w.count(&w.totals.foreign)
	}
}

// vandal deletes keys that it did not make.
func vandal(w *world, round int) {
	r := w.random("vandal %d", round)
	for range r.IntN(3) {
		time.Sleep(within(r))
		if key := pick(r, w.server.Keys()); key.Name != "credential" {
			w.server.DeleteKey(key.ID)
		}
	}
}

// within is a moment of a run: most happens in its first second.
func within(r *rand.Rand) time.Duration {
	if r.IntN(2) == 0 {
		return time.Duration(r.Int64N(int64(time.Second)))
	}
	return time.Duration(r.Int64N(int64(40 * time.Second)))
}

type lockedRandom struct {
	mu     sync.Mutex
	random *rand.Rand
}

func (l *lockedRandom) Read(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range p {
		p[i] = byte(l.random.Uint32())
	}
	return len(p), nil
}

var _ io.Reader = (*lockedRandom)(nil)

// roundOf is the workspace and the round of a request on a wire.
func roundOf(label string) (workspace, round int) {
	if _, err := fmt.Sscanf(strings.SplitN(label, " ", 2)[0], "%d.%d", &workspace, &round); err != nil {
		panic(label)
	}
	return workspace, round
}
