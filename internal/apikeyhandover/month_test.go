package apikeyhandover_test

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

// setup is how a key is rotated and published.
type setup struct {
	// handsOver says that there is a hand-over, readsBack that it compares what
	// the store holds.
	handsOver, readsBack bool
	// fails says that the store has outages.
	fails bool
}

func (s setup) String() string {
	rotation, publishing := "without hand-over", "publishing works"
	switch {
	case s.readsBack:
		rotation = "with hand-over"
	case s.handsOver:
		rotation = "with hand-over that reads nothing back"
	}
	if s.fails {
		publishing = "publishing fails"
	}
	return rotation + ", " + publishing
}

// keepsPromise says that no consumer within the rule may hold a dead key.
func (s setup) keepsPromise() bool { return s.readsBack || !s.fails }

// months is a random test: a month of a key that is rotated, published to a
// store and used by consumers, in each of these setups. Those that are judged
// keep the promise of the guide: no consumer that keeps to the rule ever holds a
// dead key. See inRule.
func months(judged func(setup) bool, setups ...setup) rehearsal.Suite {
	return rehearsal.Suite{
		Schedules: 5,
		Needs: []string{"rotations", "failed runs", "repairs", "saved plans", "late runs", "kills", "interrupts",
			"checks, with hand-over, publishing fails", "dead keys, without hand-over, publishing fails"},
		Play: func(s *rehearsal.Schedule) {
			for _, of := range setups {
				newMonth(s, of, judged(of)).play()
			}
		},
	}
}

var allSetups = []setup{{}, {fails: true}, {handsOver: true, readsBack: true}, {handsOver: true, readsBack: true, fails: true}}

// The totals are a table of the four setups; -v shows it.
func TestMonth(t *testing.T) {
	t.Parallel()
	months(setup.keepsPromise, allSetups...).Run(t)
}

func TestSoakMonth(t *testing.T) {
	t.Parallel()
	months(setup.keepsPromise, allSetups...).Soak(t)
}

// The test of the test: when the clock alone ends the previous key, and when a
// hand-over believes a provider that claims to have written, consumers do hold
// dead keys.
func TestMonthNoticesDeadKeys(t *testing.T) {
	t.Parallel()
	for _, of := range []setup{{fails: true}, {handsOver: true, fails: true}} {
		t.Run(of.String(), func(t *testing.T) {
			t.Parallel()
			months(func(setup) bool { return true }, of).Catch(t, "holds the dead key")
		})
	}
}

// lifetime is a month at work.
type lifetime struct {
	*rehearsal.Schedule
	setup

	isJudged  bool
	fake      *fakenebula.Server
	store     *store
	workspace *rehearsal.Workspace
	overlap   time.Duration
	args      rehearsal.Args // of the rotating key
	// period is how long the pipeline waits between two runs, at least; pipeline
	// is its chance, the same in each setup.
	period    time.Duration
	pipeline  *rand.Rand
	repairs   bool // the run at hand replaces what publishes
	outageEnd time.Time
	consumers []*consumer
	begin     time.Time // of the consumers
	// replaced is which key the store got in the place of this one, and when.
	replaced map[string]replacement

	mu     sync.Mutex
	strike int // the request at which a run is hit, 0 for none
	hit    func(*rehearsal.Process)
}

type replacement struct {
	at time.Time
	by string
}

// consumer works every hour, and begins each few hours by fetching the key.
type consumer struct {
	fetchesEvery int // hours
	minute       time.Duration
	worked       int
	key          string
}

// due is when a consumer works next, from its beginning.
func (c *consumer) due() time.Duration { return time.Duration(c.worked)*time.Hour + c.minute }

func newMonth(s *rehearsal.Schedule, of setup, isJudged bool) *lifetime {
	const own = "ak_the-pipelines-own-key"
	chance := s.Source("arguments")
	m := &lifetime{Schedule: s, setup: of, isJudged: isJudged, store: &store{}, pipeline: s.Source("pipeline"), replaced: map[string]replacement{}}
	m.store.changed = func(from, to string) { m.replaced[from] = replacement{time.Now(), to} }
	m.fake = fakenebula.New(fakenebula.Options{Seed: s.Seed + 1, Reading: rehearsal.Pick(chance, fakenebula.Readings()...),
		APIKeys: []fakenebula.SeedKey{{Name: "pipeline", Secret: own}}})
	m.overlap = rehearsal.Pick(chance, 2*day, 3*day, 4*day)
	m.period = rehearsal.Pick(chance, 12*time.Hour, 24*time.Hour)
	m.args = rehearsal.Args{"name": "ci", "rotate_after": rehearsal.Pick(chance, "5d", "7d", "9d"), "overlap": m.overlap.String()}
	if of.handsOver {
		m.args["retire_previous"] = "handover"
	}
	longest := int(m.overlap / time.Hour)
	for _, hours := range []int{1, 2 + chance.IntN(9), 12, 24, 1 + chance.IntN(longest), longest} {
		m.consumers = append(m.consumers, &consumer{fetchesEvery: hours, minute: time.Duration(chance.IntN(60)) * time.Minute})
	}
	m.rehearse(own)
	return m
}

// rehearse puts the store's provider beside this one.
func (m *lifetime) rehearse(credential string) {
	m.workspace = acctest.Rehearse(map[string]string{"NEBULA_API_URL": m.fake.BaseURL(), "NEBULA_API_KEY": credential}, m.wire)
	schemas, err := storeSchemas()
	if err != nil {
		panic(err) // the provider's own schema is broken
	}
	serve := m.workspace.Serve
	m.workspace.Schemas = schemas
	m.workspace.Serve = func(p *rehearsal.Process) tfprotov6.ProviderServer { return m.store.beside(serve(p)) }
	m.workspace.Resources = []rehearsal.Resource{
		{Address: rotating, Config: func(rehearsal.Known) rehearsal.Args { return m.args }},
		{Address: published, DependsOn: []string{rotating}, Config: func(k rehearsal.Known) rehearsal.Args {
			return rehearsal.Args{"version": k.Get(rotating, "generation"), "secret_wo": k.Get(rotating, "key")}
		}},
	}
	if m.handsOver {
		m.workspace.Resources = append(m.workspace.Resources, rehearsal.Resource{Address: handover, DependsOn: []string{rotating, published}, Config: m.handover})
	}
}

func (m *lifetime) handover(k rehearsal.Known) rehearsal.Args {
	args := rehearsal.Args{"rotation": k.Get(rotating, "rotation")}
	if m.readsBack {
		args["delivered_key_wo"] = m.store.get()
		if m.isWritten(k) {
			// What depends on something that changes is read only then.
			args["delivered_key_wo"] = rehearsal.Unknown
		}
	}
	return args
}

// isWritten says that the plan at hand writes to the store.
func (m *lifetime) isWritten(k rehearsal.Known) bool {
	stored := m.workspace.State(published)
	planned, ok := k.Get(published, "version").(tftypes.Value)
	return !k.Applying && (m.repairs || stored.Tainted || !ok || stored.Object == nil || !planned.Equal(stored.Object["version"]))
}

// wire lets a run be hit at one of its requests.
func (m *lifetime) wire(p *rehearsal.Process) http.RoundTripper {
	return p.Wire(m.fake.Transport(), func(n int, _ *http.Request) error {
		m.mu.Lock()
		hit := m.hit
		if n != m.strike {
			hit = nil
		}
		m.mu.Unlock()
		if hit != nil {
			hit(p)
		}
		return nil
	})
}

func (m *lifetime) play() {
	m.Note("%v, overlap %v, a run each %v", m.setup, m.overlap, m.period)
	m.heard(m.workspace.Apply(context.Background(), rehearsal.Options{}))
	m.begin = time.Now()
	for failed := 0; time.Since(m.begin) < month && len(m.Violations()) == 0; failed++ {
		pause := m.period
		if m.pipeline.IntN(100) < 8 {
			pause += time.Duration(m.pipeline.IntN(72)) * time.Hour
			m.Count("late runs", 1)
		}
		m.live(pause)
		m.outages()
		// Somebody looks after a pipeline that stays red.
		if m.repairs = failed > 1; m.repairs {
			m.Count("repairs", 1)
		}
		if m.run() {
			failed = -1
		}
	}
	m.Count("rotations", len(m.fake.Issued())-2)
	m.Count("months", 1)
}

// outages begins one, or ends it.
func (m *lifetime) outages() {
	kind := rehearsal.Pick(m.pipeline, refuses, forgets)
	begins, hours := m.pipeline.IntN(100) < 40, m.pipeline.IntN(90)
	switch {
	case !m.fails || time.Now().Before(m.outageEnd):
	case begins:
		m.store.fail(kind)
		m.outageEnd = time.Now().Add(time.Duration(hours) * time.Hour)
	default:
		m.store.fail(available)
	}
}

// run is one of the pipeline: a plan and its apply, at once or later.
func (m *lifetime) run() (ok bool) {
	var o rehearsal.Options
	if m.repairs {
		o.Replace = []string{published}
	}
	isLater, hours := m.pipeline.IntN(100) < 15, m.pipeline.IntN(30)
	isHit, request, kills := m.pipeline.IntN(100) < 5, 1+m.pipeline.IntN(6), m.pipeline.IntN(2) == 0
	plan, report := m.workspace.Plan(context.Background(), o)
	if isLater {
		m.Count("saved plans", 1)
		m.live(time.Duration(hours) * time.Hour)
	}
	if plan != nil && !plan.Empty() {
		if isHit {
			m.hitAt(request, kills)
		}
		report = report.With(m.workspace.ApplyPlan(context.Background(), plan))
		m.hitAt(0, false)
	}
	return m.heard(report)
}

func (m *lifetime) heard(report *rehearsal.Report) (ok bool) {
	state := m.workspace.State(rotating).Object
	m.Heard(fmt.Sprintf("run: current key %s, previous key %q", state.Text("id"), state.Text("previous_id")), report)
	if report.Failed() {
		m.Count("failed runs", 1)
	}
	return !report.Failed()
}

// hitAt has the next process killed or interrupted at one of its requests; 0 is
// at none.
func (m *lifetime) hitAt(request int, kills bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.strike = request
	m.hit = func(p *rehearsal.Process) {
		if kills {
			m.Count("kills", 1)
			p.Kill()
		} else {
			m.Count("interrupts", 1)
			p.Interrupt()
		}
	}
}

// live lets the consumers work until a while from now.
func (m *lifetime) live(d time.Duration) {
	until := time.Now().Add(d)
	for {
		next := slices.MinFunc(m.consumers, func(a, b *consumer) int { return cmp.Compare(a.due(), b.due()) })
		at := m.begin.Add(next.due())
		if at.After(until) {
			break
		}
		m.Wait(time.Until(at))
		m.work(next)
	}
	m.Wait(time.Until(until))
}

// work uses the key. One that cannot be fetched now is kept as it was.
func (m *lifetime) work(c *consumer) {
	if secret := m.store.get(); c.worked%c.fetchesEvery == 0 && secret != "" {
		c.key = secret
	}
	c.worked++
	m.Count("checks, "+m.setup.String(), 1)
	switch {
	case m.fake.Valid(c.key):
	case m.inRule(c):
		m.Count("dead keys, "+m.setup.String(), 1)
		if m.isJudged {
			m.Violate("a consumer that fetches every %d h holds the dead key %s", c.fetchesEvery, m.key(c.key).ID)
		}
	default:
		m.Count("dead keys of consumers outside of the rule, "+m.setup.String(), 1)
	}
}

// inRule says whether a consumer that holds a dead key could expect not to. It
// could while there was no other key to fetch. Afterwards it could when it fetches
// as often as the pipeline runs, or within what publishing has left of the
// overlap.
func (m *lifetime) inRule(c *consumer) bool {
	const slack = time.Hour // what a run may take
	arrived, ok := m.replaced[c.key]
	if !ok {
		return true
	}
	interval := time.Duration(c.fetchesEvery)*time.Hour + slack
	publishing := arrived.at.Sub(m.key(arrived.by).CreatedAt)
	return interval <= m.period || publishing+interval <= m.overlap
}

// key finds a key by its secret.
func (m *lifetime) key(secret string) fakenebula.Key {
	for _, k := range m.fake.Issued() {
		if m.fake.Secret(k.ID) == secret {
			return k
		}
	}
	return fakenebula.Key{}
}
