package rehearsal

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Options are the flags of a plan.
type Options struct {
	NoRefresh   bool     // -refresh=false
	RefreshOnly bool     // -refresh-only
	Destroy     bool     // -destroy
	Replace     []string // -replace, addresses
	Target      []string // -target, addresses; what they depend on is added, or with Destroy what depends on them
}

// Action is what a plan does to an address.
type Action string

// The actions.
const (
	Create  Action = "create"
	Update  Action = "update"
	Replace Action = "replace"
	Delete  Action = "delete"
)

// Change is what a plan does to an address.
type Change struct {
	Action        Action
	Before, After Object
	Tainted       bool // it is replaced because it is tainted

	prior   Instance // what it is planned from, nothing for a create or a replacement
	private []byte   // what the provider wants to have back
}

// Plan is a plan, which can be applied at once or later.
type Plan struct {
	// Changes are by address; what stays as it is is not among them.
	Changes map[string]*Change
	// Data is what data sources have given, by address.
	Data map[string]Object

	workspace *Workspace
	serial    int
	mu        sync.Mutex
	// state is what the refresh has found. It is stored when the plan is
	// applied.
	state map[string]Instance
}

// Empty says that nothing is to be done.
func (p *Plan) Empty() bool { return len(p.Changes) == 0 }

// Refreshed is what the plan's refresh has found at an address.
func (p *Plan) Refreshed(address string) Instance { return p.state[address] }

// Plan refreshes and plans. The plan is nil when that failed.
func (w *Workspace) Plan(ctx context.Context, o Options) (*Plan, *Report) {
	report := &Report{}
	p, ok := w.start(ctx, "plan", report)
	if !ok {
		return nil, report
	}
	w.mu.Lock()
	plan := &Plan{Changes: map[string]*Change{}, Data: map[string]Object{}, workspace: w, serial: w.serial, state: maps.Clone(w.state)}
	w.mu.Unlock()
	if plan.state == nil {
		plan.state = map[string]Instance{}
	}
	nodes := plan.nodes(o)
	stored := maps.Clone(plan.state)
	walk(nodes, func(address string) []string { return w.dependencies(address, stored) }, func(address string) {
		defer p.around(address)()
		if !p.begin() {
			report.interrupted()
			return
		}
		if refreshed, ok := p.look(ctx, address, stored[address], o); ok {
			plan.set(address, refreshed)
			p.planAddress(ctx, plan, address, refreshed, o)
		}
	})
	for _, d := range w.DataSources {
		if p.begin() {
			plan.Data[d.Address] = p.readData(ctx, d)
		}
	}
	if report.Failed() || p.dead.Load() {
		return nil, report
	}
	return plan, report
}

// nodes are the addresses that a plan looks at: those of the configuration, in
// order, and what else is in the state.
func (p *Plan) nodes(o Options) []string {
	var nodes []string
	for _, r := range p.workspace.Resources {
		nodes = append(nodes, r.Address)
	}
	for _, address := range slices.Sorted(maps.Keys(p.state)) {
		if !slices.Contains(nodes, address) {
			nodes = append(nodes, address)
		}
	}
	if len(o.Target) == 0 {
		return nodes
	}
	wanted := slices.Clone(o.Target)
	for i := 0; i < len(wanted); i++ {
		if !o.Destroy {
			wanted = append(wanted, p.workspace.dependencies(wanted[i], p.state)...)
			continue
		}
		for _, user := range nodes {
			if slices.Contains(p.workspace.dependencies(user, p.state), wanted[i]) && !slices.Contains(wanted, user) {
				wanted = append(wanted, user)
			}
		}
	}
	return slices.DeleteFunc(nodes, func(address string) bool { return !slices.Contains(wanted, address) })
}

func (p *Plan) set(address string, instance Instance) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if instance.Object == nil {
		delete(p.state, address)
		return
	}
	p.state[address] = instance
}

func (p *Plan) change(address string, c *Change) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.Changes[address] = c
}

// look is what the plan starts from: what is stored, upgraded and read again.
func (p *Process) look(ctx context.Context, address string, stored Instance, o Options) (Instance, bool) {
	if stored.Object == nil {
		return stored, true
	}
	upgraded, ok := p.upgrade(ctx, address, stored)
	if !ok || o.NoRefresh {
		return upgraded, ok
	}
	return p.refresh(ctx, address, upgraded)
}

func (p *Process) upgrade(ctx context.Context, address string, stored Instance) (Instance, bool) {
	raw, err := rawState(stored.Object)
	if p.defect(address, "stored state", err) {
		return stored, false
	}
	s := p.Workspace.Schemas.all.ResourceSchemas[typeOf(address)]
	resp, err := p.server.UpgradeResourceState(ctx, &tfprotov6.UpgradeResourceStateRequest{TypeName: typeOf(address), Version: s.Version, RawState: raw})
	if p.defect(address, "upgrade", err) || p.tell(address, resp.Diagnostics) {
		return stored, false
	}
	stored.Object, err = unpack(s.ValueType(), resp.UpgradedState)
	return stored, !p.defect(address, "upgrade", err)
}

// refresh reads an object again. What it gives has no object when that is gone.
func (p *Process) refresh(ctx context.Context, address string, prior Instance) (Instance, bool) {
	s, block := p.Workspace.Schemas, p.Workspace.block(address)
	resp, err := p.server.ReadResource(ctx, &tfprotov6.ReadResourceRequest{TypeName: typeOf(address), Private: prior.Private,
		CurrentState: pack(block.ValueType(), prior.Object), CurrentIdentity: s.packIdentity(address, prior.Identity)})
	if p.defect(address, "refresh", err) || p.tell(address, resp.Diagnostics) {
		return prior, false
	}
	object, err1 := unpack(block.ValueType(), resp.NewState)
	identity, err2 := s.unpackIdentity(address, resp.NewIdentity)
	if p.defect(address, "refresh", errors.Join(err1, err2, checkState(block, object))) || object == nil {
		return Instance{}, object == nil && err1 == nil
	}
	now := Instance{Object: object, Identity: identity, Private: resp.Private, Tainted: prior.Tainted, dependsOn: prior.dependsOn}
	return now, !p.defect(address, "refresh", checkIdentity(prior.Identity, identity))
}

func (s *Schemas) packIdentity(address string, o Object) *tfprotov6.ResourceIdentityData {
	if t := s.identity(typeOf(address)); t != nil && o != nil {
		return &tfprotov6.ResourceIdentityData{IdentityData: pack(t, o)}
	}
	return nil
}

func (s *Schemas) unpackIdentity(address string, d *tfprotov6.ResourceIdentityData) (Object, error) {
	t := s.identity(typeOf(address))
	if t == nil || d == nil {
		return nil, nil
	}
	return unpack(t, d.IdentityData)
}

// arguments evaluates a block. They are nil where it is not there.
func (p *Process) arguments(ctx context.Context, r *Resource, applying bool) (Object, bool) {
	args := r.Config(Known{applying, p})
	if args == nil {
		return nil, true
	}
	t := p.Workspace.block(r.Address).ValueType()
	config, err := block(t, args)
	if p.defect(r.Address, "configuration", err) {
		return nil, false
	}
	resp, err := p.server.ValidateResourceConfig(ctx, &tfprotov6.ValidateResourceConfigRequest{TypeName: typeOf(r.Address), Config: pack(t, config),
		ClientCapabilities: &tfprotov6.ValidateResourceConfigClientCapabilities{WriteOnlyAttributesAllowed: true}})
	return config, !p.defect(r.Address, "validate", err) && !p.tell(r.Address, resp.Diagnostics)
}

// planAddress decides what is to become of an address.
func (p *Process) planAddress(ctx context.Context, plan *Plan, address string, prior Instance, o Options) {
	p.know(address, prior.Object)
	if o.RefreshOnly {
		return
	}
	var config Object
	if r := p.Workspace.resource(address); r != nil && !o.Destroy {
		var ok bool
		if config, ok = p.arguments(ctx, r, false); !ok {
			return
		}
	}
	if config == nil && prior.Object == nil {
		return
	}
	change := &Change{Action: Update, Before: prior.Object, Tainted: prior.Tainted, prior: prior}
	switch {
	case config == nil:
		change.Action = Delete
	case prior.Object == nil:
		change.Action, change.prior = Create, Instance{}
	case prior.Tainted:
		change.Action, change.prior = Replace, Instance{}
	}
	planned, ok := p.plan(ctx, address, change.prior, config)
	if !ok {
		return
	}
	if change.Action == Update && (slices.Contains(o.Replace, address) || planned.replace) {
		change.Action, change.prior = Replace, Instance{}
		if planned, ok = p.plan(ctx, address, Instance{}, config); !ok {
			return
		}
	}
	change.After, change.private = planned.after, planned.private
	if change.Action == Delete {
		p.know(address, nil)
	} else {
		p.know(address, change.After)
	}
	if change.Action != Update || !change.After.Equal(change.Before) {
		plan.change(address, change)
	}
}

// planned is a provider's answer to one question for a plan.
type planned struct {
	after, identity Object
	private         []byte
	replace         bool // it cannot be had without a replacement
}

// plan asks once. Without a configuration, it is about a deletion.
func (p *Process) plan(ctx context.Context, address string, prior Instance, config Object) (planned, bool) {
	s, block := p.Workspace.Schemas, p.Workspace.block(address)
	t := block.ValueType()
	resp, err := p.server.PlanResourceChange(ctx, &tfprotov6.PlanResourceChangeRequest{
		TypeName: typeOf(address), PriorState: pack(t, prior.Object), PriorPrivate: prior.Private, PriorIdentity: s.packIdentity(address, prior.Identity),
		Config: pack(t, config), ProposedNewState: pack(t, proposed(block, prior.Object, config))})
	if p.defect(address, "plan", err) || p.tell(address, resp.Diagnostics) {
		return planned{}, false
	}
	after, err1 := unpack(t, resp.PlannedState)
	identity, err2 := s.unpackIdentity(address, resp.PlannedIdentity)
	answer := planned{after: after, identity: identity, private: resp.PlannedPrivate}
	if p.defect(address, "plan", errors.Join(err1, err2)) {
		return answer, false
	}
	if config == nil {
		if after != nil {
			p.defect(address, "plan", errors.New("the plan of a deletion lets something exist"))
		}
		return answer, after == nil
	}
	for _, path := range resp.RequiresReplace {
		answer.replace = answer.replace || prior.Object != nil && differ(t, path, prior.Object, after)
	}
	return answer, !p.defect(address, "plan", checkPlan(block, prior.Object, config, after))
}

// differ says whether two objects have different values at a path. A provider
// may name paths at which nothing has changed.
func differ(t tftypes.Type, path *tftypes.AttributePath, a, b Object) bool {
	at := func(o Object) (tftypes.Value, bool) {
		v, _, err := tftypes.WalkAttributePath(tftypes.NewValue(t, map[string]tftypes.Value(o)), path)
		value, ok := v.(tftypes.Value)
		return value, ok && err == nil
	}
	before, ok1 := at(a)
	after, ok2 := at(b)
	return ok1 != ok2 || ok1 && (!after.IsFullyKnown() || !before.Equal(after))
}

// String is what the plan does, for people.
func (p *Plan) String() string {
	var b strings.Builder
	for _, address := range slices.Sorted(maps.Keys(p.Changes)) {
		c := p.Changes[address]
		fmt.Fprintf(&b, "%s: %s: %v\n", address, c.Action, checkKept(c.Before, c.After))
	}
	return b.String()
}
