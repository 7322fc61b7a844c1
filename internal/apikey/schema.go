package apikey

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/keykit"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

func (r *keyResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	keep := []planmodifier.String{stringplanmodifier.UseStateForUnknown()}
	resp.Schema = schema.Schema{
		MarkdownDescription: "An API key of Nebula Block. Creating the resource creates a key, destroying it revokes the key.\n\n" +
			"A key cannot be changed: every change of `name`, `description`, `team_id`, `keepers` or `age_recipients` makes a new key and revokes the old one. " +
			"The API shows the secret only once. Without `age_recipients` it is kept in the state as `key`, so whoever reads the state can use it; " +
			"with `age_recipients` only its encrypted form is kept.",
		Attributes: map[string]schema.Attribute{
			"name": schema.StringAttribute{
				MarkdownDescription: "Name of the key. Names need not be unique. Changing it replaces the key. It must not be empty, unless the key was imported without a name.",
				Required:            true,
				PlanModifiers:       []planmodifier.String{stringplanmodifier.RequiresReplace()},
			},
			"description": schema.StringAttribute{
				MarkdownDescription: "Free text that the list of keys shows beside the name. Unless the provider's `ownership_marker` is `false`, the provider stores it " +
					"with the ownership marker ` [tf:TOKEN]` appended, and reads it without. Defaults to the empty text. Changing it replaces the key.",
				Optional:      true,
				Computed:      true,
				Default:       stringdefault.StaticString(""),
				Validators:    []validator.String{keykit.NoOwnershipMarker()},
				PlanModifiers: []planmodifier.String{replaceIfOtherDescription()},
			},
			"team_id": keykit.TeamIDAttribute("Changing it replaces the key.", replaceIfOtherTeam()),
			"keepers": schema.MapAttribute{
				MarkdownDescription: "Arbitrary values whose change replaces the key, for example the `id` of a `time_rotating` resource. " +
					"They are kept in the state and sent nowhere. Null, `{}` and values that are all null mean the same. Keepers that an imported key is given for the first time, or loses, do not replace it.",
				ElementType:   types.StringType,
				Optional:      true,
				PlanModifiers: []planmodifier.Map{replaceIfOtherKeepers()},
			},
			"age_recipients": schema.ListAttribute{
				MarkdownDescription: "Public keys to which the secret is encrypted the moment it arrives: age recipients (`age1...`) or SSH public keys " +
					"(`ssh-ed25519` or `ssh-rsa`). With them `key` stays null and plaintext never reaches the state; any one of the matching private keys decrypts `encrypted_key`. " +
					"Changing them replaces the key; another order, comment or white space changes the state only. Recipients that an imported key is given for the first time, or loses, do not replace it.",
				ElementType: types.StringType,
				Optional:    true,
				Validators: []validator.List{
					listvalidator.SizeAtLeast(1),
					listvalidator.ValueStringsAre(keykit.AgeRecipient()),
				},
				PlanModifiers: []planmodifier.List{replaceIfOtherRecipients()},
			},
			"id": schema.StringAttribute{
				MarkdownDescription: "Identifier that the API gave the key. It is null while it is not known whether an interrupted creation made a key.",
				Computed:            true,
				PlanModifiers:       keep,
			},
			"key": schema.StringAttribute{
				MarkdownDescription: "The secret itself. It is null with `age_recipients`, and for an imported key: the API shows a secret only when the key is created.",
				Computed:            true,
				Sensitive:           true,
				PlanModifiers:       keep,
			},
			"encrypted_key": schema.StringAttribute{
				MarkdownDescription: "The secret as an armored [age](https://age-encryption.org) file, encrypted to `age_recipients`. It is null without them.",
				Computed:            true,
				PlanModifiers:       keep,
			},
			"fingerprint": schema.StringAttribute{
				MarkdownDescription: "SHA-256 of the secret in hexadecimal digits. A key that was found in the wild can be matched to its `id` by it. It is null for an imported key.",
				Computed:            true,
				PlanModifiers:       keep,
			},
			"creation_token": schema.StringAttribute{
				MarkdownDescription: "Token of the ownership marker in the key's description: the time of the creation (UTC) and a random part. It finds the key in the list whatever happened to its creation. " +
					"It is null when the key carries no marker.",
				Computed:      true,
				PlanModifiers: keep,
			},
			"created_at": schema.StringAttribute{
				MarkdownDescription: keykit.CreatedAtDescription,
				Computed:            true,
				PlanModifiers:       keep,
			},
		},
		Blocks: map[string]schema.Block{
			"timeouts": timeouts.Block(ctx, timeouts.Opts{
				Create: true,
				Delete: true,
				CreateDescription: "How long creating the key may take, waiting out rate limits and resolving lost answers included, " +
					"as a [Go duration](https://pkg.go.dev/time#ParseDuration) such as `90s` or `5m`. Defaults to `5m`.",
				DeleteDescription: "How long revoking the key may take, waiting out rate limits included, as a Go duration such as `90s` or `5m`. Defaults to `5m`.",
			}),
		},
	}
}

// ValidateConfig checks what concerns several values at once.
func (r *keyResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	// Two attributes are read faster than the whole model.
	var recipients types.List
	var limits timeouts.Value
	load := func(ctx context.Context) diag.Diagnostics {
		diags := req.Config.GetAttribute(ctx, path.Root("age_recipients"), &recipients)
		diags.Append(req.Config.GetAttribute(ctx, path.Root("timeouts"), &limits)...)
		return diags
	}
	r.RunOffline(ctx, tfkit.Doing("validate API key", &resp.Diagnostics, load), func(ctx context.Context, op *tfkit.Operation) {
		op.Append(keykit.CheckRecipientsTogether(ctx, recipients))
		op.Append(tfkit.CheckTimeouts(limits.Object))
	})
}
