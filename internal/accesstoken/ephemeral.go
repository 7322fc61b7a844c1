// Package accesstoken offers the ephemeral resource nebula_access_token: a
// credential that lasts for a run and is stored nowhere.
package accesstoken

import (
	"context"
	"errors"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

var _ ephemeral.EphemeralResourceWithConfigure = (*accessToken)(nil)

// openTimeout bounds a login with its retries.
const openTimeout = 3 * time.Minute

type accessToken struct{ tfkit.EphemeralResource }

// NewEphemeralResource is the ephemeral resource nebula_access_token.
func NewEphemeralResource() ephemeral.EphemeralResource { return &accessToken{} }

type model struct {
	Token     types.String `tfsdk:"token"`
	ExpiresAt types.String `tfsdk:"expires_at"`
}

func (e *accessToken) Metadata(_ context.Context, req ephemeral.MetadataRequest, resp *ephemeral.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_access_token"
}

func (e *accessToken) Schema(_ context.Context, _ ephemeral.SchemaRequest, resp *ephemeral.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "The access token that the provider's calls are made with: a credential that expires after two hours, for whatever needs one during a run. " +
			"The provider must be configured with `username` and `password`, or with an `access_token`; with an API key there is no token. " +
			"Terraform opens it while planning too, which logs in when the provider has not done so yet.",
		Attributes: map[string]schema.Attribute{
			"token": schema.StringAttribute{
				MarkdownDescription: "The access token (a JWT).",
				Computed:            true,
				Sensitive:           true,
			},
			"expires_at": schema.StringAttribute{
				MarkdownDescription: "When the token expires (RFC 3339, UTC). It is null for a token from the provider's configuration that does not say.",
				Computed:            true,
			},
		},
	}
}

func (e *accessToken) Open(ctx context.Context, _ ephemeral.OpenRequest, resp *ephemeral.OpenResponse) {
	const to = "open access token"
	ctx, end := e.Begin(ctx, to, &resp.Diagnostics)
	defer end()

	services, diags := e.Services(ctx)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	timed, cancel := services.Clock.WithTimeout(ctx, openTimeout)
	defer cancel()
	info, err := services.Client.AccessToken(timed)
	if err != nil {
		failure := tfkit.Failure{To: to, Err: err}
		if _, unfit := errors.AsType[*nebula.CredentialError](err); unfit {
			failure.Next = "Configure the provider with " + tfkit.ArgUsername + " and " + tfkit.ArgPassword + ", or with " + tfkit.ArgAccessToken + ", in place of " + tfkit.ArgAPIKey + "."
		}
		tfkit.Report(&resp.Diagnostics, failure)
		return
	}
	m := model{Token: types.StringValue(info.Token), ExpiresAt: types.StringNull()}
	if !info.ExpiresAt.IsZero() {
		m.ExpiresAt = types.StringValue(info.ExpiresAt.UTC().Format(time.RFC3339))
	}
	resp.Diagnostics.Append(resp.Result.Set(ctx, m)...)
}
