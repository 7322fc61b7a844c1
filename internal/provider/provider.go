// Package provider is the provider itself: its schema, how its configuration is
// resolved, and the table of contents of what it offers.
package provider

import (
	"context"
	"net/http"
	"os"
	"strings"

	"github.com/cenkalti/backoff/v6"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/nebulablock/terraform-provider-nebula/internal/accesstoken"
	"github.com/nebulablock/terraform-provider-nebula/internal/apikey"
	"github.com/nebulablock/terraform-provider-nebula/internal/apikeyhandover"
	"github.com/nebulablock/terraform-provider-nebula/internal/billing"
	"github.com/nebulablock/terraform-provider-nebula/internal/catalog"
	"github.com/nebulablock/terraform-provider-nebula/internal/clock"
	"github.com/nebulablock/terraform-provider-nebula/internal/exclusiveapikeys"
	"github.com/nebulablock/terraform-provider-nebula/internal/exclusiveinstances"
	"github.com/nebulablock/terraform-provider-nebula/internal/inferencemodel"
	"github.com/nebulablock/terraform-provider-nebula/internal/instance"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/rotatingapikey"
	"github.com/nebulablock/terraform-provider-nebula/internal/sshkey"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
	"github.com/nebulablock/terraform-provider-nebula/internal/unsealedkey"
)

// Address is the provider's address in the registry.
const Address = "registry.terraform.io/nebulablock/nebula"

var (
	_ provider.ProviderWithValidateConfig     = (*nebulaProvider)(nil)
	_ provider.ProviderWithEphemeralResources = (*nebulaProvider)(nil)
	_ provider.ProviderWithListResources      = (*nebulaProvider)(nil)
	_ provider.ProviderWithActions            = (*nebulaProvider)(nil)
)

type nebulaProvider struct {
	version   string
	clock     clock.Clock
	transport http.RoundTripper
	backOff   func() backoff.BackOff
	getenv    getenv
}

// Option changes what a provider works with, for tests.
type Option func(*nebulaProvider)

// WithClock makes the provider measure time with c instead of the machine's
// clock.
func WithClock(c clock.Clock) Option { return func(p *nebulaProvider) { p.clock = c } }

// WithTransport replaces the HTTP transport.
func WithTransport(t http.RoundTripper) Option { return func(p *nebulaProvider) { p.transport = t } }

// WithBackOff replaces the delays between the tries of a call, which otherwise
// are a matter of chance.
func WithBackOff(b func() backoff.BackOff) Option { return func(p *nebulaProvider) { p.backOff = b } }

// WithEnvironment replaces the process's environment; lookup is like
// os.LookupEnv.
func WithEnvironment(lookup func(string) (string, bool)) Option {
	return func(p *nebulaProvider) { p.getenv = lookup }
}

// New is a provider of the given version.
func New(version string, options ...Option) func() provider.Provider {
	return func() provider.Provider { return newProvider(version, options) }
}

func newProvider(version string, options []Option) *nebulaProvider {
	p := &nebulaProvider{version: version, clock: clock.System(), getenv: os.LookupEnv}
	for _, option := range options {
		option(p)
	}
	return p
}

// Server serves a provider of the given version, each call another one.
func Server(version string, options ...Option) func() tfprotov6.ProviderServer {
	return providerserver.NewProtocol6(New(version, options...)())
}

// Metadata names the provider.
func (p *nebulaProvider) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "nebula"
	resp.Version = p.version
}

// Schema describes the provider's arguments.
func (p *nebulaProvider) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = providerSchema()
}

// ValidateConfig reports what is wrong with the configuration whatever the
// environment holds.
func (p *nebulaProvider) ValidateConfig(ctx context.Context, req provider.ValidateConfigRequest, resp *provider.ValidateConfigResponse) {
	defer tfkit.Guard("validate provider configuration", &resp.Diagnostics)
	var cfg config
	resp.Diagnostics.Append(req.Config.Get(ctx, &cfg)...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(validate(cfg)...)
}

// Configure resolves the configuration. It calls nothing: a plan that needs
// nothing of the API must work without a network.
func (p *nebulaProvider) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	defer tfkit.Guard("configure provider", &resp.Diagnostics)
	var cfg config
	resp.Diagnostics.Append(req.Config.Get(ctx, &cfg)...)
	if resp.Diagnostics.HasError() {
		return
	}
	s, diags := resolve(cfg, p.getenv)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	data := &tfkit.ProviderData{
		Connect: func() (*tfkit.Services, diag.Diagnostics) { return p.connect(s, req.TerraformVersion) },
		Unknown: s.unknown,
		Secrets: s.secrets,
	}
	resp.ResourceData = data
	resp.DataSourceData = data
	resp.EphemeralResourceData = data
	resp.ListResourceData = data
	resp.ActionData = data
}

// connect makes what operations work with. It calls nothing either.
func (p *nebulaProvider) connect(s settings, terraformVersion string) (*tfkit.Services, diag.Diagnostics) {
	if s.credential == nil {
		return nil, diag.Diagnostics{missingCredential()}
	}
	client, err := nebula.New(nebula.Config{
		BaseURL:              s.baseURL,
		Credential:           s.credential,
		UserAgent:            userAgent(p.version, terraformVersion),
		RequestTimeout:       s.requestTimeout,
		MaxRetries:           s.maxRetries,
		MaxRequestsPerSecond: s.maxRequestsPerSecond,
		Clock:                p.clock,
		Transport:            p.transport,
		BackOff:              p.backOff,
		Observe:              tfkit.LogExchange(s.secrets),
	})
	if err != nil {
		return nil, diag.Diagnostics{tfkit.Diagnose(tfkit.Failure{To: "use the API", Err: err})}
	}
	services := &tfkit.Services{Client: client, Clock: p.clock, OwnershipMarker: s.ownershipMarker}
	if s.apiKey != "" {
		services.CredentialFingerprint = nebula.Fingerprint(s.apiKey)
	}
	return services, nil
}

// userAgent tells the API the versions of the provider and of Terraform or
// OpenTofu, and nothing else.
func userAgent(version, terraformVersion string) string {
	agent := "terraform-provider-nebula/" + product(version)
	if terraformVersion != "" {
		agent += " Terraform/" + product(terraformVersion)
	}
	return agent
}

// product keeps of a version what may stand in a User-Agent header.
func product(version string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', strings.ContainsRune(".-+_", r):
			return r
		default:
			return -1
		}
	}, version)
}

// The table of contents: one line for each thing.

// Resources lists the resources.
func (p *nebulaProvider) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{
		apikey.NewResource,
		apikeyhandover.NewResource,
		exclusiveapikeys.NewResource,
		exclusiveinstances.NewResource,
		instance.NewResource,
		rotatingapikey.NewResource,
		sshkey.NewResource,
	}
}

// DataSources lists the data sources.
func (p *nebulaProvider) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{
		apikey.NewDataSource,
		apikey.NewListDataSource,
		billing.NewAccountDataSource,
		billing.NewInvoicesDataSource,
		billing.NewPaymentsDataSource,
		catalog.NewImageDataSource,
		catalog.NewImagesDataSource,
		catalog.NewProductDataSource,
		catalog.NewProductsDataSource,
		inferencemodel.NewDataSource,
		instance.NewDataSource,
		instance.NewListDataSource,
		instance.NewDeletedDataSource,
		sshkey.NewDataSource,
		sshkey.NewListDataSource,
	}
}

// EphemeralResources lists the ephemeral resources.
func (p *nebulaProvider) EphemeralResources(context.Context) []func() ephemeral.EphemeralResource {
	return []func() ephemeral.EphemeralResource{
		accesstoken.NewEphemeralResource,
		instance.NewLogin,
		unsealedkey.NewEphemeralResource,
	}
}

// ListResources lists the list resources.
func (p *nebulaProvider) ListResources(context.Context) []func() list.ListResource {
	return []func() list.ListResource{
		apikey.NewListResource,
		instance.NewListResource,
		sshkey.NewListResource,
	}
}

// Actions lists the actions.
func (p *nebulaProvider) Actions(context.Context) []func() action.Action {
	return []func() action.Action{
		apikey.NewRevokeAction,
		billing.NewInvoiceDownloadAction,
		instance.NewStartAction,
		instance.NewStopAction,
		instance.NewRebootAction,
		instance.NewDeleteAction,
	}
}
