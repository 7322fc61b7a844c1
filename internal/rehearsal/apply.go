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
)

// ApplyPlan carries a plan out: it stores what the plan's refresh has found, and
// then does what was planned, deletions and replacements in the order in which
// Terraform does them. A plan is stale, and refused, once something else was
// stored.
func (w *Workspace) ApplyPlan(ctx context.Context, plan *Plan) *Report {
	report := &Report{}
	p, ok := w.start(ctx, "apply", report)
	if !ok {
		return report
	}
	w.mu.Lock()
	if w.serial != plan.serial {
		w.mu.Unlock()
		report.Refused = "the saved plan is stale"
		return report
	}
	w.state = maps.Clone(plan.state)
	w.serial++
	w.mu.Unlock()
	for address, instance := range plan.state {
		p.know(address, instance.Object)
	}
	a := &applying{process: p, plan: plan, failed: map[string]bool{}, deposed: map[string]string{}}
	walk(a.steps(), a.before, func(step string) { a.visit(ctx, step) })
	return report
}

// Apply is a plan and, unless that fails, its apply, as `terraform apply` does
// it; both reports are one.
func (w *Workspace) Apply(ctx context.Context, o Options) *Report {
	plan, report := w.Plan(ctx, o)
	if plan == nil {
		return report
	}
	return report.With(w.ApplyPlan(ctx, plan))
}

// applying is an apply at work. Its steps are called "destroy ADDRESS" and
// "apply ADDRESS".
type applying struct {
	process *Process
	plan    *Plan

	mu     sync.Mutex
	failed map[string]bool
	// deposed are the addresses of objects that were replaced and are to be
	// destroyed, by the address that they had.
	deposed map[string]string
}

const (
	destroyStep = "destroy "
	applyStep   = "apply "
)

func (a *applying) steps() (steps []string) {
	for _, address := range slices.Sorted(maps.Keys(a.plan.Changes)) {
		switch a.plan.Changes[address].Action {
		case Delete:
			steps = append(steps, destroyStep+address)
		case Replace:
			steps = append(steps, destroyStep+address, applyStep+address)
		default:
			steps = append(steps, applyStep+address)
		}
	}
	return steps
}

// createFirst says whether an address is replaced by creating before
// destroying.
func (a *applying) createFirst(address string) bool {
	r := a.process.Workspace.resource(address)
	return r != nil && r.CreateBeforeDestroy && a.plan.Changes[address].Action == Replace
}

// before are the steps that come before one. What uses an object is destroyed
// before it is, and is changed before it is destroyed for good.
func (a *applying) before(step string) (steps []string) {
	w := a.process.Workspace
	if address, ok := strings.CutPrefix(step, applyStep); ok {
		for _, dependency := range w.dependencies(address, a.plan.state) {
			steps = append(steps, applyStep+dependency)
		}
		if !a.createFirst(address) {
			steps = append(steps, destroyStep+address)
		}
		return steps
	}
	address := strings.TrimPrefix(step, destroyStep)
	forGood := a.plan.Changes[address].Action == Delete || a.createFirst(address)
	for user := range a.plan.Changes {
		if slices.Contains(w.dependencies(user, a.plan.state), address) || slices.Contains(a.plan.state[user].dependsOn, address) {
			steps = append(steps, destroyStep+user)
			if forGood {
				steps = append(steps, applyStep+user)
			}
		}
	}
	if a.createFirst(address) {
		steps = append(steps, applyStep+address)
	}
	return steps
}

// visit takes a step, unless one before it has failed.
func (a *applying) visit(ctx context.Context, step string) {
	address := strings.TrimPrefix(strings.TrimPrefix(step, destroyStep), applyStep)
	defer a.process.around(address)()
	ok := !slices.ContainsFunc(a.before(step), a.hasFailed)
	if ok && !a.process.begin() {
		a.process.report.interrupted()
		ok = false
	}
	switch {
	case !ok:
	case strings.HasPrefix(step, applyStep):
		ok = a.change(ctx, address, a.plan.Changes[address])
	case a.createFirst(address):
		ok = a.destroy(ctx, a.asideOf(address))
	default:
		ok = a.destroy(ctx, address)
	}
	if !ok {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.failed[step] = true
	}
}

func (a *applying) hasFailed(step string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.failed[step]
}

// asideOf is where the object of an address is kept while another takes its
// place. Objects of earlier replacements may still be there.
func (a *applying) asideOf(address string) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	if aside, ok := a.deposed[address]; ok {
		return aside
	}
	aside := address + " (deposed)"
	for n := 2; a.plan.state[aside].Object != nil; n++ {
		aside = fmt.Sprintf("%s (deposed %d)", address, n)
	}
	a.deposed[address] = aside
	return aside
}

// destroy deletes an object. What the provider leaves of it stays stored.
// Terraform asks for no further plan here, and for none at all of the destruction
// in a replacement, unless the object was put aside.
func (a *applying) destroy(ctx context.Context, address string) bool {
	p := a.process
	prior := p.Workspace.State(address)
	if prior.Object == nil {
		return true
	}
	var answer planned
	if c, ok := a.plan.Changes[address]; ok {
		answer.private = c.private
	} else if answer, ok = p.plan(ctx, address, prior, nil); !ok {
		return false
	}
	left, failed := p.apply(ctx, address, prior, nil, answer)
	if !failed && left.Object != nil {
		p.defect(address, "delete", errors.New("something is left, and there was no error"))
		return false
	}
	left.Tainted = prior.Tainted
	p.save(address, left)
	p.know(address, left.Object)
	return !failed
}

// change creates or updates an object. It plans once more, because more is
// known now, and insists that this plan keeps what the first one promised.
func (a *applying) change(ctx context.Context, address string, c *Change) bool {
	p := a.process
	r := p.Workspace.resource(address)
	config, ok := p.arguments(ctx, r, true)
	if !ok || p.defect(address, "configuration in the apply", checkKnown(config)) {
		return false
	}
	answer, ok := p.plan(ctx, address, c.prior, config)
	switch {
	case !ok, p.defect(address, "inconsistent final plan", checkKept(c.After, answer.after)):
		return false
	case answer.replace:
		p.defect(address, "inconsistent final plan", errors.New("it replaces the object"))
		return false
	}
	old := p.Workspace.State(address)
	if a.createFirst(address) {
		p.save(a.asideOf(address), old)
		p.save(address, Instance{})
	}
	now, failed := p.apply(ctx, address, c.prior, config, answer)
	now.dependsOn = r.DependsOn
	fresh := c.prior.Object == nil
	switch {
	case !failed:
		if p.defect(address, "inconsistent result after apply", checkKept(answer.after, now.Object)) {
			failed = true
		}
	case fresh:
		now.Tainted = true
	case now.Object == nil:
		now = old // an update that failed and says nothing leaves what was
	}
	if fresh && now.Object == nil && a.createFirst(address) {
		p.save(a.asideOf(address), Instance{})
		now = old
	}
	p.save(address, now)
	p.know(address, now.Object)
	return !failed
}

// apply has the provider make a change, and checks what it says there is now.
func (p *Process) apply(ctx context.Context, address string, prior Instance, config Object, answer planned) (now Instance, failed bool) {
	s, block := p.Workspace.Schemas, p.Workspace.block(address)
	t := block.ValueType()
	resp, err := p.server.ApplyResourceChange(ctx, &tfprotov6.ApplyResourceChangeRequest{TypeName: typeOf(address), PriorState: pack(t, prior.Object),
		PlannedState: pack(t, answer.after), Config: pack(t, config), PlannedPrivate: answer.private, PlannedIdentity: s.packIdentity(address, answer.identity)})
	if p.defect(address, "apply", err) {
		return prior, true
	}
	failed = p.tell(address, resp.Diagnostics)
	object, err1 := unpack(t, resp.NewState)
	identity, err2 := s.unpackIdentity(address, resp.NewIdentity)
	if object == nil {
		identity = nil
	}
	now = Instance{Object: object, Identity: identity, Private: resp.Private}
	if p.defect(address, "apply", errors.Join(err1, err2, checkState(block, object))) {
		return prior, true
	}
	if object != nil && p.defect(address, "apply", checkIdentity(answer.identity, identity)) {
		failed = true
	}
	return now, failed
}
