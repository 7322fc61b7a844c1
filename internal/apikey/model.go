package apikey

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/keykit"
	"github.com/nebulablock/terraform-provider-nebula/internal/keyring"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// model is nebula_api_key as configuration, plan and state hold it.
type model struct {
	ID            types.String   `tfsdk:"id"`
	Name          types.String   `tfsdk:"name"`
	Description   types.String   `tfsdk:"description"`
	Keepers       types.Map      `tfsdk:"keepers"`
	AgeRecipients types.List     `tfsdk:"age_recipients"`
	Key           types.String   `tfsdk:"key"`
	EncryptedKey  types.String   `tfsdk:"encrypted_key"`
	Fingerprint   types.String   `tfsdk:"fingerprint"`
	CreationToken types.String   `tfsdk:"creation_token"`
	Timeouts      timeouts.Value `tfsdk:"timeouts"`
}

// Identity follows the id. A key whose id is not known yet needs an identity
// all the same.
func (m *model) Identity() types.String {
	if m.ID.IsNull() {
		return tfkit.Unresolved(m.CreationToken.ValueString())
	}
	return m.ID
}

// Limits are the configured time-outs.
func (m *model) Limits() timeouts.Value { return m.Timeouts }

func (m *model) ref() keyring.Ref {
	return keyring.Ref{ID: nebula.ID(m.ID.ValueString()), Token: m.CreationToken.ValueString()}
}

// unfindable says that the key may exist and that nothing is known to find it
// by.
func (m *model) unfindable() bool { return m.ID.IsNull() && m.CreationToken.IsNull() }

func (m *model) spec() keyring.Spec {
	return keyring.Spec{Name: m.Name.ValueString(), Description: m.Description.ValueString()}
}

// created takes over a new key. An error means that its secret could not be
// sealed; the model then holds everything but the secret.
func (m *model) created(ctx context.Context, created keyring.Created) error {
	m.ID = types.StringValue(string(created.ID))
	m.CreationToken = tfkit.StringOrNull(created.Token)
	kept, err := keykit.KeepSecret(ctx, created.Secret, m.AgeRecipients)
	m.keep(kept)
	return err
}

func (m *model) keep(s keykit.Secret) {
	m.Key, m.EncryptedKey, m.Fingerprint = s.Key, s.EncryptedKey, s.Fingerprint
}

// undecided keeps what is known of a key that may or may not have been made,
// so that a later read or delete can find it.
func (m *model) undecided(err *keyring.UndecidedError) {
	m.ID = tfkit.StringOrNull(string(err.ID))
	m.CreationToken = tfkit.StringOrNull(err.Token)
	m.keep(keykit.NoSecret())
}

// refresh takes over what the list shows, and says whether anything differs.
func (m *model) refresh(key keyring.Key) (changed bool) {
	before := [...]types.String{m.ID, m.Name, m.Description, m.CreationToken}
	m.ID = types.StringValue(string(key.ID))
	m.Name = types.StringValue(key.Name)
	m.Description, m.CreationToken = keykit.ListedDescription(key, m.Description, m.CreationToken)
	return before != [...]types.String{m.ID, m.Name, m.Description, m.CreationToken}
}
