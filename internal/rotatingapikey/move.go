package rotatingapikey

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/keykit"
	"github.com/nebulablock/terraform-provider-nebula/internal/keyring"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// movedKey is what is taken over of a nebula_api_key.
type movedKey struct {
	ID            *string           `json:"id"`
	Name          string            `json:"name"`
	Description   string            `json:"description"`
	TeamID        *string           `json:"team_id"`
	Keepers       map[string]string `json:"keepers"`
	AgeRecipients []string          `json:"age_recipients"`
	Key           *string           `json:"key"`
	EncryptedKey  *string           `json:"encrypted_key"`
	Fingerprint   *string           `json:"fingerprint"`
	CreationToken *string           `json:"creation_token"`
	CreatedAt     *string           `json:"created_at"`
}

// MoveState lets a moved block bring an existing nebula_api_key under rotation
// without replacing it.
func (r *rotatingResource) MoveState(context.Context) []resource.StateMover {
	return []resource.StateMover{{StateMover: r.moveKey}}
}

func (r *rotatingResource) moveKey(ctx context.Context, req resource.MoveStateRequest, resp *resource.MoveStateResponse) {
	// The provider's host differs between Terraform and OpenTofu. Leaving the
	// target empty says that the source is not known here.
	if req.SourceTypeName != "nebula_api_key" || req.SourceSchemaVersion != 0 || !strings.HasSuffix(req.SourceProviderAddress, "/nebula") {
		return
	}
	r.RunOffline(ctx, tfkit.Doing("move API key under rotation", &resp.Diagnostics, nil), func(ctx context.Context, op *tfkit.Operation) {
		var source movedKey
		if req.SourceRawState == nil || json.Unmarshal(req.SourceRawState.JSON, &source) != nil {
			// The decoder's error could quote the secret.
			op.Refuse(tfkit.Message{What: "The state of the nebula_api_key cannot be read."})
			return
		}
		if source.ID == nil {
			op.Refuse(tfkit.Message{
				What:  "It is not known yet whether the key " + tfkit.Quoted(source.Name) + " was made at all, so there is nothing that could rotate.",
				State: "Nothing was moved.",
				Next:  "Remove the moved block, apply so that Terraform replaces the tainted nebula_api_key, then move it.",
			})
			return
		}
		m, diags := source.rotating(ctx)
		if !op.Append(diags) {
			op.Append(resp.TargetState.Set(ctx, m))
			op.Append(keykit.CarryTexts(ctx, req.SourcePrivate, resp.TargetPrivate))
		}
	})
}

// rotating is the key under rotation.
func (source movedKey) rotating(ctx context.Context) (*model, diag.Diagnostics) {
	var diags diag.Diagnostics
	m := model{
		Name:          types.StringValue(source.Name),
		Description:   types.StringValue(source.Description),
		TeamID:        types.StringPointerValue(source.TeamID),
		Keepers:       types.MapNull(types.StringType),
		AgeRecipients: types.ListNull(types.StringType),
		ID:            types.StringPointerValue(source.ID),
		Key:           types.StringPointerValue(source.Key),
		EncryptedKey:  types.StringPointerValue(source.EncryptedKey),
		Fingerprint:   types.StringPointerValue(source.Fingerprint),
		CreationToken: types.StringPointerValue(source.CreationToken),
		KeyName:       types.StringValue(source.Name),
		CreatedAt:     types.StringPointerValue(source.CreatedAt),
		LeftoverIDs:   noStrings(),
		Timeouts: timeouts.Value{Object: types.ObjectNull(map[string]attr.Type{
			"create": types.StringType, "update": types.StringType, "delete": types.StringType,
		})},
	}
	if source.Keepers != nil {
		keepers, more := types.MapValueFrom(ctx, types.StringType, source.Keepers)
		diags.Append(more...)
		m.Keepers = keepers
	}
	if source.AgeRecipients != nil {
		recipients, more := types.ListValueFrom(ctx, types.StringType, source.AgeRecipients)
		diags.Append(more...)
		m.AgeRecipients = recipients
	}
	m.UnresolvedCreationTokens = noStrings()
	if born, ok := keyring.TokenTime(m.CreationToken.ValueString()); ok && m.CreatedAt.IsNull() {
		m.date(born)
	}
	m.defaults()
	m.derive()
	return &m, diags
}
