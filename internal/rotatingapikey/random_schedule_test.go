package rotatingapikey_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/clock"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/lifecycle"
	"github.com/nebulablock/terraform-provider-nebula/internal/rotatingapikey"
)

const (
	rootSecret = "ak_root-of-the-rotation-tests"
	rootID     = "1"
)

// schedule is one account, one rotating key, and everything that may happen to
// them. Whatever happens, the rules hold:
//
//   - no orphan: a key that the provider made is in state, by its id or by the
//     token of its marker, or a warning has named that token;
//   - no foreign delete: a key that somebody else made and nobody imported lives;
//   - no dead key: the key in state works, unless somebody else deleted it; and
//     none is deleted before its time, or before its successor has been accepted
//     by the API;
//   - a plan comes true, and is followed by an empty one;
//   - no secret is anywhere but in state.
type schedule struct {
	random *rand.Rand
	fake   *fakenebula.Server
	engine engine
	totals *totals
	log    []func() string
	broken []string

	args  rotatingapikey.Arguments
	hides bool // lists do not show new keys for a while
	// taken are keys that somebody else deleted, adopted those of somebody else
	// that were imported, named the tokens that a warning told of.
	taken, adopted, named map[string]bool

	mu sync.Mutex
	op operation
}

// operation is what is going on, for the judge of each request.
type operation struct {
	kind                  string // "refresh", "apply", "destroy"
	issued                int    // keys there were before it
	proven                bool   // the API has accepted a key that was made in it
	overlap0              bool
	before                rotatingapikey.View // the state file
	requests, interruptAt int
	interrupt             context.CancelFunc
}

func (s *schedule) fault(format string, args ...any) {
	s.broken = append(s.broken, fmt.Sprintf(format, args...))
}

func (s *schedule) say(format string, args ...any) {
	now := time.Now().UTC()
	s.log = append(s.log, func() string { return now.Format("02T15:04:05 ") + fmt.Sprintf(format, args...) })
}

func (s *schedule) chance(percent int) bool { return s.random.IntN(100) < percent }

func pick[T any](s *schedule, of ...T) T { return of[s.random.IntN(len(of))] }

const recipient = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"

// known are the arguments as they are known during apply.
func (s *schedule) known() rotatingapikey.Arguments {
	a := s.args
	a.Unknown, a.Element = "", false
	return a
}

// saboteur breaks a rule on behalf of the provider, to show that it would be
// noticed.
type saboteur func(s *schedule, next http.RoundTripper) http.RoundTripper

// engineMaker makes the engine of a schedule.
type engineMaker func(s *schedule, transport http.RoundTripper) (engine, error)

func throughRPCs(s *schedule, transport http.RoundTripper) (engine, error) {
	return newCore(transport, map[string]string{"NEBULA_API_URL": s.fake.BaseURL(), "NEBULA_API_KEY": rootSecret, "NEBULA_MAX_RETRIES": pick(s, "0", "2")})
}

func directly(s *schedule, transport http.RoundTripper) (engine, error) {
	return &direct{transport: transport, baseURL: s.fake.BaseURL(), retries: pick(s, 0, 2), last: &rotatingapikey.Direct{}}, nil
}

func newSchedule(seed uint64, totals *totals, maker engineMaker, sabotage saboteur) (*schedule, error) {
	s := &schedule{random: rand.New(rand.NewPCG(seed, 0)), totals: totals,
		taken: map[string]bool{}, adopted: map[string]bool{}, named: map[string]bool{}}
	hidden := pick(s, 0, 0, 3*time.Second, 8*time.Second)
	s.hides = hidden > 0
	s.fake = fakenebula.New(fakenebula.Options{Seed: seed + 1, APIKeys: []fakenebula.SeedKey{{Name: "root", Secret: rootSecret}}, HideNewFor: hidden})
	transport := s.fake.Transport()
	if sabotage != nil {
		transport = sabotage(s, transport)
	}
	s.fake.OnRequest(s.judge)
	s.fake.OnResponse(s.witness)
	s.args = rotatingapikey.Arguments{Name: "ci", RotateAfter: pick(s, "", "30h", "72h"), Overlap: pick(s, "", "0s", "1h")}
	if s.chance(10) {
		s.args.Recipient = recipient
	}
	if s.chance(30) {
		s.args.Description = "for CI"
	}
	var err error
	s.engine, err = maker(s, transport)
	return s, err
}

// judge sees each request before it is carried out.
func (s *schedule) judge(r fakenebula.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	op := &s.op
	op.requests++
	if op.requests == op.interruptAt && op.interrupt != nil {
		op.interrupt()
		s.totals.interrupts.Add(1)
	}
	if r.Operation != fakenebula.OpDeleteKey || op.before.Tainted || op.kind == "destroy" {
		return
	}
	id := r.ObjectID
	issued := s.fake.Issued()
	madeNow := slices.ContainsFunc(issued[op.issued:], func(k fakenebula.Key) bool { return k.ID == id })
	switch {
	case op.kind == "refresh":
		s.fault("key %s is deleted by a %s", id, op.kind)
	case madeNow, slices.Contains(op.before.LeftoverIDs, id):
	case id == op.before.PreviousID && !time.Now().Before(op.before.RetireAt):
	case id == op.before.PreviousID && op.proven:
	case id == op.before.ID && op.proven && op.overlap0:
	default:
		s.fault("key %s is deleted too early: %+v", id, *op)
	}
}

// witness sees each request after it was carried out.
func (s *schedule) witness(r fakenebula.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.Operation != fakenebula.OpListKeys || r.Status != http.StatusOK || r.CredentialID == rootID {
		return
	}
	for _, k := range s.fake.Issued()[s.op.issued:] {
		s.op.proven = s.op.proven || k.ID == r.CredentialID
	}
}

func (s *schedule) begin(ctx context.Context, kind string) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.op = operation{kind: kind, issued: len(s.fake.Issued()), before: s.engine.view(), overlap0: s.args.Overlap == "0s"}
	return ctx, cancel
}

// wait passes time, whether or not ctx is interrupted.
func (s *schedule) wait(ctx context.Context, d time.Duration) {
	_ = clock.System().Sleep(context.WithoutCancel(ctx), d)
}

// command is a run of Terraform.
func (s *schedule) command(ctx context.Context, name string, faults int, do func(context.Context, run) error) reports {
	s.totals.commands.Add(1)
	r, err := s.engine.run(ctx)
	if err != nil {
		s.fault("%s: %v", name, err)
		return nil
	}
	s.inject(faults)
	err = do(ctx, r)
	s.fake.ClearFaults()
	s.say("%s: %+v\n%v", name, s.engine.view(), r.reports())
	if err != nil {
		s.fault("%s: %v", name, err)
	}
	s.check(r.reports())
	return r.reports()
}

var tokenIn = regexp.MustCompile(`\[tf:([^\]]+)\]`)

// check holds the rules after an operation.
func (s *schedule) check(rs reports) {
	secrets := s.fake.Secrets()
	for _, r := range rs {
		if r.summary == "API key may still appear" {
			s.named[tokenIn.FindStringSubmatch(r.detail)[1]] = true
		}
		if strings.Contains(r.detail, "defect in the provider") {
			s.fault("panic: %s", r.detail)
		}
		for _, secret := range secrets {
			if strings.Contains(r.detail+r.summary, secret) {
				s.fault("a diagnostic holds a secret: %s", r.detail)
			}
		}
	}
	v := s.engine.view()
	ids, tokens := append(v.LeftoverIDs, v.ID, v.PreviousID), append(v.UnresolvedCreationTokens, v.CreationToken)
	for _, k := range s.fake.Issued() {
		ours := k.CreatedBy.Via == fakenebula.ViaAPI
		switch {
		case !k.DeletedAt.IsZero():
			if !ours && !s.adopted[k.ID] && k.DeletedBy.Via == fakenebula.ViaAPI {
				s.fault("foreign key %s was deleted", k.ID)
			}
		case ours && !slices.Contains(ids, k.ID):
			m := tokenIn.FindStringSubmatch(k.Description)
			if m == nil || !slices.Contains(tokens, m[1]) && !s.named[m[1]] {
				s.fault("key %s (%s) is an orphan", k.ID, k.Description)
			}
		}
	}
	s.checkSecret(v)
}

// checkSecret: the key in state works, and is the one that the state says.
func (s *schedule) checkSecret(v rotatingapikey.View) {
	if v.ID == "" || v.Tainted {
		return
	}
	secret := s.fake.Secret(v.ID)
	if !s.taken[v.ID] && !s.fake.Valid(secret) {
		s.fault("the key in state, %s, is dead", v.ID)
	}
	switch {
	case s.adopted[v.ID]:
		if v.Key != "" || v.EncryptedKey != "" {
			s.fault("there is a secret of the imported key %s", v.ID)
		}
	case v.Fingerprint != lifecycle.Fingerprint(secret):
		s.fault("the fingerprint in state is not that of key %s", v.ID)
	case v.Sealed:
		if v.Key != "" || v.PreviousKey != "" || v.EncryptedKey == "" {
			s.fault("plaintext in the state of a sealed key")
		}
	case v.Key != secret:
		s.fault("the secret in state is not that of key %s", v.ID)
	}
}

// change alters the arguments.
func (s *schedule) change() {
	switch s.random.IntN(7) {
	case 0:
		s.args.Keeper++
	case 1:
		s.args.Name = pick(s, "ci", "prod")
	case 2:
		s.args.Description = pick(s, "", "for CI", "for production")
	case 3:
		s.args.RotateAfter = pick(s, "", "25h", "30h", "72h")
	case 4:
		s.args.Overlap = pick(s, "", "0s", "1h")
	case 5:
		s.args.Recipient = pick(s, "", recipient)
	case 6:
		s.args.Unknown = pick(s, "", "keepers", "rotate_after", "overlap", "description", "age_recipients", "name")
		s.args.Element = s.args.Unknown == "keepers" && s.args.Keeper > 0 && s.chance(50)
	}
}

// inject makes the API misbehave.
func (s *schedule) inject(n int) {
	verify := func(r fakenebula.Request) bool { return r.CredentialID != rootID }
	ordinary := func(r fakenebula.Request) bool { return r.CredentialID == rootID }
	post, del, list := fakenebula.OpCreateKey, fakenebula.OpDeleteKey, fakenebula.OpListKeys
	all := []fakenebula.Fault{
		{Operation: post, Drop: true, Commit: true},
		{Operation: post, Drop: true, Commit: true, Times: 3},
		{Operation: post, Drop: true},
		{Operation: post, Drop: true, CommitAfter: time.Duration(1+s.random.IntN(300)) * time.Second},
		{Operation: post, Hang: true, CommitAfter: time.Duration(1+s.random.IntN(60)) * time.Second},
		{Operation: post, Answer: fakenebula.HTML(502), Commit: true},
		{Operation: post, Answer: fakenebula.Failed(403, "no")},
		{Operation: post, Answer: fakenebula.Failed(200, "no")},
		{Operation: post, Answer: fakenebula.TooManyRequests("2")},
		{Operation: post, NotSent: fakenebula.ConnectionRefused()},
		{Operation: post, Rewrite: fakenebula.WithoutField("key")},
		{Operation: post, Rewrite: fakenebula.Cut},
		{Operation: list, Match: ordinary, Answer: fakenebula.HTML(503), Times: 1 + s.random.IntN(6)},
		{Operation: list, Match: ordinary, Rewrite: fakenebula.WithData("null"), Times: 1 + s.random.IntN(4)},
		{Operation: list, Match: ordinary, Answer: fakenebula.Failed(403, "no"), Skip: s.random.IntN(3)},
		{Operation: list, Match: ordinary, Drop: true},
		{Operation: list, Match: verify, Answer: fakenebula.Failed(401, "no")},
		{Operation: list, Match: verify, Answer: fakenebula.Failed(401, "no"), Times: -1},
		{Operation: list, Match: verify, Answer: fakenebula.HTML(500), Times: -1},
		{Operation: list, Match: verify, Hang: true, Times: 2},
		{Operation: del, Answer: fakenebula.Failed(403, "no"), Times: 1 + s.random.IntN(3)},
		{Operation: del, Answer: fakenebula.HTML(404), Times: -1},
		{Operation: del, Answer: fakenebula.HTML(500), Times: -1},
		{Operation: del, Answer: fakenebula.HTML(500), Commit: true},
		{Operation: del, Answer: fakenebula.Failed(409, "in use"), Times: 3},
		{Operation: del, Drop: true, Commit: true},
		{Operation: del, Drop: true, CommitAfter: 5 * time.Second},
		{Operation: del, Answer: fakenebula.Failed(200, "no"), Times: 2},
	}
	for range n {
		f := all[s.random.IntN(len(all))]
		s.say("fault: %+v", f)
		s.fake.Inject(f)
		s.totals.faults.Add(1)
	}
	if n > 0 && !s.hides && s.chance(20) {
		// One list that lags is survived; two in a row are taken at their word.
		left := s.random.IntN(5)
		s.fake.Inject(fakenebula.Fault{Operation: list, Match: ordinary, Skip: s.random.IntN(2), Omit: func(k fakenebula.Object) bool {
			id, err := strconv.Atoi(k.ID)
			return err == nil && id > 1 && id%5 == left
		}})
	}
}

// step does one thing out of all that can happen.
func (s *schedule) step(ctx context.Context) {
	faults := 0
	if s.chance(55) {
		faults = 1 + s.random.IntN(2)
	}
	v := s.engine.view()
	switch n := s.random.IntN(100); {
	case n < 65:
		if s.chance(60) {
			s.change()
		}
		s.apply(ctx, faults)
		s.args = s.known()
	case n < 68:
		ctx, cancel := s.begin(ctx, "refresh")
		defer cancel()
		s.command(ctx, "refresh", faults, func(ctx context.Context, r run) error { return r.refresh(ctx) })
	case n < 72:
		id, _ := s.fake.AddKey(v.KeyName, v.Description)
		s.say("somebody makes %s", id)
		s.totals.foreign.Add(1)
	case n < 75:
		s.take(v.ID)
	case n < 78:
		s.take(v.PreviousID)
	case n < 80:
		if s.fake.SetDescription(v.ID, "scribbled over") {
			s.say("somebody describes %s", v.ID)
		}
	default:
		s.wait(ctx, pick(s, time.Second, time.Minute, 70*time.Minute, 26*time.Hour, 31*time.Hour, 80*time.Hour))
	}
}

// take is a deletion by somebody else.
func (s *schedule) take(id string) {
	if id != "" && s.fake.DeleteKey(id) {
		s.taken[id] = true
		s.say("somebody deletes %s", id)
		s.totals.foreign.Add(1)
	}
}

// apply is a whole run: refresh, plan, apply, and when all went well the plan
// after it.
func (s *schedule) apply(ctx context.Context, faults int) {
	ctx, cancel := s.begin(ctx, "refresh")
	defer cancel()
	outer := ctx
	noop, refreshed := false, !s.chance(5)
	v := s.engine.view()
	said := s.command(ctx, "apply", faults, func(ctx context.Context, r run) error {
		if refreshed {
			if err := r.refresh(ctx); err != nil || r.reports().failed() {
				return err
			}
		}
		plan, err := r.plan(ctx, s.args)
		if err != nil || r.reports().failed() {
			return err
		}
		if noop = plan.noop(); noop {
			return nil
		}
		if s.chance(10) {
			s.wait(ctx, pick(s, time.Minute, 26*time.Hour))
		}
		ctx, cancel := s.begin(outer, "apply")
		defer cancel()
		if s.chance(15) {
			s.mu.Lock()
			s.op.interruptAt, s.op.interrupt = 1+s.random.IntN(6), cancel
			s.mu.Unlock()
		}
		v = s.engine.view()
		return r.apply(ctx, plan, s.known())
	})
	w := s.engine.view()
	if v.Present && v.ID != w.ID && w.ID != "" {
		s.totals.rotations.Add(1)
	}
	if v.PreviousID != "" && w.PreviousID == "" {
		s.totals.retired.Add(1)
	}
	if len(w.LeftoverIDs) > len(v.LeftoverIDs) {
		s.totals.leftovers.Add(1)
	}
	if len(w.UnresolvedCreationTokens) > len(v.UnresolvedCreationTokens) || w.Tainted && w.ID == "" {
		s.totals.undecided.Add(1)
	}
	if !said.failed() && !noop && refreshed {
		s.expectQuiet(outer, len(said) > 0)
	}
}

// expectQuiet plans once more: after an apply without errors nothing is left to
// do, unless it said so.
func (s *schedule) expectQuiet(ctx context.Context, warned bool) {
	v := s.engine.view()
	soon := v.PreviousID != "" && !time.Now().Before(v.RetireAt.Add(-time.Minute))
	if warned || len(v.UnresolvedCreationTokens) > 0 || soon {
		return
	}
	ctx, cancel := s.begin(ctx, "refresh")
	defer cancel()
	s.command(ctx, "plan again", 0, func(ctx context.Context, r run) error {
		if err := r.refresh(ctx); err != nil {
			return err
		}
		if now := s.engine.view(); now.ID != v.ID || now.PreviousID != v.PreviousID {
			return errors.New("the refresh after an apply has lost a key")
		}
		plan, err := r.plan(ctx, s.known())
		if err == nil && !plan.noop() {
			err = fmt.Errorf("the second plan is not empty: %w", plan.difference())
		}
		return err
	})
}

// adopt imports a key that somebody else made.
func (s *schedule) adopt(ctx context.Context) {
	description := s.args.Description
	if s.chance(50) {
		description = strings.TrimSpace(description + " [tf:" + time.Now().UTC().Add(-100*time.Hour).Format("20060102T150405Z") + "-abcdefghijklmnop]")
	}
	id, _ := s.fake.AddKey("ci-20260101T000000Z", description)
	s.adopted[id] = true
	ctx, cancel := s.begin(ctx, "refresh")
	defer cancel()
	s.command(ctx, "import", 0, func(ctx context.Context, r run) error {
		if err := r.importKey(ctx, id); err != nil {
			return err
		}
		return r.refresh(ctx)
	})
}

// run is the whole schedule, its end included: everybody behaves again, time
// passes, and destroying leaves nothing.
func (s *schedule) run(ctx context.Context) {
	if s.chance(15) {
		s.adopt(ctx)
	}
	s.apply(ctx, pick(s, 0, 0, 1, 2))
	for range 3 + s.random.IntN(6) {
		if s.step(ctx); len(s.broken) > 0 {
			return
		}
	}
	// Mostly everything is known by then; a destroy that comes before must tell
	// of what may still appear.
	early := s.chance(30)
	if !early {
		s.wait(ctx, 15*time.Minute)
	}
	destroy, cancel := s.begin(ctx, "destroy")
	defer cancel()
	s.command(destroy, "destroy", 0, func(ctx context.Context, r run) error {
		if !early || s.chance(50) {
			if err := r.refresh(ctx); err != nil {
				return err
			}
		}
		return r.destroy(ctx)
	})
	s.wait(ctx, 15*time.Minute)
	if s.engine.view().Present {
		s.fault("destroy leaves a state")
	}
	for _, k := range s.fake.Keys() {
		if k.CreatedBy.Via == fakenebula.ViaAPI || s.adopted[k.ID] {
			if m := tokenIn.FindStringSubmatch(k.Description); m != nil && s.named[m[1]] {
				s.totals.givenUp.Add(1)
				continue
			}
			s.fault("destroy leaves key %s", k.ID)
		}
	}
}
