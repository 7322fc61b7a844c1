// Package unsealedkey offers the ephemeral resource nebula_unsealed_api_key:
// the way from a sealed key to where its plaintext is needed, past the state.
package unsealedkey

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/sealing"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

var _ ephemeral.EphemeralResourceWithConfigure = (*unsealedKey)(nil)

type unsealedKey struct{ tfkit.EphemeralResource }

// NewEphemeralResource is the ephemeral resource nebula_unsealed_api_key.
func NewEphemeralResource() ephemeral.EphemeralResource {
	return &unsealedKey{tfkit.EphemeralResource{Type: "unsealed_api_key"}}
}

type model struct {
	EncryptedKey types.String `tfsdk:"encrypted_key"`
	AgeIdentity  types.String `tfsdk:"age_identity"`
	Key          types.String `tfsdk:"key"`
}

func (e *unsealedKey) Schema(_ context.Context, _ ephemeral.SchemaRequest, resp *ephemeral.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Decrypts a key that was sealed with `age_recipients`, for use in write-only arguments, provider configurations and other ephemeral places. " +
			"It works locally: the API is not called, and neither the key nor the identity is stored anywhere.",
		Attributes: map[string]schema.Attribute{
			"encrypted_key": schema.StringAttribute{
				MarkdownDescription: "The sealed key: `encrypted_key` of a `nebula_api_key` or `nebula_rotating_api_key`, or any armored age file of up to 64 KiB. " +
					"While it is null, which it is for an imported key and for one that was deleted elsewhere, `key` is null, with a warning.",
				Optional: true,
			},
			"age_identity": schema.StringAttribute{
				MarkdownDescription: "The private key of one of the recipients: an age identity (`AGE-SECRET-KEY-1...`, alone or as an identity file), or an SSH private key " +
					"of type ed25519 or RSA without a passphrase. Give it through an ephemeral variable or another ephemeral resource.",
				Required:  true,
				Sensitive: true,
			},
			"key": schema.StringAttribute{
				MarkdownDescription: "The secret in plaintext. It is null while `encrypted_key` is.",
				Computed:            true,
				Sensitive:           true,
			},
		},
	}
}

// Open decrypts. A plan opens it too, so it must not depend on anything but
// its arguments.
func (e *unsealedKey) Open(ctx context.Context, req ephemeral.OpenRequest, resp *ephemeral.OpenResponse) {
	var m model
	e.RunOffline(ctx, tfkit.Opening("unseal API key", &m, req, resp), func(ctx context.Context, op *tfkit.Operation) {
		if m.EncryptedKey.IsNull() {
			m.Key = types.StringNull()
			op.Save(ctx, &m)
			op.Warn(tfkit.Message{Title: "No sealed API key",
				What:  "encrypted_key is null, so there is nothing to unseal: the API does not show the secret of an imported key, and a key that was deleted elsewhere has not been created again yet.",
				State: "key is null for this run.",
				Next:  "If the key was imported, give it another one (rotate or replace it). If it was deleted elsewhere, apply: the plan makes another."})
			return
		}
		key, err := sealing.Unseal(m.EncryptedKey.ValueString(), m.AgeIdentity.ValueString())
		if err != nil {
			op.Fail(tfkit.Failure{Err: err, Next: "See that encrypted_key is whole, as nebula_api_key gave it, and that age_identity is the private key of one of the recipients that it was sealed for."})
			return
		}
		m.Key = types.StringValue(key)
		op.Save(ctx, &m)
	})
}
