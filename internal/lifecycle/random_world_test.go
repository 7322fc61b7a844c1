package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cenkalti/backoff/v6"

	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
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

// workspace is a configuration with its state.
type workspace struct {
	world      *world
	number     int
	credential string
	addresses  []*address
	killed     map[int]bool // rounds whose processes were killed
}

// address is a resource of the configuration. record is its state, nil for
// none; it holds what the resource nebula_api_key would keep.
type address struct {
	spec   Spec
	record *record
}

type record struct {
	id      nebula.ID
	token   string
	secret  string
	tainted bool
}

func (r *record) ref() Ref { return Ref{ID: r.id, Token: r.token} }

// action is what a round's configuration wants of an address.
type action int

const (
	keep action = iota
	replace
	destroy
)

// run is one `terraform apply`: all addresses are read, then those that differ
// from what is wanted are deleted and created, each walk in a process of its
// own, as Terraform does it.
func (ws *workspace) run(w *world, round int) {
	r := w.random("run %d %d", ws.number, round)
	p := &process{workspace: ws, round: round, trouble: round < rounds, seen: map[string]int{}}
	ctx, interrupt := context.WithCancel(context.Background())
	defer interrupt()
	if p.trouble {
		switch r.IntN(6) {
		case 0:
			defer time.AfterFunc(within(r), func() {
				w.count(&w.totals.interrupts)
				interrupt()
			}).Stop()
		case 1:
			defer time.AfterFunc(within(r), func() {
				w.count(&w.totals.kills)
				p.dead.Store(true)
			}).Stop()
		}
	}
	timeout := 5 * time.Minute
	if p.trouble && r.IntN(5) == 0 {
		timeout = 20 * time.Second
	}
	defer func() { ws.killed[round] = p.dead.Load() }()
	readable := make([]bool, len(ws.addresses))
	p.each(ctx, timeout, func(ctx context.Context, k *Keeper, i int) { readable[i] = p.read(ctx, k, ws.addresses[i]) })
	p.each(ctx, timeout, func(ctx context.Context, k *Keeper, i int) {
		want := keep
		if p.trouble {
			want = pick(p.random("want %d", i), []action{keep, keep, keep, replace, destroy})
		}
		if readable[i] && ctx.Err() == nil {
			p.apply(ctx, k, ws.addresses[i], want)
		}
	})
}

// process is a provider at work.
type process struct {
	workspace *workspace
	round     int
	trouble   bool
	dead      atomic.Bool

	mu   sync.Mutex
	seen map[string]int
}

func (p *process) random(format string, args ...any) *rand.Rand {
	return p.workspace.world.random("process %d %d: %s", p.workspace.number, p.round, fmt.Sprintf(format, args...))
}

type addressKey struct{}

// each walks the addresses at once, as Terraform does.
func (p *process) each(ctx context.Context, timeout time.Duration, visit func(context.Context, *Keeper, int)) {
	k := p.keeper()
	var group sync.WaitGroup
	for i := range p.workspace.addresses {
		group.Go(func() {
			time.Sleep(time.Duration(p.random("start %d", i).IntN(1000)))
			ctx, cancel := context.WithTimeout(context.WithValue(ctx, addressKey{}, i), timeout)
			defer cancel()
			visit(ctx, k, i)
		})
	}
	group.Wait()
}

func (p *process) keeper() *Keeper {
	w := p.workspace.world
	client, err := nebula.New(nebula.Config{
		BaseURL: w.server.BaseURL(), Credential: nebula.APIKey(p.workspace.credential), Transport: wire{p, w.server.Transport()}, MaxRetries: w.retries,
		BackOff: func() backoff.BackOff { return &doubling{next: 500 * time.Millisecond} },
		Observe: func(_ context.Context, e nebula.Exchange) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.said = append(w.said, e.Route, e.Err)
		},
	})
	if err != nil {
		panic(err)
	}
	k := New(Options{Client: client, OwnershipMarker: !w.noMarker, Random: &lockedRandom{random: p.random("tokens")}})
	if w.byName {
		k.match = k.newestOfName
	}
	return k
}

// newestOfName is the rule that everybody thinks of first: of the keys that
// this process's first list lacked, the newest one of the name that was asked
// for.
func (k *Keeper) newestOfName(s *snapshot, spec Spec, _ string) []nebula.ID {
	before := k.view.firstWitness()
	var newest []nebula.ID
	for _, key := range s.keys {
		_, old := before.byID[key.ID]
		if key.Name == spec.Name && (!old || before == s) {
			newest = []nebula.ID{key.ID} // lists are in the order of creation
		}
	}
	return newest
}

// read does what the resource's Read does. It says whether the plan can go on.
func (p *process) read(ctx context.Context, k *Keeper, a *address) bool {
	if p.workspace.world.byName {
		// The name rule needs to know what was there before.
		if _, err := k.List(ctx, RefreshAge); err != nil {
			return false
		}
	}
	if a.record == nil || a.record.id == "" && a.record.token == "" {
		return true
	}
	key, err := k.Find(ctx, a.record.ref(), RefreshAge)
	if err != nil {
		p.workspace.world.say(err)
	}
	if p.dead.Load() {
		return false
	}
	var several *SeveralError
	switch {
	case err == nil:
		a.record.id = key.ID
		return true
	case IsAbsent(err) && a.record.id == "" && k.MayStillAppear(a.record.token):
		return true
	case IsAbsent(err):
		p.forget(k, a)
		return true
	default:
		return errors.As(err, &several)
	}
}

// forget takes an address out of state.
func (p *process) forget(k *Keeper, a *address) {
	if a.record.id == "" && a.record.token != "" {
		began := k.view.latestBegan()
		w := p.workspace.world
		w.mu.Lock()
		defer w.mu.Unlock()
		w.settled[a.record.token] = settlement{p.workspace.number, began, time.Now()}
	}
	a.record = nil
}

func (v *view) latestBegan() time.Time {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.latest.began
}

// apply does what Terraform and the resource's Delete and Create do.
func (p *process) apply(ctx context.Context, k *Keeper, a *address, want action) {
	if a.record != nil && (want != keep || a.record.tainted) {
		if a.record.ref() != (Ref{}) {
			err := k.Delete(ctx, a.record.ref())
			if err != nil {
				p.workspace.world.say(err)
			}
			if err != nil || p.dead.Load() {
				return
			}
		}
		p.forget(k, a)
	}
	if a.record == nil && want != destroy && ctx.Err() == nil {
		p.create(ctx, k, a)
	}
}

func (p *process) create(ctx context.Context, k *Keeper, a *address) {
	w := p.workspace.world
	created, err := k.Create(ctx, a.spec)
	if err != nil {
		w.say(err)
	}
	if p.dead.Load() {
		return
	}
	var undecided *UndecidedError
	var lost *SecretLostError
	switch {
	case err == nil:
		a.record = &record{id: created.ID, token: created.Token, secret: created.Secret}
		w.say(errors.New(created.String() + fmt.Sprintf("%#v", created)))
		w.count(&w.totals.created)
	case errors.As(err, &undecided):
		a.record = &record{id: undecided.ID, token: undecided.Token, tainted: true}
		w.count(&w.totals.undecided)
	case errors.As(err, &lost):
		w.count(&w.totals.secretLost)
	}
}

// wire is what lies between a process and the API: it takes time, and the
// schedule's faults happen on it.
type wire struct {
	process *process
	server  http.RoundTripper
}

func (l wire) RoundTrip(r *http.Request) (*http.Response, error) {
	p := l.process
	ctx := r.Context()
	label, random := p.call(r)
	if err := pause(ctx, random); err != nil {
		return nil, err
	}
	if p.dead.Load() {
		return nil, fakenebula.ConnectionRefused()
	}
	w := p.workspace.world
	r = r.Clone(ctx)
	r.Header.Set("User-Agent", label) // the fake's faults know the request by it
	if p.trouble && random.Float64() < w.faultRate {
		if fault, ok := drawFault(w.kinds, operationOf(r), random); ok {
			fault.Match = func(q fakenebula.Request) bool { return q.UserAgent == label }
			w.server.Inject(fault)
			w.count(&w.totals.faults)
		}
	}
	response, err := l.server.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	if err := pause(ctx, random); err != nil {
		_ = response.Body.Close()
		return nil, err
	}
	return response, nil
}

// call names a request and gives the randomness that belongs to it. Lists
// belong to the process, for its addresses share them.
func (p *process) call(r *http.Request) (label string, random *rand.Rand) {
	label = fmt.Sprintf("%d.%d %s", p.workspace.number, p.round, r.Method)
	if i, ok := r.Context().Value(addressKey{}).(int); ok && r.Method != http.MethodGet {
		label += fmt.Sprintf(" %d", i)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen[label]++
	label += fmt.Sprintf(" #%d", p.seen[label])
	return label, p.workspace.world.random("call %s", label)
}

// maxPause bounds what a request takes on either way.
const maxPause = 100 * time.Millisecond

func pause(ctx context.Context, random *rand.Rand) error {
	timer := time.NewTimer(time.Duration(random.Int64N(int64(maxPause))))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func operationOf(r *http.Request) fakenebula.Operation {
	switch r.Method {
	case http.MethodPost:
		return fakenebula.OpCreateKey
	case http.MethodDelete:
		return fakenebula.OpDeleteKey
	default:
		return fakenebula.OpListKeys
	}
}

// mishap is a kind of fault; without an operation it befalls all.
type mishap struct {
	operation fakenebula.Operation
	make      func(*rand.Rand) fakenebula.Fault
}

func drawFault(kinds []mishap, operation fakenebula.Operation, r *rand.Rand) (fakenebula.Fault, bool) {
	for range 20 {
		if m := pick(r, kinds); m.operation == fakenebula.OpAny || m.operation == operation {
			return m.make(r), true
		}
	}
	return fakenebula.Fault{}, false
}

func mishaps() []mishap {
	type fault = fakenebula.Fault
	always := func(operation fakenebula.Operation, f fault) mishap {
		return mishap{operation, func(*rand.Rand) fault { return f }}
	}
	late := func(r *rand.Rand) time.Duration {
		return pick(r, []time.Duration{time.Second, 10 * time.Second, 40 * time.Second, 3 * time.Minute}) + time.Duration(r.Int64N(1e9))
	}
	answer := func(r *rand.Rand) fakenebula.Answer {
		return pick(r, []fakenebula.Answer{
			fakenebula.Failed(500, "oops"), fakenebula.HTML(502), fakenebula.Failed(503, "busy"), fakenebula.HTML(504),
			fakenebula.HTML(200), fakenebula.Redirect(302, "/elsewhere"), fakenebula.JSON(200, ""),
		})
	}
	// The real answer, secret included, as the message of an error.
	betray := func(a fakenebula.Answer) fakenebula.Answer {
		return fakenebula.Failed(500, "could not deliver "+a.Body)
	}
	return []mishap{
		always(fakenebula.OpAny, fault{NotSent: fakenebula.ConnectionRefused()}),
		always(fakenebula.OpAny, fault{NotSent: fakenebula.DialTimeout()}),
		always(fakenebula.OpAny, fault{Drop: true}),
		always(fakenebula.OpAny, fault{Drop: true, Commit: true}),
		always(fakenebula.OpCreateKey, fault{Drop: true, Commit: true}),
		always(fakenebula.OpCreateKey, fault{Drop: true, Commit: true}),
		always(fakenebula.OpAny, fault{Hang: true}),
		always(fakenebula.OpAny, fault{Hang: true, Commit: true}),
		{fakenebula.OpAny, func(r *rand.Rand) fault { return fault{Answer: answer(r)} }},
		{fakenebula.OpAny, func(r *rand.Rand) fault { return fault{Answer: answer(r), Commit: true} }},
		{fakenebula.OpCreateKey, func(r *rand.Rand) fault { return fault{Answer: answer(r), CommitAfter: late(r)} }},
		{fakenebula.OpCreateKey, func(r *rand.Rand) fault { return fault{Drop: true, CommitAfter: late(r)} }},
		{fakenebula.OpDeleteKey, func(r *rand.Rand) fault { return fault{Drop: true, CommitAfter: late(r)} }},
		{fakenebula.OpAny, func(r *rand.Rand) fault {
			return fault{Answer: fakenebula.TooManyRequests(pick(r, []string{"", "1", "5", "3600"}))}
		}},
		{fakenebula.OpAny, func(r *rand.Rand) fault {
			return fault{Answer: fakenebula.Failed(pick(r, []int{200, 401, 403, 404, 405}), "no")}
		}},
		always(fakenebula.OpDeleteKey, fault{Answer: fakenebula.Failed(409, "in use")}),
		always(fakenebula.OpDeleteKey, fault{Answer: fakenebula.Failed(200, "no"), Commit: true}),
		always(fakenebula.OpAny, fault{Rewrite: fakenebula.Cut}),
		always(fakenebula.OpAny, fault{Rewrite: fakenebula.Stall}),
		always(fakenebula.OpAny, fault{Rewrite: fakenebula.WithData("null")}),
		always(fakenebula.OpAny, fault{Rewrite: fakenebula.WithField("id", "{}")}),
		always(fakenebula.OpCreateKey, fault{Rewrite: fakenebula.WithoutField("key")}),
		always(fakenebula.OpCreateKey, fault{Rewrite: betray}),
		{fakenebula.OpAny, func(r *rand.Rand) fault { return fault{Delay: time.Duration(r.Int64N(int64(45 * time.Second)))} }},
	}
}

// doubling is a back-off without chance, so that a seed tells the whole story.
type doubling struct{ next time.Duration }

func (d *doubling) NextBackOff() time.Duration {
	d.next = min(2*d.next, 30*time.Second)
	return d.next / 2
}
func (d *doubling) Reset() {}

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
