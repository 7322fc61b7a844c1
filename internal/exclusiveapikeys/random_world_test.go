package exclusiveapikeys

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/nebulablock/terraform-provider-nebula/internal/clock"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/lifecycle"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// core does what Terraform does with one resource, over the provider's real
// interface: it refreshes, plans, plans again when it applies, insists that the
// second plan keeps what the first one knew, and applies.
type core struct {
	server   tfprotov6.ProviderServer
	provider *oneResource
}

// oneResource is a provider that offers the resource, with a rule of the
// test's.
type oneResource struct {
	rule func(names, []lifecycle.Key, policy) (doomed, renamed []lifecycle.Key)
	data *tfkit.ProviderData
}

func (p *oneResource) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "nebula"
}
func (p *oneResource) Schema(context.Context, provider.SchemaRequest, *provider.SchemaResponse) {}
func (p *oneResource) Configure(_ context.Context, _ provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	resp.ResourceData = p.data
}
func (p *oneResource) DataSources(context.Context) []func() datasource.DataSource { return nil }
func (p *oneResource) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{func() resource.Resource { return &exclusiveResource{judge: p.rule} }}
}

const typeName = "nebula_api_keys_exclusive"

func newCore(rule func(names, []lifecycle.Key, policy) (doomed, renamed []lifecycle.Key)) *core {
	p := &oneResource{rule: rule}
	return &core{server: providerserver.NewProtocol6(p)(), provider: p}
}

// The wire type of the resource.
var (
	idSet         = tftypes.Set{ElementType: tftypes.String}
	patternList   = tftypes.List{ElementType: tftypes.String}
	nameMap       = tftypes.Map{ElementType: tftypes.String}
	timeoutsBlock = tftypes.Object{AttributeTypes: map[string]tftypes.Type{"create": tftypes.String, "update": tftypes.String}}
	objectType    = tftypes.Object{AttributeTypes: map[string]tftypes.Type{
		"allowed_ids": idSet, "ignore_name_regex": patternList, "unmanaged": nameMap, "timeouts": timeoutsBlock,
	}}
)

// arguments are a configuration; with unknown its values are not known yet.
type arguments struct {
	allowed []string
	ignored []string
	unknown bool
}

func (a arguments) spares(id, name string) bool {
	return slices.Contains(a.allowed, id) || slices.ContainsFunc(a.ignored, func(p string) bool { return strings.Contains(name, p) })
}

// object is a configuration, or a state with what it holds of other keys.
func object(a arguments, unmanaged tftypes.Value) tftypes.Value {
	allowed := tftypes.NewValue(idSet, values(a.allowed))
	if a.unknown {
		allowed = tftypes.NewValue(idSet, tftypes.UnknownValue)
	}
	return tftypes.NewValue(objectType, map[string]tftypes.Value{
		"allowed_ids": allowed, "ignore_name_regex": tftypes.NewValue(patternList, values(a.ignored)),
		"unmanaged": unmanaged, "timeouts": tftypes.NewValue(timeoutsBlock, nil),
	})
}

func values(texts []string) []tftypes.Value {
	all := make([]tftypes.Value, len(texts))
	for i, text := range texts {
		all[i] = tftypes.NewValue(tftypes.String, text)
	}
	return all
}

var (
	noUnmanaged = tftypes.NewValue(nameMap, nil)
	noObject    = tftypes.NewValue(objectType, nil)
)

// unmanagedOf is what an object holds of other keys.
func unmanagedOf(o tftypes.Value) (held map[string]string, known bool) {
	attributes, elements := map[string]tftypes.Value{}, map[string]tftypes.Value{}
	if o.IsNull() || o.As(&attributes) != nil || !attributes["unmanaged"].IsKnown() || attributes["unmanaged"].As(&elements) != nil {
		return nil, false
	}
	held = map[string]string{}
	for id, value := range elements {
		var name string
		if value.As(&name) != nil {
			return nil, false
		}
		held[id] = name
	}
	return held, true
}

func encode(v tftypes.Value) *tfprotov6.DynamicValue {
	d, err := tfprotov6.NewDynamicValue(objectType, v)
	if err != nil {
		panic(err)
	}
	return &d
}

func decode(d *tfprotov6.DynamicValue) tftypes.Value {
	v, err := d.Unmarshal(objectType)
	if err != nil {
		panic(err)
	}
	return v
}

func failed(diags []*tfprotov6.Diagnostic) bool {
	return slices.ContainsFunc(diags, func(d *tfprotov6.Diagnostic) bool { return d.Severity == tfprotov6.DiagnosticSeverityError })
}

// world is one schedule.
type world struct {
	core   *core
	random *rand.Rand
	clock  *clock.Fake
	server *fakenebula.Server

	state tftypes.Value
	args  arguments
	// calm says that nobody interferes.
	calm       bool
	applying   bool
	violations []string
	totals     totals
}

const (
	worldKey = "ak_key-of-the-provider-in-random-schedules"
	worldID  = "1"
)

// Violations.
const (
	notNamed     = "was deleted, and the plan did not name it"
	renamedSince = "was deleted under another name than the plan's"
)

func newWorld(seed uint64, c *core) *world {
	w := &world{core: c, random: rand.New(rand.NewPCG(seed, 5)), clock: clock.NewFake(time.Date(2026, 11, 23, 1, 56, 0, 0, time.UTC)), state: noObject}
	keys := []fakenebula.SeedKey{{Name: "provider", Secret: worldKey}}
	for range w.random.IntN(4) {
		keys = append(keys, fakenebula.SeedKey{Name: w.name()})
	}
	w.server = fakenebula.New(fakenebula.Options{Clock: w.clock, Seed: seed + 1, APIKeys: keys})
	interfere := func(r fakenebula.Request) {
		if w.applying && !w.calm && w.random.IntN(3) == 0 {
			// A rename between the apply's list and its delete cannot be seen.
			w.foreign(false)
			w.totals.during++
		}
	}
	w.server.OnRequest(interfere)
	w.server.OnResponse(interfere)
	w.args = arguments{allowed: []string{worldID}, ignored: []string{"robot"}}
	return w
}

func (w *world) name() string {
	return []string{"a", "b", "robot-1", "production", "x/\"y\""}[w.random.IntN(5)]
}

// foreign is what a colleague does.
func (w *world) foreign(rename bool) {
	keys := w.server.Keys()
	victim := keys[w.random.IntN(len(keys))].ID
	switch w.random.IntN(4) {
	case 0, 1:
		w.server.AddKey(w.name(), "")
	case 2:
		if victim != worldID {
			w.server.DeleteKey(victim)
		}
	case 3:
		if rename && victim != worldID {
			w.server.SetName(victim, w.name())
		}
	}
}

// connect starts the provider anew, as Terraform does for each walk.
func (w *world) connect() {
	client, err := nebula.New(nebula.Config{BaseURL: w.server.BaseURL(), Credential: nebula.APIKey(worldKey), Transport: w.server.Transport(), Clock: w.clock, MaxRetries: 1})
	if err != nil {
		panic(err)
	}
	w.core.provider.data = &tfkit.ProviderData{Connect: func() (*tfkit.Services, diag.Diagnostics) {
		return &tfkit.Services{Client: client, Clock: w.clock, OwnFingerprint: lifecycle.Fingerprint(worldKey),
			Keys: lifecycle.New(lifecycle.Options{Client: client, Clock: w.clock, OwnershipMarker: true})}, nil
	}}
	empty := tftypes.Object{}
	config, err := tfprotov6.NewDynamicValue(empty, tftypes.NewValue(empty, map[string]tftypes.Value{}))
	if err != nil {
		panic(err)
	}
	if _, err := w.core.server.ConfigureProvider(context.Background(), &tfprotov6.ConfigureProviderRequest{Config: &config}); err != nil {
		panic(err)
	}
}

// changeArguments edits the configuration.
func (w *world) changeArguments() {
	keys := w.server.Keys()
	id := keys[w.random.IntN(len(keys))].ID
	switch w.random.IntN(4) {
	case 0, 1:
		if !slices.Contains(w.args.allowed, id) {
			w.args.allowed = append(slices.Clone(w.args.allowed), id)
		}
	case 2:
		w.args.allowed = slices.DeleteFunc(slices.Clone(w.args.allowed), func(a string) bool { return a == id && a != worldID })
	case 3:
		w.args.ignored = [][]string{{"robot"}, {}, {"robot", "prod"}}[w.random.IntN(3)]
	}
}

// plan is a plan that was made.
type plan struct {
	prior, planned tftypes.Value
	args           arguments
}

func (p plan) named() map[string]string {
	named, _ := unmanagedOf(p.prior)
	planned, known := unmanagedOf(p.planned)
	if !known {
		return nil
	}
	for id := range planned {
		delete(named, id)
	}
	return named
}

// play is a few rounds, and then two in calm, after which all must be in
// order.
func (w *world) play() {
	w.totals.schedules++
	for range 2 + w.random.IntN(3) {
		w.round()
	}
	w.calm = true
	w.server.ClearFaults()
	for range 3 {
		w.round()
	}
	for _, key := range w.server.Keys() {
		if !w.args.spares(key.ID, key.Name) {
			w.violate("key %s (%s) is left although nobody interfered any more", key.ID, key.Name)
		}
	}
	if p, ok := w.plan(); !ok || !p.planned.Equal(p.prior) {
		w.violate("the last plan is not empty")
	}
}

func (w *world) violate(format string, args ...any) {
	w.violations = append(w.violations, fmt.Sprintf(format, args...))
}

// round is a plan and mostly its apply, with whatever comes in between.
func (w *world) round() {
	w.clock.Advance(time.Minute)
	if !w.calm {
		w.between()
		if w.random.IntN(2) == 0 {
			w.changeArguments()
		}
	}
	p, ok := w.plan()
	if !ok {
		return
	}
	if !w.calm {
		w.between()
		switch w.random.IntN(8) {
		case 0:
			w.totals.discarded++
			return
		case 1:
			// A saved plan is applied the next day, when the configuration has
			// moved on. It still has its own.
			w.totals.saved++
			w.clock.Advance(24 * time.Hour)
			w.changeArguments()
			w.between()
		}
	}
	w.apply(p)
}

func (w *world) between() {
	for range w.random.IntN(3) {
		w.foreign(true)
		w.totals.between++
	}
}

func (w *world) plan() (plan, bool) {
	ctx := context.Background()
	w.connect()
	w.totals.plans++
	prior := w.state
	if !prior.IsNull() && (w.calm || w.random.IntN(6) > 0) {
		read, err := w.core.server.ReadResource(ctx, &tfprotov6.ReadResourceRequest{TypeName: typeName, CurrentState: encode(prior)})
		if err != nil {
			panic(err)
		}
		if failed(read.Diagnostics) {
			return plan{}, false
		}
		prior = decode(read.NewState)
	}
	p := plan{prior: prior, args: w.args}
	first := w.args
	if !w.calm && w.random.IntN(4) == 0 {
		first.unknown = true
		w.totals.unknown++
	}
	planned, ok := w.propose(prior, first)
	p.planned = planned
	w.totals.named += len(p.named())
	return p, ok
}

// propose has the provider plan.
func (w *world) propose(prior tftypes.Value, a arguments) (tftypes.Value, bool) {
	unmanaged := noUnmanaged
	if !prior.IsNull() {
		attributes := map[string]tftypes.Value{}
		if err := prior.As(&attributes); err != nil {
			panic(err)
		}
		unmanaged = attributes["unmanaged"]
	}
	resp, err := w.core.server.PlanResourceChange(context.Background(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: typeName, PriorState: encode(prior), Config: encode(object(a, noUnmanaged)), ProposedNewState: encode(object(a, unmanaged)),
	})
	if err != nil {
		panic(err)
	}
	if failed(resp.Diagnostics) {
		w.violate("planning failed: %s", resp.Diagnostics[0].Detail)
		return noObject, false
	}
	return decode(resp.PlannedState), true
}

// apply carries a plan out and checks what it did.
func (w *world) apply(p plan) {
	if p.planned.Equal(p.prior) {
		w.state = p.prior
		return
	}
	w.connect()
	w.totals.applies++
	second, ok := w.propose(p.prior, p.args)
	if !ok {
		return
	}
	first, known := unmanagedOf(p.planned)
	if again, _ := unmanagedOf(second); known && fmt.Sprint(first) != fmt.Sprint(again) {
		w.violate("the second plan differs: %v, then %v", first, again)
		return
	}
	if !w.calm {
		w.misbehave()
	}
	before := map[string]string{}
	for _, key := range w.server.Keys() {
		before[key.ID] = key.Name
	}
	w.server.ResetJournal()
	w.applying = true
	resp, err := w.core.server.ApplyResourceChange(context.Background(), &tfprotov6.ApplyResourceChangeRequest{
		TypeName: typeName, PriorState: encode(p.prior), PlannedState: encode(second), Config: encode(object(p.args, noUnmanaged)),
	})
	w.applying = false
	if err != nil {
		panic(err)
	}
	w.server.ClearFaults()
	w.state = decode(resp.NewState)
	failure := failed(resp.Diagnostics)
	if failure {
		w.totals.failed++
	}
	w.checkDeletes(p, before)
	w.checkState(p, second, failure)
}

// misbehave arms faults for an apply.
func (w *world) misbehave() {
	operation := []fakenebula.Operation{fakenebula.OpDeleteKey, fakenebula.OpDeleteKey, fakenebula.OpListKeys}[w.random.IntN(3)]
	fault := fakenebula.Fault{Operation: operation, Skip: w.random.IntN(2), Times: 1 + w.random.IntN(2)}
	switch w.random.IntN(10) {
	case 0:
		fault.Answer = fakenebula.Failed(403, "not yours")
	case 1:
		fault.Answer = fakenebula.HTML(502)
	case 2:
		fault.Drop = true
	case 3:
		fault.Drop, fault.Commit = true, true
	case 4:
		fault.Answer = fakenebula.Failed(200, "no")
	case 5:
		fault.NotSent = fakenebula.ConnectionRefused()
	default:
		return
	}
	w.totals.faults++
	w.server.Inject(fault)
}

// checkDeletes compares what the API was asked to delete with the plan.
func (w *world) checkDeletes(p plan, before map[string]string) {
	named := p.named()
	for _, r := range w.server.Journal() {
		if r.Operation != fakenebula.OpDeleteKey {
			continue
		}
		w.totals.deleted++
		shown, ok := named[r.KeyID]
		name := before[r.KeyID]
		switch {
		case !ok:
			w.violate("key %s (%s) %s (%v)", r.KeyID, name, notNamed, named)
		case name != shown && name != "":
			w.violate("key %s (%s, was %s) %s", r.KeyID, name, shown, renamedSince)
		case p.args.spares(r.KeyID, shown):
			w.violate("key %s (%s) was deleted although it is spared", r.KeyID, shown)
		}
	}
}

// checkState looks at what the apply recorded: without an error just what was
// planned, with one no key that was not named.
func (w *world) checkState(p plan, second tftypes.Value, failure bool) {
	held, known := unmanagedOf(w.state)
	named := p.named()
	switch {
	case p.prior.IsNull() && failure:
		if !w.state.IsNull() {
			w.violate("a failed creation is recorded")
		}
	case !known:
		w.violate("what is unmanaged is not known after an apply")
	case p.prior.IsNull():
	case !failure && !w.state.Equal(second):
		w.violate("the state is not what was planned: %v, planned %v", w.state, second)
	case failure:
		for id, name := range held {
			if named[id] != name {
				w.violate("key %s (%s) is recorded as unmanaged by a failed apply, whose plan named %v", id, name, named)
			}
		}
		for _, key := range w.server.Keys() {
			shown, ok := named[key.ID]
			if _, recorded := held[key.ID]; ok && !recorded && !p.args.spares(key.ID, shown) && !p.args.spares(key.ID, key.Name) {
				w.violate("key %s (%s) is forgotten although it is still there", key.ID, key.Name)
			}
		}
	}
}
