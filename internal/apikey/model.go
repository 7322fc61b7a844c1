package apikey

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/lifecycle"
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

func (m *model) ref() lifecycle.Ref {
	return lifecycle.Ref{ID: nebula.ID(m.ID.ValueString()), Token: m.CreationToken.ValueString()}
}

func (m *model) spec() lifecycle.Spec {
	return lifecycle.Spec{Name: m.Name.ValueString(), Description: m.Description.ValueString()}
}

// created takes over a new key. An error means that its secret could not be
// sealed; the model then holds everything but the secret.
func (m *model) created(ctx context.Context, created lifecycle.Created) error {
	m.ID = types.StringValue(string(created.ID))
	m.CreationToken = tfkit.StringOrNull(created.Token)
	kept, err := tfkit.KeepSecret(ctx, created.Secret, m.AgeRecipients)
	m.keep(kept)
	return err
}

func (m *model) keep(s tfkit.Secret) {
	m.Key, m.EncryptedKey, m.Fingerprint = s.Key, s.EncryptedKey, s.Fingerprint
}

// undecided keeps what is known of a key that may or may not have been made,
// so that a later read or delete can find it.
func (m *model) undecided(err *lifecycle.UndecidedError) {
	m.ID = tfkit.StringOrNull(string(err.ID))
	m.CreationToken = tfkit.StringOrNull(err.Token)
	m.keep(tfkit.NoSecret())
}

// refresh takes over what the list shows. The marker is stripped where it is
// this key's own; a key whose marker is not known yet, such as an imported
// one, adopts the one it has. A foreign marker is part of the text: somebody
// changed the description. It says whether anything differs.
func (m *model) refresh(key lifecycle.Key) (changed bool) {
	before := [...]types.String{m.ID, m.Name, m.Description, m.CreationToken}
	m.ID = types.StringValue(string(key.ID))
	m.Name = types.StringValue(key.Name)
	switch {
	case m.CreationToken.IsNull():
		m.CreationToken = tfkit.StringOrNull(key.Token)
		m.Description = types.StringValue(key.Description)
	case key.Token == m.CreationToken.ValueString():
		m.Description = types.StringValue(key.Description)
	default:
		m.Description = types.StringValue(lifecycle.MarkDescription(key.Description, key.Token))
	}
	return before != [...]types.String{m.ID, m.Name, m.Description, m.CreationToken}
}
