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

type accessToken struct{ tfkit.EphemeralResource }

// NewEphemeralResource is the ephemeral resource nebula_access_token.
func NewEphemeralResource() ephemeral.EphemeralResource {
	return &accessToken{tfkit.EphemeralResource{Type: "access_token"}}
}

type model struct {
	Token     types.String `tfsdk:"token"`
	ExpiresAt types.String `tfsdk:"expires_at"`
}

func (e *accessToken) Schema(_ context.Context, _ ephemeral.SchemaRequest, resp *ephemeral.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "The access token that the provider's calls are made with: a credential that expires after two hours, for whatever needs one during a run. " +
			"The provider must be configured with `username` and `password`, or with an `access_token`; with an API key there is no token. " +
			"Terraform opens it while planning too, which logs in when the provider has not done so yet.",
		Attributes: map[string]schema.Attribute{
			"token": schema.StringAttribute{
				MarkdownDescription: "The access token.",
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

func (e *accessToken) Open(ctx context.Context, req ephemeral.OpenRequest, resp *ephemeral.OpenResponse) {
	var m model
	e.Run(ctx, tfkit.Opening("open access token", &m, req, resp), func(ctx context.Context, op *tfkit.Operation) {
		info, err := op.Client.AccessToken(ctx)
		if err != nil {
			failure := tfkit.Failure{Err: err}
			if _, unfit := errors.AsType[*nebula.CredentialError](err); unfit {
				failure.Next = "Configure the provider with " + tfkit.ArgUsername + " and " + tfkit.ArgPassword + ", or with " + tfkit.ArgAccessToken + ", in place of " + tfkit.ArgAPIKey + "."
			}
			op.Fail(failure)
			return
		}
		m = model{Token: types.StringValue(info.Token), ExpiresAt: types.StringNull()}
		if !info.ExpiresAt.IsZero() {
			m.ExpiresAt = types.StringValue(info.ExpiresAt.UTC().Format(time.RFC3339))
		}
		op.Save(ctx, &m)
	})
}
