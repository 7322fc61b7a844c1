package rotatingapikey

import (
	"context"
	"regexp"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/keykit"
	"github.com/nebulablock/terraform-provider-nebula/internal/keyring"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// model is nebula_rotating_api_key as configuration, plan and state hold it.
type model struct {
	Name          types.String         `tfsdk:"name"`
	Description   types.String         `tfsdk:"description"`
	RotateAfter   timetypes.GoDuration `tfsdk:"rotate_after"`
	Overlap       timetypes.GoDuration `tfsdk:"overlap"`
	Keepers       types.Map            `tfsdk:"keepers"`
	AgeRecipients types.List           `tfsdk:"age_recipients"`
	Timeouts      timeouts.Value       `tfsdk:"timeouts"`

	ID            types.String `tfsdk:"id"`
	Key           types.String `tfsdk:"key"`
	EncryptedKey  types.String `tfsdk:"encrypted_key"`
	Fingerprint   types.String `tfsdk:"fingerprint"`
	CreationToken types.String `tfsdk:"creation_token"`
	KeyName       types.String `tfsdk:"key_name"`
	CreatedAt     types.String `tfsdk:"created_at"`
	RotateAt      types.String `tfsdk:"rotate_at"`

	PreviousID          types.String `tfsdk:"previous_id"`
	PreviousKey         types.String `tfsdk:"previous_key"`
	PreviousFingerprint types.String `tfsdk:"previous_fingerprint"`
	PreviousRetireAt    types.String `tfsdk:"previous_retire_at"`

	LeftoverIDs              types.Set `tfsdk:"leftover_ids"`
	UnresolvedCreationTokens types.Set `tfsdk:"unresolved_creation_tokens"`
}

// Each generation is named <name>-<UTC time>.
const generationFormat = "20060102T150405Z"

var generationName = regexp.MustCompile(`^(?s:(.+))-[0-9]{8}T[0-9]{6}Z$`)

func nameOfGeneration(name string, at time.Time) string {
	return name + "-" + at.UTC().Format(generationFormat)
}

// baseName takes the time off a generation's name.
func baseName(keyName string) string {
	if m := generationName.FindStringSubmatch(keyName); m != nil {
		return m[1]
	}
	return keyName
}

// Limits are the configured time-outs.
func (m *model) Limits() timeouts.Value { return m.Timeouts }

// ref finds the current key.
func (m *model) ref() keyring.Ref {
	return keyring.Ref{ID: nebula.ID(m.ID.ValueString()), Token: m.CreationToken.ValueString()}
}

// installed makes a new key the current one. An error means that its secret
// could not be sealed; the model then holds everything but the secret.
func (m *model) installed(ctx context.Context, created keyring.Created, keyName string, at time.Time) error {
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

// rotateAt is when a key made at createdAt is due; null without a period, and
// unknown while either is.
func rotateAt(createdAt types.String, rotateAfter timetypes.GoDuration) types.String {
	if rotateAfter.IsNull() {
		return types.StringNull()
	}
	if createdAt.IsUnknown() || rotateAfter.IsUnknown() {
		return types.StringUnknown()
	}
	created, ok := instant(createdAt)
	if !ok {
		return types.StringNull()
	}
	return timestamp(created.Add(duration(rotateAfter)))
}

// demote makes the current key the previous one, valid for overlap from at on.
func (m *model) demote(at time.Time) {
	m.PreviousID = m.ID
	m.PreviousKey = m.Key
	m.PreviousFingerprint = m.Fingerprint
	m.PreviousRetireAt = timestamp(at.Add(duration(m.Overlap)))
}

// keptInPlain is what a rotation keeps of the previous key's plaintext. A
// configuration that has begun to seal wants no plaintext in state any more.
func keptInPlain(key types.String, ageRecipients types.List) types.String {
	switch {
	case ageRecipients.IsNull() || key.IsNull():
		return key
	case ageRecipients.IsUnknown():
		return types.StringUnknown()
	default:
		return types.StringNull()
	}
}

// forgetCurrent is for a key that is gone.
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

// unresolved are the tokens of keys that interrupted rotations may have made.
func (m *model) unresolved(ctx context.Context) []string {
	return elements(ctx, m.UnresolvedCreationTokens)
}

func (m *model) dropUnresolved(ctx context.Context, token string) {
	m.UnresolvedCreationTokens = without(ctx, m.UnresolvedCreationTokens, token)
}

// noStrings is how a set of the provider's own without elements is recorded.
func noStrings() types.Set { return types.SetNull(types.StringType) }

// elements reads a set of the provider's own, which holds nothing but strings.
func elements(ctx context.Context, set types.Set) []string {
	var all []string
	if !set.IsNull() && !set.IsUnknown() {
		_ = set.ElementsAs(ctx, &all, false)
	}
	return all
}

func with(ctx context.Context, set types.Set, element string) types.Set {
	all := elements(ctx, set)
	if !slices.Contains(all, element) {
		all = append(all, element)
	}
	added, _ := types.SetValueFrom(ctx, types.StringType, all)
	return added
}

func without(ctx context.Context, set types.Set, element string) types.Set {
	all := slices.DeleteFunc(elements(ctx, set), func(e string) bool { return e == element })
	if len(all) == 0 {
		return noStrings()
	}
	left, _ := types.SetValueFrom(ctx, types.StringType, all)
	return left
}

// undecidedCreate is for the very first key, of which it is not known whether
// it was made. Its name is all that is left to look for when it carries no
// marker.
func (m *model) undecidedCreate(err *keyring.UndecidedError, keyName string) {
	m.forgetCurrent()
	m.ID, m.CreationToken = tfkit.StringOrNull(string(err.ID)), tfkit.StringOrNull(err.Token)
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
	switch {
	case err.ID != "":
		m.addLeftover(ctx, string(err.ID))
	case err.Token != "":
		m.UnresolvedCreationTokens = with(ctx, m.UnresolvedCreationTokens, err.Token)
	default:
		return false
	}
	return true
}

// refresh takes over what the list shows of the current key.
func (m *model) refresh(ctx context.Context, op *tfkit.Operation, key keyring.Key) {
	m.ID = types.StringValue(string(key.ID))
	texts := keykit.Texts{Name: m.KeyName, Description: m.Description, CreationToken: m.CreationToken}
	keykit.RefreshTexts(ctx, op, key, &texts)
	m.KeyName, m.Description, m.CreationToken = texts.Name, texts.Description, texts.CreationToken
	if m.Name.IsNull() {
		m.Name = types.StringValue(baseName(key.Name))
	}
}

func timestamp(t time.Time) types.String {
	return types.StringValue(t.UTC().Format(time.RFC3339))
}

func instant(s types.String) (time.Time, bool) {
	t, err := time.Parse(time.RFC3339, s.ValueString())
	return t, err == nil
}

// duration is the value of a duration that was validated; zero where there is
// none.
func duration(d timetypes.GoDuration) time.Duration {
	value, _ := knownDuration(d)
	return value
}

// knownDuration is false for a duration that is null, unknown or none at all;
// the last is reported by its type.
func knownDuration(d timetypes.GoDuration) (time.Duration, bool) {
	if d.IsNull() || d.IsUnknown() {
		return 0, false
	}
	value, err := time.ParseDuration(d.ValueString())
	return value, err == nil
}

// checkDurations reports durations that make no sense, alone or together.
func checkDurations(rotateAfter, overlap timetypes.GoDuration) diag.Diagnostics {
	var diags diag.Diagnostics
	period, hasPeriod := knownDuration(rotateAfter)
	if hasPeriod && period <= 0 {
		diags.AddAttributeError(rootRotateAfter, "Invalid rotation period",
			"rotate_after must be longer than nothing: give a duration such as \"720h\", or leave it out to rotate by keepers only.")
		return diags
	}
	effective, hasOverlap := knownDuration(overlap)
	isDefault := ""
	if overlap.IsNull() {
		effective, hasOverlap, isDefault = defaultOverlap, true, ", which is the default,"
	}
	switch {
	case !hasOverlap:
	case effective < 0:
		diags.AddAttributeError(rootOverlap, "Invalid overlap", "overlap must not be negative: give a duration such as \"24h\", or \"0s\" to delete the old key in the same apply.")
	case hasPeriod && effective >= period:
		diags.AddAttributeError(rootOverlap, "Overlap too long", "The overlap of "+effective.String()+isDefault+
			" must be shorter than rotate_after, which is "+period.String()+
			": otherwise the old key would still be valid when the next rotation is due. Give a shorter overlap or a longer rotate_after.")
	}
	return diags
}
