package exclusiveapikeys

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/nebulablock/terraform-provider-nebula/internal/lifecycle"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// core reaches the resource as Terraform does. A nil model is a resource that
// does not exist; ok is false when there was an error.
type core interface {
	// connect starts the provider anew, as for each walk.
	connect(services *tfkit.Services)
	read(state *model) (refreshed *model, ok bool)
	plan(prior, config *model) (planned *model, ok bool)
	// apply gives what is recorded afterwards, with an error too.
	apply(prior, planned, config *model) (recorded *model, ok bool)
}

type rule func(names, []lifecycle.Key, policy) (doomed, renamed []lifecycle.Key)

// direct calls what the resource's methods call, without the framework, which
// takes most of the time otherwise.
type direct struct {
	resource exclusiveResource
	services *tfkit.Services
}

func newDirect(r rule) core { return &direct{resource: exclusiveResource{judge: r}} }

func (d *direct) connect(services *tfkit.Services) { d.services = services }

func (d *direct) read(state *model) (*model, bool) {
	m := *state
	diags, err := m.look(context.Background(), d.services, lifecycle.RefreshAge)
	return &m, err == nil && !diags.HasError()
}

func (d *direct) plan(prior, config *model) (*model, bool) {
	m := *config
	if prior == nil {
		m.Unmanaged = types.MapUnknown(types.StringType)
		return &m, true
	}
	m.setUnmanaged(nil)
	return &m, true
}

func (d *direct) apply(prior, planned, _ *model) (*model, bool) {
	m := *planned
	if prior == nil {
		diags, err := m.look(context.Background(), d.services, lifecycle.ReadAge)
		if err != nil || diags.HasError() {
			return nil, false
		}
		return &m, true
	}
	failures, diags := d.resource.evict(context.Background(), d.services, prior, &m)
	return &m, len(failures) == 0 && !diags.HasError()
}

// remote goes through the provider's interface and the framework.
type remote struct {
	server   tfprotov6.ProviderServer
	provider *oneResource
	schema   schema.Schema
}

// oneResource is a provider that offers the resource, with a rule of the
// test's.
type oneResource struct {
	rule rule
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

func newRemote(r rule) core {
	p := &oneResource{rule: r}
	var resp resource.SchemaResponse
	NewResource().Schema(context.Background(), resource.SchemaRequest{}, &resp)
	return &remote{server: providerserver.NewProtocol6(p)(), provider: p, schema: resp.Schema}
}

func (c *remote) connect(services *tfkit.Services) {
	c.provider.data = &tfkit.ProviderData{Connect: func() (*tfkit.Services, diag.Diagnostics) { return services, nil }}
	empty := tftypes.Object{}
	config, err := tfprotov6.NewDynamicValue(empty, tftypes.NewValue(empty, map[string]tftypes.Value{}))
	must(err)
	_, err = c.server.ConfigureProvider(context.Background(), &tfprotov6.ConfigureProviderRequest{Config: &config})
	must(err)
}

func (c *remote) read(state *model) (*model, bool) {
	resp, err := c.server.ReadResource(context.Background(), &tfprotov6.ReadResourceRequest{TypeName: typeName, CurrentState: c.encode(state)})
	must(err)
	return c.decode(resp.NewState), !failed(resp.Diagnostics)
}

func (c *remote) plan(prior, config *model) (*model, bool) {
	proposed := *config
	if prior != nil {
		proposed.Unmanaged = prior.Unmanaged
	}
	resp, err := c.server.PlanResourceChange(context.Background(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: typeName, PriorState: c.encode(prior), Config: c.encode(config), ProposedNewState: c.encode(&proposed),
	})
	must(err)
	return c.decode(resp.PlannedState), !failed(resp.Diagnostics)
}

func (c *remote) apply(prior, planned, config *model) (*model, bool) {
	resp, err := c.server.ApplyResourceChange(context.Background(), &tfprotov6.ApplyResourceChangeRequest{
		TypeName: typeName, PriorState: c.encode(prior), PlannedState: c.encode(planned), Config: c.encode(config),
	})
	must(err)
	return c.decode(resp.NewState), !failed(resp.Diagnostics)
}

func (c *remote) encode(m *model) *tfprotov6.DynamicValue {
	ctx := context.Background()
	object := c.schema.Type().TerraformType(ctx)
	state := tfsdk.State{Schema: c.schema, Raw: tftypes.NewValue(object, nil)}
	if m != nil {
		mustNot(state.Set(ctx, m))
	}
	d, err := tfprotov6.NewDynamicValue(object, state.Raw)
	must(err)
	return &d
}

func (c *remote) decode(d *tfprotov6.DynamicValue) *model {
	ctx := context.Background()
	raw, err := d.Unmarshal(c.schema.Type().TerraformType(ctx))
	must(err)
	if raw.IsNull() {
		return nil
	}
	var m model
	state := tfsdk.State{Schema: c.schema, Raw: raw}
	mustNot(state.Get(ctx, &m))
	return &m
}

func failed(diags []*tfprotov6.Diagnostic) bool {
	return slices.ContainsFunc(diags, func(d *tfprotov6.Diagnostic) bool { return d.Severity == tfprotov6.DiagnosticSeverityError })
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func mustNot(diags diag.Diagnostics) {
	if diags.HasError() {
		panic(diags.Errors()[0].Detail())
	}
}

// arguments are a configuration.
type arguments struct {
	allowed []string
	ignored []string
}

// config is the configuration as the provider gets it; with unknown, the
// allowed ids are not known yet.
func (a arguments) config(unknown bool) *model {
	m := &model{
		AllowedIDs:      types.SetValueMust(types.StringType, texts(a.allowed)),
		IgnoreNameRegex: types.ListValueMust(types.StringType, texts(a.ignored)),
		Unmanaged:       types.MapNull(types.StringType),
		Timeouts: timeouts.Value{Object: types.ObjectNull(map[string]attr.Type{
			"create": types.StringType, "update": types.StringType,
		})},
	}
	if unknown {
		m.AllowedIDs = types.SetUnknown(types.StringType)
	}
	return m
}

func texts(values []string) []attr.Value {
	all := make([]attr.Value, len(values))
	for i, value := range values {
		all[i] = types.StringValue(value)
	}
	return all
}

// same compares what Terraform compares.
func same(a, b *model) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.AllowedIDs.Equal(b.AllowedIDs) && a.IgnoreNameRegex.Equal(b.IgnoreNameRegex) && a.Unmanaged.Equal(b.Unmanaged)
}
