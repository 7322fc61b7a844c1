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
	TeamID        types.String   `tfsdk:"team_id"`
	Keepers       types.Map      `tfsdk:"keepers"`
	AgeRecipients types.List     `tfsdk:"age_recipients"`
	Key           types.String   `tfsdk:"key"`
	EncryptedKey  types.String   `tfsdk:"encrypted_key"`
	Fingerprint   types.String   `tfsdk:"fingerprint"`
	CreationToken types.String   `tfsdk:"creation_token"`
	CreatedAt     types.String   `tfsdk:"created_at"`
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

// beingImported says that nothing is known of the key but its id.
func (m *model) beingImported() bool { return m.Name.IsNull() }

func (m *model) spec() keyring.Spec {
	return keyring.Spec{Name: m.Name.ValueString(), Description: m.Description.ValueString(), TeamID: m.TeamID.ValueString()}
}

// created takes over a new key. An error means that its secret could not be
// sealed; the model then holds everything but the secret.
func (m *model) created(ctx context.Context, keys *keyring.Keyring, created keyring.Created) error {
	m.ID = types.StringValue(string(created.ID))
	m.CreationToken = tfkit.StringOrNull(created.Token)
	m.CreatedAt = keykit.CreatedAt(keys, types.StringNull(), created.CreatedAt, created.Token)
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
	m.CreatedAt = types.StringNull()
	m.keep(keykit.NoSecret())
}

// refresh takes over what the list shows, and says whether anything differs.
func (m *model) refresh(ctx context.Context, op *tfkit.Operation, key keyring.Key) (changed bool) {
	before := m.listed()
	m.ID = types.StringValue(string(key.ID))
	m.TeamID = keykit.TeamID(m.TeamID, key.Team, m.beingImported())
	texts := keykit.Texts{Name: m.Name, Description: m.Description, CreationToken: m.CreationToken}
	keykit.RefreshTexts(ctx, op, key, &texts)
	m.Name, m.Description, m.CreationToken = texts.Name, texts.Description, texts.CreationToken
	m.CreatedAt = keykit.CreatedAt(keykit.Keys(op.Services), m.CreatedAt, key.CreatedAt, m.CreationToken.ValueString())
	return before != m.listed()
}

// listed are the attributes that a list can change.
func (m *model) listed() [6]types.String {
	return [...]types.String{m.ID, m.Name, m.Description, m.CreationToken, m.TeamID, m.CreatedAt}
}
