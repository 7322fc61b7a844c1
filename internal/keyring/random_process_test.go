package keyring

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cenkalti/backoff/v6"

	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

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
		BaseURL: w.server.BaseURL(), Credential: nebula.APIKeyCredential(p.workspace.credential), Transport: wire{p, w.server.Transport()}, MaxRetries: w.retries,
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

// doubling is a back-off without chance, so that a seed tells the whole story.
type doubling struct{ next time.Duration }

func (d *doubling) NextBackOff() time.Duration {
	d.next = min(2*d.next, 30*time.Second)
	return d.next / 2
}
func (d *doubling) Reset() {}
