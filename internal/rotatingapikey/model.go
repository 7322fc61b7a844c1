package rotatingapikey

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"golang.org/x/text/unicode/norm"

	"github.com/nebulablock/terraform-provider-nebula/internal/keykit"
	"github.com/nebulablock/terraform-provider-nebula/internal/keyring"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// The values of retire_previous.
const (
	retireByOverlap  = "overlap"
	retireByHandover = "handover"
)

// model is nebula_rotating_api_key as configuration, plan and state hold it.
type model struct {
	Name          types.String `tfsdk:"name"`
	Description   types.String `tfsdk:"description"`
	TeamID        types.String `tfsdk:"team_id"`
	Keepers       types.Map    `tfsdk:"keepers"`
	AgeRecipients types.List   `tfsdk:"age_recipients"`

	RotateAfter    types.String   `tfsdk:"rotate_after"`
	Overlap        types.String   `tfsdk:"overlap"`
	RetirePrevious types.String   `tfsdk:"retire_previous"`
	Timeouts       timeouts.Value `tfsdk:"timeouts"`

	ID            types.String `tfsdk:"id"`
	Key           types.String `tfsdk:"key"`
	EncryptedKey  types.String `tfsdk:"encrypted_key"`
	Fingerprint   types.String `tfsdk:"fingerprint"`
	CreationToken types.String `tfsdk:"creation_token"`
	KeyName       types.String `tfsdk:"key_name"`
	CreatedAt     types.String `tfsdk:"created_at"`
	RotateAt      types.String `tfsdk:"rotate_at"`
	Generation    types.Int64  `tfsdk:"generation"`

	PreviousID          types.String `tfsdk:"previous_id"`
	PreviousKey         types.String `tfsdk:"previous_key"`
	PreviousFingerprint types.String `tfsdk:"previous_fingerprint"`
	PreviousRetireAt    types.String `tfsdk:"previous_retire_at"`

	IDs                      types.Set    `tfsdk:"ids"`
	LeftoverIDs              types.Set    `tfsdk:"leftover_ids"`
	UnresolvedCreationTokens types.Set    `tfsdk:"unresolved_creation_tokens"`
	Rotation                 types.Object `tfsdk:"rotation"`
}

// Limits are the configured time-outs.
func (m *model) Limits() timeouts.Value { return m.Timeouts }

// ref finds the current key.
func (m *model) ref() keyring.Ref {
	return keyring.Ref{ID: nebula.ID(m.ID.ValueString()), Token: m.CreationToken.ValueString()}
}

// spec is what a key of that name is made of.
func (m *model) spec(keyName string) keyring.Spec {
	return keyring.Spec{Name: keyName, Description: m.Description.ValueString(), TeamID: m.TeamID.ValueString()}
}

// isImported says that Terraform did not make the current key: there is no
// fingerprint of it.
func (m *model) isImported() bool { return m.Fingerprint.IsNull() }

// beingImported says that nothing is known of the key but its id.
func (m *model) beingImported() bool { return m.Name.IsNull() }

// waitsForHandover says that there is a previous key which only a hand-over
// ends.
func (m *model) waitsForHandover() bool {
	return !m.PreviousID.IsNull() && m.RetirePrevious.ValueString() == retireByHandover
}

// takeKeyArguments takes over what the keys are made of.
func (m *model) takeKeyArguments(from *model) {
	m.Name, m.Description, m.TeamID, m.Keepers, m.AgeRecipients = from.Name, from.Description, from.TeamID, from.Keepers, from.AgeRecipients
}

// takeRotationArguments takes over when keys come and go. They take effect at
// once.
func (m *model) takeRotationArguments(from *model) {
	m.RotateAfter, m.Overlap, m.RetirePrevious, m.Timeouts = from.RotateAfter, from.Overlap, from.RetirePrevious, from.Timeouts
	m.RotateAt = rotateAt(m.CreatedAt, m.RotateAfter)
}

// defaults completes a state that an import or an earlier version has left
// without these values.
func (m *model) defaults() {
	if m.Overlap.IsNull() {
		m.Overlap = types.StringValue(defaultOverlap)
	}
	if m.RetirePrevious.IsNull() {
		m.RetirePrevious = types.StringValue(retireByOverlap)
	}
	if m.Generation.IsNull() {
		m.Generation = types.Int64Value(1)
	}
}

// nextGeneration is the number of the key that the next rotation makes.
func (m *model) nextGeneration() types.Int64 {
	return types.Int64Value(max(m.Generation.ValueInt64(), 1) + 1)
}

// derive sets the attributes that follow from the others. They must be right
// whenever a model is planned or saved.
func (m *model) derive() {
	m.IDs = m.liveIDs()
	m.Rotation = keykit.Rotation{ID: m.ID, Fingerprint: m.Fingerprint, Generation: m.Generation,
		PreviousID: m.PreviousID, PreviousRetireAt: m.PreviousRetireAt}.Object()
}

// liveIDs are the ids of all keys that may be valid. They are unknown as a whole
// while it is not known whether there is a previous key.
func (m *model) liveIDs() types.Set {
	if m.PreviousID.IsUnknown() {
		return types.SetUnknown(types.StringType)
	}
	ids := []attr.Value{}
	for _, id := range []types.String{m.ID, m.PreviousID} {
		if !id.IsNull() {
			ids = append(ids, id)
		}
	}
	return types.SetValueMust(types.StringType, append(ids, m.LeftoverIDs.Elements()...))
}

// install makes a new key the current one. An error means that its secret
// could not be sealed; the model then holds everything but the secret.
func (m *model) install(ctx context.Context, created keyring.Created, keyName string, at time.Time) error {
	m.ID = types.StringValue(string(created.ID))
	m.CreationToken = tfkit.StringOrNull(created.Token)
	m.KeyName = types.StringValue(keyName)
	m.date(at)
	kept, err := keykit.KeepSecret(ctx, created.Secret, m.AgeRecipients)
	m.keep(kept)
	return err
}

func (m *model) keep(s keykit.Secret) {
	m.Key, m.EncryptedKey, m.Fingerprint = s.Key, s.EncryptedKey, s.Fingerprint
}

// date sets when the current key was made, and with it when it is due.
func (m *model) date(at time.Time) {
	m.CreatedAt = timestamp(at)
	m.RotateAt = rotateAt(m.CreatedAt, m.RotateAfter)
}

// makePrevious makes the current key the previous one, valid for overlap from at on.
func (m *model) makePrevious(at time.Time) {
	m.PreviousID = m.ID
	m.PreviousKey = m.Key
	m.PreviousFingerprint = m.Fingerprint
	m.PreviousRetireAt = timestamp(at.Add(duration(m.Overlap)))
}

// previousPlaintext is what a rotation keeps of the previous key's plaintext. A
// configuration that has begun to seal wants no plaintext in state any more.
func previousPlaintext(key types.String, ageRecipients types.List) types.String {
	switch {
	case ageRecipients.IsNull() || key.IsNull():
		return key
	case ageRecipients.IsUnknown():
		return types.StringUnknown()
	default:
		return types.StringNull()
	}
}

// forgetCurrent is for a key that is gone. Its generation goes on counting.
func (m *model) forgetCurrent() {
	m.ID, m.CreationToken, m.KeyName = types.StringNull(), types.StringNull(), types.StringNull()
	m.CreatedAt, m.RotateAt = types.StringNull(), types.StringNull()
	m.keep(keykit.NoSecret())
}

func (m *model) forgetPrevious() {
	m.PreviousID, m.PreviousKey = types.StringNull(), types.StringNull()
	m.PreviousFingerprint, m.PreviousRetireAt = types.StringNull(), types.StringNull()
}

// leftovers are keys that this resource made and that are still to be deleted.
func (m *model) leftovers(ctx context.Context) []string { return elements(ctx, m.LeftoverIDs) }

func (m *model) addLeftover(ctx context.Context, id string) {
	m.LeftoverIDs = with(ctx, m.LeftoverIDs, id)
}

func (m *model) dropLeftover(ctx context.Context, id string) {
	m.LeftoverIDs = without(ctx, m.LeftoverIDs, id)
}

// unresolved are the tokens of keys that failed rotations made or may have made.
func (m *model) unresolved(ctx context.Context) []string {
	return elements(ctx, m.UnresolvedCreationTokens)
}

// addUnresolved remembers a key by its marker. Without a token there is nothing
// that would find it.
func (m *model) addUnresolved(ctx context.Context, token string) {
	if token != "" {
		m.UnresolvedCreationTokens = with(ctx, m.UnresolvedCreationTokens, token)
	}
}

func (m *model) dropUnresolved(ctx context.Context, token string) {
	m.UnresolvedCreationTokens = without(ctx, m.UnresolvedCreationTokens, token)
}

// undecidedFirst is for the very first key, of which it is not known whether it
// was made, or whether the key that an answer named is it. Its name is all that
// is left to look for when it carries no marker.
func (m *model) undecidedFirst(id nebula.ID, token, keyName string) {
	m.forgetCurrent()
	m.ID, m.CreationToken = tfkit.StringOrNull(string(id)), tfkit.StringOrNull(token)
	m.KeyName = types.StringValue(keyName)
}

// unfindable says that the first key may exist and that there is no way to find
// out.
func (m *model) unfindable() bool {
	return m.ID.IsNull() && m.CreationToken.IsNull() && !m.KeyName.IsNull()
}

// undecidedRotation is for a new key of which it is not known whether it was
// made, beside one that goes on being current. recorded is false where there is
// nothing by which it could be found.
func (m *model) undecidedRotation(ctx context.Context, err *keyring.UndecidedError) (recorded bool) {
	if err.ID != "" {
		// It is proven to be this create's own.
		m.addLeftover(ctx, string(err.ID))
		return true
	}
	m.addUnresolved(ctx, err.Token)
	return err.Token != ""
}

// refresh takes over what the list shows of the current key.
func (m *model) refresh(ctx context.Context, op *tfkit.Operation, key keyring.Key) {
	m.ID = types.StringValue(string(key.ID))
	m.TeamID = keykit.TeamID(m.TeamID, key.Team, m.beingImported())
	texts := keykit.Texts{Name: m.KeyName, Description: m.Description, CreationToken: m.CreationToken}
	keykit.RefreshTexts(ctx, op, key, &texts)
	m.KeyName, m.Description, m.CreationToken = texts.Name, texts.Description, texts.CreationToken
	if m.Name.IsNull() {
		// Terraform composes every string, and an API need not.
		m.Name = types.StringValue(norm.NFC.String(baseName(key.Name)))
	}
}

// note tells the run which keys this resource manages.
func (m *model) note(ctx context.Context, known *keykit.Managed) {
	known.Note(nebula.ID(m.ID.ValueString()), m.Fingerprint.ValueString())
	known.Note(nebula.ID(m.PreviousID.ValueString()), m.PreviousFingerprint.ValueString())
	for _, id := range m.leftovers(ctx) {
		known.Note(nebula.ID(id), "")
	}
}
