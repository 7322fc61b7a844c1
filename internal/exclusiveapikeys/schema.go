package exclusiveapikeys

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

var rootIgnoreNameRegex = path.Root("ignore_name_regex")

func (r *exclusiveResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Makes sure that the account has no API keys except the allowed ones. It deletes only what a plan has named:\n\n" +
			"- Creating the resource deletes nothing. It records in `unmanaged` which other keys there are, and every refresh records it again.\n" +
			"- The next plan shows each of those keys, id and name, leaving `unmanaged`, and a warning lists those that will be deleted. Applying that plan deletes them and no others.\n" +
			"- Keys that appear in between, and keys that leave `allowed_ids`, wait for a plan that names them.\n" +
			"- A key that `allowed_ids` or `ignore_name_regex` covers when the plan is applied is never deleted, though it leaves `unmanaged` as well.\n" +
			"- Destroying the resource deletes no key.\n\n" +
			"Use one such resource for an account. Two of them would delete what the other allows.\n\n" +
			"~> **Keys of this configuration** belong into `allowed_ids`, best by reference: `nebula_api_key.NAME.id`, `nebula_rotating_api_key.NAME.ids`. " +
			"A managed key that is missing there is spared, with a warning, when this resource has seen that it is managed; else the plan fails and names it. It is never deleted.\n\n" +
			"~> **The provider's own key** belongs into `allowed_ids` when the provider authenticates with an API key. It is recognised, and spared, when the API's list tells which key it is, " +
			"or when it is a `nebula_api_key` or `nebula_rotating_api_key` of this configuration that was not imported; this resource remembers it. " +
			"Where it is not known, nothing is deleted if every other key is known to be a different one. What remains is a key of the console, with an API whose list does not tell: " +
			"should this resource delete such a key because a plan named it, it stops at the first call that is refused and says which key that was.",
		Attributes: map[string]schema.Attribute{
			"allowed_ids": schema.SetAttribute{
				MarkdownDescription: "Identifiers of the keys that may exist. List every key that this and other configurations manage, and the key that the provider authenticates with; of a `nebula_rotating_api_key` all `ids`. " +
					"They need not be known while planning: what the set holds when the plan is applied is never deleted. Elements that are null are ignored.",
				ElementType: types.StringType,
				Required:    true,
				Validators: []validator.Set{
					setvalidator.ValueStringsAre(tfkit.ObjectID()),
				},
			},
			"ignore_name_regex": schema.ListAttribute{
				MarkdownDescription: "Regular expressions ([RE2 syntax](https://github.com/google/re2/wiki/Syntax)). A key whose name matches one of them somewhere is neither listed in `unmanaged` nor deleted; " +
					"use `^` and `$` to match all of a name.",
				ElementType: types.StringType,
				Optional:    true,
				Validators: []validator.List{
					listvalidator.NoNullValues(),
					listvalidator.ValueStringsAre(tfkit.Regexp()),
				},
			},
			"unmanaged": schema.MapAttribute{
				MarkdownDescription: "The other keys that the last refresh saw, as a map of identifier to name.",
				ElementType:         types.StringType,
				Computed:            true,
			},
		},
		Blocks: map[string]schema.Block{
			"timeouts": timeouts.Block(ctx, timeouts.Opts{
				Create: true, Update: true,
				CreateDescription: "How long listing the keys may take, as a Go duration such as `90s` or `5m`. Defaults to `5m`.",
				UpdateDescription: "How long deleting the keys that a plan has named may take, waiting out rate limits included, as a Go duration. Defaults to `10m`.",
			}),
		},
	}
}

// ValidateConfig checks the time-outs.
func (r *exclusiveResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var m model
	load := func(ctx context.Context) diag.Diagnostics { return req.Config.Get(ctx, &m) }
	r.RunOffline(ctx, tfkit.Doing("validate exclusive API keys", &resp.Diagnostics, load), func(_ context.Context, op *tfkit.Operation) {
		op.Append(tfkit.CheckTimeouts(m.Timeouts.Object))
	})
}
