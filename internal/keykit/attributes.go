package keykit

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/keyring"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/sealing"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// CreatedAtDescription documents the attribute created_at of a key.
const CreatedAtDescription = "When the key was made (RFC 3339, UTC): the API's word where it says so, else the time in `creation_token`. It is null when neither tells."

// CreatedAt is the attribute created_at: what is recorded already, else the
// API's word, else the time of the creation token. An instant that lies too far
// ahead to be true counts for nothing.
func CreatedAt(keys *keyring.Keyring, recorded types.String, api time.Time, token string) types.String {
	if at, err := time.Parse(time.RFC3339, recorded.ValueString()); err == nil && keys.Believable(at) {
		return recorded
	}
	if api.IsZero() || !keys.Believable(api) {
		api, _ = keys.Born(token)
	}
	if api.IsZero() || !keys.Believable(api) {
		return types.StringNull()
	}
	return types.StringValue(api.UTC().Format(time.RFC3339))
}

// TeamIDAttribute is the attribute team_id of a key. Change says what a change
// does: "Changing it replaces the key."
func TeamIDAttribute(change string, modifiers ...planmodifier.String) schema.StringAttribute {
	return schema.StringAttribute{
		MarkdownDescription: "Identifier of the team that the key is for. Without it the key is made without naming a team. " + change +
			" A team given to an imported key for the first time changes the state only.",
		Optional:      true,
		Validators:    []validator.String{tfkit.ObjectID()},
		PlanModifiers: modifiers,
	}
}

// TeamID is the attribute team_id after a row was seen. Imported says that
// nothing but the id was known before. A row without a team says nothing, and
// the team that the API chose for a key that names none is nobody's change.
func TeamID(recorded types.String, team *nebula.Team, imported bool) types.String {
	if team == nil || recorded.IsNull() && !imported || !recorded.IsNull() && sameNumber(recorded.ValueString(), string(team.ID)) {
		return recorded
	}
	return types.StringValue(string(team.ID))
}

// The functions below tell whether another value of an argument means another
// key. Adopted says that this provider did not make the key, so that nobody
// knows what it was made with: what such a key is given or loses is recorded
// and changes nothing about it.

// OtherTeam compares values of team_id.
func OtherTeam(recorded, planned types.String, adopted bool) bool {
	switch {
	case recorded.Equal(planned), adopted && (recorded.IsNull() || planned.IsNull()):
		return false
	case recorded.IsNull() || planned.IsNull() || planned.IsUnknown():
		return true
	default:
		return !sameNumber(recorded.ValueString(), planned.ValueString())
	}
}

// sameNumber compares ids: 007 is 7, which an API may make of it.
func sameNumber(a, b string) bool {
	plain := func(s string) string {
		if strings.Trim(s, "0123456789") != "" {
			return s
		}
		return strings.TrimLeft(s, "0")
	}
	return plain(a) == plain(b)
}

// OtherKeepers compares values of keepers. Null, {} and a map of nulls mean the
// same.
func OtherKeepers(recorded, planned types.Map, adopted bool) bool {
	before, after := kept(recorded), kept(planned)
	switch {
	case planned.Equal(recorded), adopted && len(before) == 0:
		return false
	case planned.IsUnknown():
		return true
	case adopted && len(after) == 0:
		return false
	}
	return !types.MapValueMust(types.StringType, before).Equal(types.MapValueMust(types.StringType, after))
}

// kept are the elements of a map that are not null.
func kept(m types.Map) map[string]attr.Value {
	elements := map[string]attr.Value{}
	for name, value := range m.Elements() {
		if !value.IsNull() {
			elements[name] = value
		}
	}
	return elements
}

// OtherRecipients compares values of age_recipients. Order, comments and white
// space mean nothing.
func OtherRecipients(ctx context.Context, recorded, planned types.List, adopted bool) bool {
	switch {
	case planned.Equal(recorded), adopted && recorded.IsNull():
		return false
	case planned.IsUnknown():
		return true
	case adopted && planned.IsNull():
		return false
	case recorded.IsNull() || planned.IsNull():
		return true
	}
	before, known := canonical(ctx, recorded)
	after, knownToo := canonical(ctx, planned)
	return !known || !knownToo || !slices.Equal(before, after)
}

// canonical gives the recipients of a list, sorted; known is false while one of
// them is not.
func canonical(ctx context.Context, list types.List) (recipients []string, known bool) {
	var values []types.String
	if list.ElementsAs(ctx, &values, false).HasError() {
		return nil, false
	}
	for _, value := range values {
		if value.IsUnknown() {
			return nil, false
		}
		recipients = append(recipients, sealing.CanonicalRecipient(value.ValueString()))
	}
	slices.Sort(recipients)
	return slices.Compact(recipients), true
}
