package rotatingapikey

import (
	"context"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/keykit"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// What a plan changes in the read-only attributes is decided in ModifyPlan, in
// one place, so they have no plan modifiers.

func (r *rotatingResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "An API key that renews itself, with overlap.\n\n" +
			"A rotation is an in-place update: a new key is made, tried against the API, and saved in the state. Only then the time of the old one begins to run. " +
			"For the length of `overlap` both are valid; the next apply after that revokes the old one. Destroying the resource revokes both.\n\n" +
			"Terraform rotates when it is applied, not by itself: run it at least as often as `overlap` is long. " +
			"The age of the key is looked at while Terraform refreshes, so nothing is rotated with `-refresh=false`. " +
			"A plan says why it rotates, and names each key that its apply revokes.",
		Attributes: map[string]schema.Attribute{},
		Blocks: map[string]schema.Block{
			"timeouts": timeouts.Block(ctx, timeouts.Opts{
				Create: true, Update: true, Delete: true,
				CreateDescription: "How long making the first key may take, as a Go duration such as `90s` or `5m`. Defaults to `5m`.",
				UpdateDescription: "How long a rotation, with the revocation of the previous key, may take, as a Go duration. Defaults to `10m`. " +
					"A new key that the API does not accept at once is tried for one minute, or for as long as this says where it is set.",
				DeleteDescription: "How long revoking the keys may take, as a Go duration. Defaults to `10m`.",
			}),
		},
	}
	for _, some := range []map[string]schema.Attribute{keyArguments(), rotationArguments(), currentKey(), rotationResults()} {
		maps.Copy(resp.Schema.Attributes, some)
	}
}

// keyArguments say what the keys are made of. A change rotates.
func keyArguments() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"name": schema.StringAttribute{
			MarkdownDescription: "Name that the names of all generations begin with; each is named `<name>-<UTC time>`, such as `ci-20261123T015600Z`. Changing it rotates the key. " +
				"It must not be empty, unless the key was imported without a name and has not been rotated yet.",
			Required: true,
		},
		"description": schema.StringAttribute{
			MarkdownDescription: "Free text that the list of keys shows beside the name. Unless the provider's `ownership_marker` is `false`, the provider stores it " +
				"with the ownership marker ` [tf:TOKEN]` appended, and reads it without. Defaults to the empty text. Changing it rotates the key.",
			Optional:   true,
			Computed:   true,
			Default:    stringdefault.StaticString(""),
			Validators: []validator.String{keykit.NoOwnershipMarker()},
		},
		"team_id": keykit.TeamIDAttribute("Changing it rotates the key."),
		"keepers": schema.MapAttribute{
			MarkdownDescription: "Arbitrary values whose change rotates the key. They are kept in the state and sent nowhere. Null, `{}` and values that are all null mean the same. " +
				"Keepers that an imported key is given for the first time, or loses, do not rotate it.",
			ElementType: types.StringType,
			Optional:    true,
		},
		"age_recipients": schema.ListAttribute{
			MarkdownDescription: "Public keys to which the secret is encrypted the moment it arrives: age recipients (`age1...`) or SSH public keys " +
				"(`ssh-ed25519` or `ssh-rsa`). With them `key` and `previous_key` stay null and plaintext never reaches the state. " +
				"Changing them rotates the key; another order, comment or white space changes the state only. Recipients that an imported key is given for the first time, or loses, do not rotate it.",
			ElementType: types.StringType,
			Optional:    true,
			Validators: []validator.List{
				listvalidator.SizeAtLeast(1),
				listvalidator.ValueStringsAre(keykit.AgeRecipient()),
			},
		},
	}
}

// rotationArguments say when keys come and go.
func rotationArguments() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"rotate_after": schema.StringAttribute{
			MarkdownDescription: "Age at which the key is due for rotation: a [Go duration](https://pkg.go.dev/time#ParseDuration) such as `720h`, or days or weeks such as `30d` or `4w`. " +
				"Without it only changes of `keepers` and of the key's other arguments rotate. " +
				"An apply first saves a new value in the state. A key that is due by it at once is rotated by the apply after that.",
			Optional:   true,
			Validators: []validator.String{tfkit.Duration()},
		},
		"overlap": schema.StringAttribute{
			MarkdownDescription: "How long the previous key stays valid after a rotation, in the same form. It must be shorter than `rotate_after`. " +
				"With `0s`, meant for incidents, the old key is revoked in the same apply, once the new one is proven. " +
				"A change takes effect with the next rotation; a previous key keeps its `previous_retire_at`. Defaults to `24h`.",
			Optional:   true,
			Computed:   true,
			Default:    stringdefault.StaticString(defaultOverlap),
			Validators: []validator.String{tfkit.Duration()},
		},
		"retire_previous": schema.StringAttribute{
			MarkdownDescription: "What ends the previous key. With `overlap`, the default, the first apply after `previous_retire_at` revokes it. " +
				"With `handover` a `nebula_api_key_handover` revokes it, once the new key has arrived where it is used. This resource then does not revoke it, unless it is destroyed or rotates with an `overlap` of `0s`; " +
				"and while a previous key is there it does not rotate by age, and refuses to rotate for another reason.",
			Optional:   true,
			Computed:   true,
			Default:    stringdefault.StaticString(retireByOverlap),
			Validators: []validator.String{stringvalidator.OneOf(retireByOverlap, retireByHandover)},
		},
	}
}

// currentKey are the read-only attributes of the current key.
func currentKey() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id":            readOnly("Identifier of the current key. It changes with every rotation."),
		"key":           secret("Secret of the current key. It is null with `age_recipients`, and for an imported key until its first rotation."),
		"encrypted_key": readOnly("Secret of the current key as an armored [age](https://age-encryption.org) file, encrypted to `age_recipients`. It is null without them."),
		"fingerprint":   readOnly("SHA-256 of the current key's secret in hexadecimal digits. It is null for an imported key until its first rotation."),
		"creation_token": readOnly("Token of the ownership marker in the current key's description: the time of its creation (UTC) and a random part. " +
			"It is null when the key carries no marker."),
		"key_name": readOnly("Name of the current key."),
		"created_at": readOnly("When the current key was made (RFC 3339, UTC): the API's word where it says so, else this machine's or the time in `creation_token`. " +
			"For an imported key of which neither tells it is when Terraform first saw the key."),
		"rotate_at": readOnly("When the current key is due for rotation (RFC 3339, UTC). It is null without `rotate_after`."),
		"generation": schema.Int64Attribute{
			MarkdownDescription: "Number of the current key: 1 for the first one, one more with each rotation. A key that was imported or moved begins with 1. " +
				"It is meant for `..._wo_version` arguments of other resources.",
			Computed: true,
		},
	}
}

// rotationResults are the read-only attributes of keys beside the current one.
func rotationResults() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"previous_id":          readOnly("Identifier of the previous key while that is still valid; null otherwise."),
		"previous_key":         secret("Secret of the previous key while that is still valid. It is null with `age_recipients`, also when the key itself was made without them."),
		"previous_fingerprint": readOnly("SHA-256 of the previous key's secret in hexadecimal digits, while that key is still valid."),
		"previous_retire_at":   readOnly("From when on an apply revokes the previous key (RFC 3339, UTC)."),
		"ids":                  readOnlySet("Identifiers of all keys of this resource that may be valid: the current, the previous and those in `leftover_ids`. Made for `allowed_ids` of `nebula_api_keys_exclusive`."),
		"leftover_ids": readOnlySet("Identifiers of keys that this resource made, that are not in use and whose revocation failed so far. Every apply tries again. " +
			"Null when there are none, which is the rule."),
		"unresolved_creation_tokens": readOnlySet("Tokens of the ownership markers of keys that failed rotations made or may have made. Every refresh looks for those keys, for ten minutes; " +
			"one that appears becomes one of `leftover_ids`. Null when there are none, which is the rule."),
		"rotation": schema.SingleNestedAttribute{
			MarkdownDescription: "The latest rotation in one object, made for `rotation` of `nebula_api_key_handover`.",
			Computed:            true,
			Attributes: map[string]schema.Attribute{
				"id":          readOnly("As `id`."),
				"fingerprint": readOnly("As `fingerprint`."),
				"generation": schema.Int64Attribute{
					MarkdownDescription: "As `generation`.",
					Computed:            true,
				},
				"previous_id":        readOnly("As `previous_id`."),
				"previous_retire_at": readOnly("As `previous_retire_at`."),
			},
		},
	}
}

func readOnly(description string) schema.StringAttribute {
	return schema.StringAttribute{MarkdownDescription: description, Computed: true}
}

func secret(description string) schema.StringAttribute {
	return schema.StringAttribute{MarkdownDescription: description, Computed: true, Sensitive: true}
}

func readOnlySet(description string) schema.SetAttribute {
	return schema.SetAttribute{MarkdownDescription: description, Computed: true, ElementType: types.StringType}
}

// ValidateConfig checks what concerns several values at once.
func (r *rotatingResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var m model
	load := func(ctx context.Context) diag.Diagnostics { return req.Config.Get(ctx, &m) }
	r.RunOffline(ctx, tfkit.Doing("validate rotating API key", &resp.Diagnostics, load), func(ctx context.Context, op *tfkit.Operation) {
		valid(ctx, op, &m)
		op.Append(tfkit.CheckTimeouts(m.Timeouts.Object))
	})
}
