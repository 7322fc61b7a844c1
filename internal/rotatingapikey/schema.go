package rotatingapikey

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/setplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/keykit"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

const defaultOverlap = 24 * time.Hour

// defaultOverlapText is how the default is written in a configuration.
const defaultOverlapText = "24h"

var (
	rootRotateAfter = path.Root("rotate_after")
	rootOverlap     = path.Root("overlap")
)

func (r *rotatingResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	// What a plan changes in these is decided in ModifyPlan, in one place.
	keep := []planmodifier.String{stringplanmodifier.UseStateForUnknown()}
	resp.Schema = schema.Schema{
		MarkdownDescription: "An API key that renews itself, with overlap.\n\n" +
			"A rotation is an in-place update: a new key is made and tried against the API, then recorded, and only then the time of the old one begins to run. " +
			"For the length of `overlap` both are valid; the next apply after that revokes the old one. Destroying the resource revokes both.\n\n" +
			"Terraform rotates when it is applied, not by itself: run it at least as often as `overlap` is long. " +
			"The age of the key is looked at while Terraform refreshes, so nothing is rotated with `-refresh=false`.",
		Attributes: map[string]schema.Attribute{
			"name": schema.StringAttribute{
				MarkdownDescription: "Name that the names of all generations begin with; each is named `<name>-<UTC time>`, such as `ci-20261123T015600Z`. Changing it rotates the key.",
				Required:            true,
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
			},
			"description": schema.StringAttribute{
				MarkdownDescription: "Free text that the list of keys shows beside the name. Unless the provider's `ownership_marker` is `false`, the provider stores it " +
					"with the ownership marker ` [tf:TOKEN]` appended, and reads it without. Defaults to the empty text. Changing it rotates the key.",
				Optional:   true,
				Computed:   true,
				Default:    stringdefault.StaticString(""),
				Validators: []validator.String{keykit.NoOwnershipMarker()},
			},
			"rotate_after": schema.StringAttribute{
				MarkdownDescription: "Age at which the key is due for rotation, as a [Go duration](https://pkg.go.dev/time#ParseDuration) such as `720h`. Without it only changes of `keepers` and of the key's other arguments rotate. " +
					"A new value is recorded first: a key that is due by it at once is rotated by the apply after that.",
				CustomType: timetypes.GoDurationType{},
				Optional:   true,
			},
			"overlap": schema.StringAttribute{
				MarkdownDescription: "How long the previous key stays valid after a rotation, as a Go duration. It must be shorter than `rotate_after`. " +
					"With `0s`, meant for incidents, the old key is revoked in the same apply, once the new one is proven. " +
					"A change takes effect with the next rotation; a previous key keeps its `previous_retire_at`. Defaults to `24h`.",
				CustomType: timetypes.GoDurationType{},
				Optional:   true,
				Computed:   true,
				Default:    stringdefault.StaticString(defaultOverlapText),
			},
			"keepers": schema.MapAttribute{
				MarkdownDescription: "Arbitrary values whose change rotates the key. They are recorded in the state and sent nowhere. " +
					"Keepers given to an imported key for the first time are recorded without rotating it.",
				ElementType: types.StringType,
				Optional:    true,
			},
			"age_recipients": schema.ListAttribute{
				MarkdownDescription: "Public keys to which the secret is encrypted the moment it arrives: age recipients (`age1...`) or SSH public keys " +
					"(`ssh-ed25519` or `ssh-rsa`). With them `key` and `previous_key` stay null and plaintext never reaches the state. Changing them rotates the key. " +
					"Recipients given to an imported key for the first time are recorded without rotating it.",
				ElementType: types.StringType,
				Optional:    true,
				Validators: []validator.List{
					listvalidator.SizeAtLeast(1),
					listvalidator.UniqueValues(),
					listvalidator.ValueStringsAre(keykit.AgeRecipient()),
				},
			},
			"id": schema.StringAttribute{
				MarkdownDescription: "Identifier of the current key. It changes with every rotation.",
				Computed:            true, PlanModifiers: keep,
			},
			"key": schema.StringAttribute{
				MarkdownDescription: "Secret of the current key. It is null with `age_recipients`, and for an imported key until its first rotation.",
				Computed:            true, Sensitive: true, PlanModifiers: keep,
			},
			"encrypted_key": schema.StringAttribute{
				MarkdownDescription: "Secret of the current key as an armored [age](https://age-encryption.org) file, encrypted to `age_recipients`. It is null without them.",
				Computed:            true, PlanModifiers: keep,
			},
			"fingerprint": schema.StringAttribute{
				MarkdownDescription: "SHA-256 of the current key's secret in hexadecimal digits. It is null for an imported key until its first rotation.",
				Computed:            true, PlanModifiers: keep,
			},
			"creation_token": schema.StringAttribute{
				MarkdownDescription: "Token of the ownership marker in the current key's description. It is null when the key carries no marker.",
				Computed:            true, PlanModifiers: keep,
			},
			"key_name": schema.StringAttribute{
				MarkdownDescription: "Name of the current key.",
				Computed:            true, PlanModifiers: keep,
			},
			"created_at": schema.StringAttribute{
				MarkdownDescription: "When the current key was made (RFC 3339, UTC). The API does not tell, so for an imported key without an ownership marker it is when Terraform first saw the key.",
				Computed:            true, PlanModifiers: keep,
			},
			"rotate_at": schema.StringAttribute{
				MarkdownDescription: "When the current key is due for rotation (RFC 3339, UTC). It is null without `rotate_after`.",
				Computed:            true, PlanModifiers: keep,
			},
			"previous_id": schema.StringAttribute{
				MarkdownDescription: "Identifier of the previous key while that is still valid; null otherwise.",
				Computed:            true, PlanModifiers: keep,
			},
			"previous_key": schema.StringAttribute{
				MarkdownDescription: "Secret of the previous key while that is still valid. It is null with `age_recipients`, also when the key itself was made without them.",
				Computed:            true, Sensitive: true, PlanModifiers: keep,
			},
			"previous_fingerprint": schema.StringAttribute{
				MarkdownDescription: "SHA-256 of the previous key's secret in hexadecimal digits, while that key is still valid.",
				Computed:            true, PlanModifiers: keep,
			},
			"previous_retire_at": schema.StringAttribute{
				MarkdownDescription: "From when on an apply revokes the previous key (RFC 3339, UTC).",
				Computed:            true, PlanModifiers: keep,
			},
			"leftover_ids": schema.SetAttribute{
				MarkdownDescription: "Identifiers of keys that this resource made, that are not in use and whose revocation failed so far. Every apply tries again. Null when there are none, which is the rule.",
				ElementType:         types.StringType,
				Computed:            true,
				PlanModifiers:       []planmodifier.Set{setplanmodifier.UseStateForUnknown()},
			},
			"unresolved_creation_tokens": schema.SetAttribute{
				MarkdownDescription: "Tokens of the ownership markers of keys that failed rotations may have made. Every refresh looks for those keys, for ten minutes; one that appears becomes one of `leftover_ids`. Null when there are none, which is the rule.",
				ElementType:         types.StringType,
				Computed:            true,
				PlanModifiers:       []planmodifier.Set{setplanmodifier.UseStateForUnknown()},
			},
		},
		Blocks: map[string]schema.Block{
			"timeouts": timeouts.Block(ctx, timeouts.Opts{
				Create: true, Update: true, Delete: true,
				CreateDescription: "How long making the first key may take, as a Go duration such as `90s` or `5m`. Defaults to `5m`.",
				UpdateDescription: "How long a rotation, with the revocation of the previous key, may take, as a Go duration. Defaults to `10m`.",
				DeleteDescription: "How long revoking the keys may take, as a Go duration. Defaults to `10m`.",
			}),
		},
	}
}

// ValidateConfig checks what concerns several values at once.
func (r *rotatingResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var m model
	load := func(ctx context.Context) diag.Diagnostics { return req.Config.Get(ctx, &m) }
	r.RunOffline(ctx, tfkit.Doing("validate rotating API key", &resp.Diagnostics, load), func(ctx context.Context, op *tfkit.Operation) {
		checked(ctx, op, &m)
		op.Append(tfkit.CheckTimeouts(m.Timeouts.Object))
	})
}
