package examples_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	ephemeralschema "github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/nebulablock/terraform-provider-nebula/internal/clock"
)

// store stands for Vault, AWS or Kubernetes and its provider, as far as the
// guides use them: secrets by name, and when each was written.
type store struct {
	clock clock.Clock

	mu      sync.Mutex
	secrets map[string]written
	// refuses lets every write fail. The state claims all the same that it took
	// place, which is what providers do that are built on the older SDK.
	refuses bool
}

type written struct {
	value string
	at    time.Time
}

func newStore(c clock.Clock) *store { return &store{clock: c, secrets: map[string]written{}} }

func (s *store) read(name string) (written, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w, ok := s.secrets[name]
	return w, ok
}

func (s *store) write(name, value string) (ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.refuses {
		s.secrets[name] = written{value, s.clock.Now()}
	}
	return !s.refuses
}

func (s *store) remove(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.secrets, name)
}

func (s *store) refuse(refuses bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refuses = refuses
}

// secretType is a resource type whose objects are secrets, or only places for
// them when it has no value.
type secretType struct {
	name string
	// place are the attributes that name the secret.
	place []string
	// value is the write-only argument, version the one that says when to write.
	value, version string
	// member is what the value has the secret under, if it is a JSON object or a
	// map.
	member string
	// replaces says that another version is another object.
	replaces bool
	// blocks says that metadata is a block with name and namespace.
	blocks bool
	// reads is the ephemeral resource that reads the secret: its argument that
	// names it, and its attribute that has it.
	readBy, readAs string
}

var secretTypes = map[string][]secretType{
	"vault": {{name: "vault_kv_secret_v2", place: []string{"mount", "name"}, value: "data_json_wo", version: "data_json_wo_version", member: "api_key", readBy: "name", readAs: "data"}},
	"aws": {
		{name: "aws_secretsmanager_secret", place: []string{"name"}},
		{name: "aws_secretsmanager_secret_version", place: []string{"secret_id"}, value: "secret_string_wo", version: "secret_string_wo_version", replaces: true, readBy: "secret_id", readAs: "secret_string"},
		{name: "aws_ssm_parameter", place: []string{"name"}, value: "value_wo", version: "value_wo_version", readBy: "arn", readAs: "value"},
	},
	"kubernetes": {{name: "kubernetes_secret_v1", blocks: true, value: "data_wo", version: "data_wo_revision", member: "api_key"}},
}

// server is the provider of that name.
func (s *store) server(name string) func() tfprotov6.ProviderServer {
	return providerserver.NewProtocol6(&storeProvider{store: s, name: name})
}

type storeProvider struct {
	store *store
	name  string
}

func (p *storeProvider) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = p.name
}

func (p *storeProvider) Schema(context.Context, provider.SchemaRequest, *provider.SchemaResponse) {}

func (p *storeProvider) Configure(context.Context, provider.ConfigureRequest, *provider.ConfigureResponse) {
}

func (p *storeProvider) DataSources(context.Context) []func() datasource.DataSource { return nil }

func (p *storeProvider) Resources(context.Context) []func() resource.Resource {
	var all []func() resource.Resource
	for _, t := range secretTypes[p.name] {
		all = append(all, func() resource.Resource { return &secretResource{t, p.store} })
	}
	return all
}

func (p *storeProvider) EphemeralResources(context.Context) []func() ephemeral.EphemeralResource {
	var all []func() ephemeral.EphemeralResource
	for _, t := range secretTypes[p.name] {
		if t.readAs != "" {
			all = append(all, func() ephemeral.EphemeralResource { return &secretReader{t, p.store} })
		}
	}
	return all
}

type secretResource struct {
	secretType

	store *store
}

func (r *secretResource) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = r.name
}

func (r *secretResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	kept := []planmodifier.String{stringplanmodifier.UseStateForUnknown()}
	all := map[string]schema.Attribute{
		"id":  schema.StringAttribute{Computed: true, PlanModifiers: kept},
		"arn": schema.StringAttribute{Computed: true, PlanModifiers: kept},
	}
	for _, name := range append(slices.Clone(r.place), "type") {
		all[name] = schema.StringAttribute{Optional: true}
	}
	if r.value != "" {
		all[r.value] = schema.StringAttribute{Optional: true, WriteOnly: true}
		all[r.version] = schema.Int64Attribute{Optional: true}
	}
	if r.replaces {
		all[r.version] = schema.Int64Attribute{Optional: true, PlanModifiers: []planmodifier.Int64{int64planmodifier.RequiresReplace()}}
	}
	resp.Schema = schema.Schema{Attributes: all}
	if !r.blocks {
		all["metadata"] = schema.MapAttribute{ElementType: types.StringType, Computed: true}
		return
	}
	all[r.value] = schema.MapAttribute{ElementType: types.StringType, Optional: true, WriteOnly: true}
	resp.Schema.Blocks = map[string]schema.Block{"metadata": schema.ListNestedBlock{NestedObject: schema.NestedBlockObject{
		Attributes: map[string]schema.Attribute{"name": schema.StringAttribute{Required: true}, "namespace": schema.StringAttribute{Required: true}},
	}}}
}

// attributes are what configurations, plans and states have in common.
type attributes interface {
	GetAttribute(ctx context.Context, p path.Path, target any) diag.Diagnostics
}

// nameOf is the secret that an object is about.
func (r *secretResource) nameOf(ctx context.Context, a attributes) (string, diag.Diagnostics) {
	places := make([]path.Path, 0, 2)
	for _, name := range r.place {
		places = append(places, path.Root(name))
	}
	if r.blocks {
		in := path.Root("metadata").AtListIndex(0)
		places = []path.Path{in.AtName("namespace"), in.AtName("name")}
	}
	var parts []string
	var diags diag.Diagnostics
	for _, place := range places {
		var part types.String
		diags.Append(a.GetAttribute(ctx, place, &part)...)
		parts = append(parts, part.ValueString())
	}
	return strings.TrimPrefix(strings.Join(parts, "/"), "arn:"), diags
}

// secretIn is the secret in a configuration.
func (r *secretResource) secretIn(ctx context.Context, config attributes) (string, diag.Diagnostics) {
	if r.blocks {
		data := map[string]string{}
		diags := config.GetAttribute(ctx, path.Root(r.value), &data)
		return data[r.member], diags
	}
	var value types.String
	diags := config.GetAttribute(ctx, path.Root(r.value), &value)
	if r.member == "" {
		return value.ValueString(), diags
	}
	var data map[string]string
	if err := json.Unmarshal([]byte(value.ValueString()), &data); err != nil {
		diags.AddError("The value is not a JSON object", err.Error())
	}
	return data[r.member], diags
}

// put writes what is configured, and reports whether that went well.
func (r *secretResource) put(ctx context.Context, config attributes) (name string, diags diag.Diagnostics) {
	name, diags = r.nameOf(ctx, config)
	if r.value == "" || diags.HasError() {
		return name, diags
	}
	secret, more := r.secretIn(ctx, config)
	if diags.Append(more...); diags.HasError() {
		return name, diags
	}
	if !r.store.write(name, secret) {
		diags.AddError("Unable to write the secret", "403 permission denied")
	}
	return name, diags
}

func (r *secretResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	name, diags := r.put(ctx, req.Config)
	resp.Diagnostics = diags
	if diags.HasError() {
		return
	}
	resp.State.Raw = req.Plan.Raw
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("id"), name)...)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("arn"), "arn:"+name)...)
	r.seen(ctx, &resp.State, name, &resp.Diagnostics)
}

// settable is a state.
type settable interface {
	SetAttribute(ctx context.Context, p path.Path, value any) diag.Diagnostics
}

// seen records when the secret was written.
func (r *secretResource) seen(ctx context.Context, state settable, name string, diags *diag.Diagnostics) {
	if r.blocks {
		return
	}
	metadata := map[string]string{}
	if w, ok := r.store.read(name); ok {
		metadata["created_time"] = w.at.UTC().Format(time.RFC3339Nano)
	}
	diags.Append(state.SetAttribute(ctx, path.Root("metadata"), metadata)...)
}

func (r *secretResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	name, diags := r.nameOf(ctx, req.State)
	resp.Diagnostics = diags
	r.seen(ctx, &resp.State, name, &resp.Diagnostics)
}

func (r *secretResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	name, diags := r.put(ctx, req.Config)
	resp.Diagnostics = diags
	// Whether that went well or not.
	resp.State.Raw = req.Plan.Raw
	r.seen(ctx, &resp.State, name, &resp.Diagnostics)
}

func (r *secretResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	name, diags := r.nameOf(ctx, req.State)
	resp.Diagnostics = diags
	if r.value != "" {
		r.store.remove(name)
	}
}

// secretReader reads a secret back.
type secretReader struct {
	secretType

	store *store
}

func (r *secretReader) Metadata(_ context.Context, _ ephemeral.MetadataRequest, resp *ephemeral.MetadataResponse) {
	resp.TypeName = r.name
}

func (r *secretReader) Schema(_ context.Context, _ ephemeral.SchemaRequest, resp *ephemeral.SchemaResponse) {
	all := map[string]ephemeralschema.Attribute{r.readBy: ephemeralschema.StringAttribute{Required: true}}
	if r.member == "" {
		all[r.readAs] = ephemeralschema.StringAttribute{Computed: true, Sensitive: true}
	} else {
		all["mount"], all["mount_id"] = ephemeralschema.StringAttribute{Required: true}, ephemeralschema.StringAttribute{Optional: true}
		all[r.readAs] = ephemeralschema.MapAttribute{ElementType: types.StringType, Computed: true, Sensitive: true}
	}
	resp.Schema = ephemeralschema.Schema{Attributes: all}
}

func (r *secretReader) Open(ctx context.Context, req ephemeral.OpenRequest, resp *ephemeral.OpenResponse) {
	var name, mount types.String
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root(r.readBy), &name)...)
	place := strings.TrimPrefix(name.ValueString(), "arn:")
	if r.member != "" {
		resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("mount"), &mount)...)
		place = mount.ValueString() + "/" + place
	}
	found, ok := r.store.read(place)
	if !ok {
		resp.Diagnostics.AddError("Unable to read the secret", "404 there is no "+place)
		return
	}
	resp.Result.Raw = req.Config.Raw
	if r.member == "" {
		resp.Diagnostics.Append(resp.Result.SetAttribute(ctx, path.Root(r.readAs), found.value)...)
	} else {
		resp.Diagnostics.Append(resp.Result.SetAttribute(ctx, path.Root(r.readAs), map[string]string{r.member: found.value})...)
	}
}
