package rotatingapikey_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/nebulablock/terraform-provider-nebula/internal/clock"
	"github.com/nebulablock/terraform-provider-nebula/internal/provider"
	"github.com/nebulablock/terraform-provider-nebula/internal/rotatingapikey"
)

const typeName = "nebula_rotating_api_key"

// schemas are the provider's, asked for once.
var schemas = sync.OnceValues(func() (*tfprotov6.GetProviderSchemaResponse, error) {
	server := providerserver.NewProtocol6(provider.New("test")())()
	return server.GetProviderSchema(context.Background(), &tfprotov6.GetProviderSchemaRequest{})
})

// values are the attributes of an object.
type values map[string]tftypes.Value

func (v values) text(name string) string {
	var s *string
	value, ok := v[name]
	if !ok || !value.IsKnown() || value.As(&s) != nil || s == nil {
		return ""
	}
	return *s
}

func (v values) texts(name string) []string {
	var elements []tftypes.Value
	if v[name].As(&elements) != nil {
		return nil
	}
	var all []string
	for _, e := range elements {
		var s string
		if e.As(&s) == nil {
			all = append(all, s)
		}
	}
	return all
}

func (v values) equal(w values) bool { return maps.EqualFunc(v, w, tftypes.Value.Equal) }

// core does with one resource what Terraform's core does, over the provider's
// RPCs, and holds the provider to the same rules. It keeps what the state file
// would.
type core struct {
	transport   http.RoundTripper
	environment map[string]string

	schema  *tfprotov6.Schema
	state   values // nil without the resource
	private []byte
	tainted bool
}

func newCore(transport http.RoundTripper, environment map[string]string) (*core, error) {
	all, err := schemas()
	if err != nil {
		return nil, err
	}
	return &core{transport: transport, environment: environment, schema: all.ResourceSchemas[typeName]}, nil
}

// process is the provider as one command runs it.
type process struct {
	*core
	server tfprotov6.ProviderServer
	said   reports
}

func (p *process) reports() reports { return p.said }

// tell notes what an operation reported, and says whether it failed.
func (p *process) tell(diags []*tfprotov6.Diagnostic) (failed bool) {
	for _, d := range diags {
		r := report{d.Severity == tfprotov6.DiagnosticSeverityError, d.Summary, d.Detail}
		failed = failed || r.isError
		p.said = append(p.said, r)
	}
	return failed
}

func (c *core) run(ctx context.Context) (run, error) {
	getenv := func(name string) (string, bool) {
		value, ok := c.environment[name]
		return value, ok
	}
	server := providerserver.NewProtocol6(provider.New("test", provider.WithClock(clock.System()),
		provider.WithTransport(c.transport), provider.WithEnvironment(getenv))())()
	all, err := schemas()
	if err != nil {
		return nil, err
	}
	object := all.Provider.ValueType()
	config, err := dynamic(object, nulls(object))
	if err != nil {
		return nil, err
	}
	resp, err := server.ConfigureProvider(ctx, &tfprotov6.ConfigureProviderRequest{TerraformVersion: "1.16.0", Config: config})
	if err != nil {
		return nil, err
	}
	p := &process{core: c, server: server}
	if p.tell(resp.Diagnostics) {
		return nil, errors.New(p.said.String())
	}
	return p, nil
}

func nulls(object tftypes.Type) values {
	v := values{}
	for name, t := range object.(tftypes.Object).AttributeTypes {
		v[name] = tftypes.NewValue(t, nil)
	}
	return v
}

func dynamic(object tftypes.Type, v values) (*tfprotov6.DynamicValue, error) {
	var raw any
	if v != nil {
		raw = map[string]tftypes.Value(v)
	}
	d, err := tfprotov6.NewDynamicValue(object, tftypes.NewValue(object, raw))
	return &d, err
}

func (c *core) pack(v values) (*tfprotov6.DynamicValue, error) {
	return dynamic(c.schema.ValueType(), v)
}

func (c *core) unpack(d *tfprotov6.DynamicValue) (values, error) {
	value, err := d.Unmarshal(c.schema.ValueType())
	if err != nil || value.IsNull() {
		return nil, err
	}
	var v map[string]tftypes.Value
	return v, value.As(&v)
}

// config makes a configuration.
func (c *core) config(a rotatingapikey.Arguments) values {
	text := func(v string) tftypes.Value {
		if v == "" {
			return tftypes.NewValue(tftypes.String, nil)
		}
		return tftypes.NewValue(tftypes.String, v)
	}
	v := nulls(c.schema.ValueType())
	v["name"], v["description"] = text(a.Name), text(a.Description)
	v["rotate_after"], v["overlap"] = text(a.RotateAfter), text(a.Overlap)
	if a.Recipient != "" {
		v["age_recipients"] = tftypes.NewValue(v["age_recipients"].Type(), []tftypes.Value{text(a.Recipient)})
	}
	if a.Keeper > 0 {
		keeper := text(strconv.Itoa(a.Keeper))
		if a.Unknown == "keepers" && a.Element {
			keeper = tftypes.NewValue(tftypes.String, tftypes.UnknownValue)
		}
		v["keepers"] = tftypes.NewValue(v["keepers"].Type(), map[string]tftypes.Value{"v": keeper})
	}
	if a.Unknown != "" && !a.Element {
		v[a.Unknown] = tftypes.NewValue(v[a.Unknown].Type(), tftypes.UnknownValue)
	}
	return v
}

// view is the state as it stands.
func (c *core) view() rotatingapikey.View {
	v := c.state
	if v == nil {
		return rotatingapikey.View{}
	}
	retireAt, _ := time.Parse(time.RFC3339, v.text("previous_retire_at"))
	return rotatingapikey.View{
		Present: true, Tainted: c.tainted,
		ID: v.text("id"), Key: v.text("key"), KeyName: v.text("key_name"), Description: v.text("description"),
		CreationToken: v.text("creation_token"), PreviousID: v.text("previous_id"), RetireAt: retireAt,
		LeftoverIDs: v.texts("leftover_ids"), UnresolvedCreationTokens: v.texts("unresolved_creation_tokens"),
		Sealed: !v["age_recipients"].IsNull(), EncryptedKey: v.text("encrypted_key"), PreviousKey: v.text("previous_key"), Fingerprint: v.text("fingerprint"),
	}
}

// refresh reads the resource and keeps what it is told.
func (p *process) refresh(ctx context.Context) error {
	if p.state == nil {
		return nil
	}
	current, err := p.pack(p.state)
	if err != nil {
		return err
	}
	resp, err := p.server.ReadResource(ctx, &tfprotov6.ReadResourceRequest{TypeName: typeName, CurrentState: current, Private: p.private})
	if err != nil {
		return err
	}
	if p.tell(resp.Diagnostics) {
		return nil
	}
	state, err := p.unpack(resp.NewState)
	if err != nil {
		return err
	}
	if err := wholly(state); err != nil {
		return fmt.Errorf("refresh: %w", err)
	}
	p.state, p.private = state, resp.Private
	if state == nil {
		p.tainted = false
	}
	return nil
}

// planned is a plan for the resource.
type planned struct {
	config, prior, after  values
	priorPrivate, private []byte
}

func (p planned) noop() bool { return p.prior != nil && p.after != nil && p.after.equal(p.prior) }

func (p planned) difference() error { return kept(p.prior, p.after, "difference") }

// plan asks what is to be done. It checks what Terraform checks of a plan.
func (p *process) plan(ctx context.Context, a rotatingapikey.Arguments) (plan, error) {
	prior, private := p.state, p.private
	if p.tainted {
		prior, private = nil, nil
	}
	return p.planFrom(ctx, p.config(a), prior, private)
}

func (p *process) planFrom(ctx context.Context, config, prior values, private []byte) (planned, error) {
	plan := planned{config: config, prior: prior, priorPrivate: private}
	request := &tfprotov6.PlanResourceChangeRequest{TypeName: typeName, PriorPrivate: private}
	var err1, err2, err3 error
	request.PriorState, err1 = p.pack(prior)
	request.Config, err2 = p.pack(config)
	request.ProposedNewState, err3 = p.pack(p.proposed(config, prior))
	if err := errors.Join(err1, err2, err3); err != nil {
		return plan, err
	}
	resp, err := p.server.PlanResourceChange(ctx, request)
	if err != nil {
		return plan, err
	}
	if p.tell(resp.Diagnostics) {
		return plan, nil
	}
	if len(resp.RequiresReplace) > 0 {
		return plan, fmt.Errorf("the plan replaces because of %v", resp.RequiresReplace)
	}
	if plan.after, err = p.unpack(resp.PlannedState); err != nil {
		return plan, err
	}
	plan.private = resp.PlannedPrivate
	return plan, p.valid(plan)
}

// proposed is what Terraform takes a plan to be before the provider is asked.
func (p *process) proposed(config, prior values) values {
	after := maps.Clone(config)
	for _, a := range p.schema.Block.Attributes {
		switch {
		case !config[a.Name].IsNull() || !a.Computed:
		case prior == nil:
			after[a.Name] = tftypes.NewValue(a.Type, tftypes.UnknownValue)
		default:
			after[a.Name] = prior[a.Name]
		}
	}
	return after
}

// valid is what Terraform asks of a plan: what the configuration sets stays.
func (p *process) valid(plan planned) error {
	if plan.after == nil {
		return errors.New("the plan destroys what is configured")
	}
	for _, a := range p.schema.Block.Attributes {
		configured := !a.Computed || !plan.config[a.Name].IsNull()
		if configured && !plan.after[a.Name].Equal(plan.config[a.Name]) {
			return fmt.Errorf("the plan changes the configured value of %s", a.Name)
		}
	}
	return nil
}

// kept checks that what was known before is the same after.
func kept(before, after values, when string) error {
	if (before == nil) != (after == nil) {
		return fmt.Errorf("%s: there is a resource before (%t) and after (%t)", when, before != nil, after != nil)
	}
	for name, value := range before {
		if value.IsFullyKnown() && !value.Equal(after[name]) {
			return fmt.Errorf("%s: %s was to be %s and is %s", when, name, value, after[name])
		}
	}
	return nil
}

// wholly checks that a state has no unknown values: Terraform would store them
// as null, and what they stand for would be lost.
func wholly(state values) error {
	for name, value := range state {
		if !value.IsFullyKnown() {
			return fmt.Errorf("the state's %s is unknown", name)
		}
	}
	return nil
}

// apply carries a plan out, with the configuration as it is known then. The
// state is kept even when there are errors.
func (p *process) apply(ctx context.Context, first plan, a rotatingapikey.Arguments) error {
	if p.tainted {
		if err := p.destroy(ctx); err != nil || p.state != nil {
			return err
		}
	}
	before, ok := first.(planned)
	if !ok {
		return errors.New("not a plan of this provider")
	}
	again, err := p.planFrom(ctx, p.config(a), before.prior, before.priorPrivate)
	if err != nil || p.said.failed() {
		return err
	}
	if err := kept(before.after, again.after, "second plan"); err != nil {
		return err
	}
	state, private, failed, err := p.change(ctx, again)
	if err != nil {
		return err
	}
	if !failed {
		if err := kept(again.after, state, "apply"); err != nil {
			return err
		}
	}
	p.tainted = before.prior == nil && failed && state != nil
	p.state, p.private = state, private
	return nil
}

func (p *process) change(ctx context.Context, plan planned) (state values, private []byte, failed bool, err error) {
	request := &tfprotov6.ApplyResourceChangeRequest{TypeName: typeName, PlannedPrivate: plan.private}
	var err1, err2, err3 error
	request.PriorState, err1 = p.pack(plan.prior)
	request.PlannedState, err2 = p.pack(plan.after)
	request.Config, err3 = p.pack(plan.config)
	if err := errors.Join(err1, err2, err3); err != nil {
		return nil, nil, false, err
	}
	resp, err := p.server.ApplyResourceChange(ctx, request)
	if err != nil {
		return nil, nil, false, err
	}
	failed = p.tell(resp.Diagnostics)
	if state, err = p.unpack(resp.NewState); err == nil {
		err = wholly(state)
	}
	return state, resp.Private, failed, err
}

func (p *process) destroy(ctx context.Context) error {
	if p.state == nil {
		return nil
	}
	state, private, failed, err := p.change(ctx, planned{prior: p.state, private: p.private})
	if err != nil {
		return err
	}
	if failed != (state != nil) {
		return fmt.Errorf("destroy failed is %t, and there is a state is %t", failed, state != nil)
	}
	p.state, p.private = state, private
	p.tainted = p.tainted && failed
	return nil
}

// importKey takes a key over by its id.
func (p *process) importKey(ctx context.Context, id string) error {
	resp, err := p.server.ImportResourceState(ctx, &tfprotov6.ImportResourceStateRequest{TypeName: typeName, ID: id})
	if err != nil || p.tell(resp.Diagnostics) {
		return err
	}
	p.state, err = p.unpack(resp.ImportedResources[0].State)
	p.private = resp.ImportedResources[0].Private
	return err
}
