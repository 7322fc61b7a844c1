package apikeyhandover

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

func (r *handoverResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	id := []validator.String{tfkit.ObjectID()}
	resp.Schema = schema.Schema{
		MarkdownDescription: "The last step of a rotation: it ends the previous key once the new one has arrived where it is used.\n\n" +
			"Place it below whatever publishes the key, with `depends_on`, and give the `nebula_rotating_api_key` `retire_previous = \"handover\"`. Then:\n\n" +
			"- The apply that has published a new key records its `generation` as handed over. If publishing fails, Terraform does not come here, and nothing is revoked, however late it gets.\n" +
			"- The first plan after both the hand-over and the previous key's `previous_retire_at` shows `previous_id` leaving and names the key, and its apply revokes it.\n" +
			"- With `delivered_key_wo`, what the store holds is compared with the rotation in every apply. Another key is an error, and nothing is revoked.\n\n" +
			"Without `delivered_key_wo` the key counts as arrived when everything that this resource depends on has been applied. " +
			"A provider that fails to write and then claims that nothing is to be done hides that; reading back does not.\n\n" +
			"Destroying the resource revokes nothing. The rotating key then keeps its previous key, and does not rotate by age, until there is a hand-over again or `retire_previous` is `overlap`.",
		Attributes: map[string]schema.Attribute{
			"rotation": schema.SingleNestedAttribute{
				MarkdownDescription: "What was rotated: `rotation` of a `nebula_rotating_api_key`.",
				Required:            true,
				Attributes: map[string]schema.Attribute{
					"id":                 schema.StringAttribute{MarkdownDescription: "Identifier of the current key.", Required: true, Validators: id},
					"fingerprint":        schema.StringAttribute{MarkdownDescription: "SHA-256 of the current key's secret in hexadecimal digits.", Optional: true},
					"generation":         schema.Int64Attribute{CustomType: tfkit.WholeNumber{}, MarkdownDescription: "Number of the current key.", Required: true},
					"previous_id":        schema.StringAttribute{MarkdownDescription: "Identifier of the previous key while that is valid.", Optional: true, Validators: id},
					"previous_retire_at": schema.StringAttribute{MarkdownDescription: "From when on the previous key may be revoked (RFC 3339, UTC).", Optional: true, Validators: []validator.String{tfkit.Instant()}},
				},
			},
			"delivered_key_wo": schema.StringAttribute{
				MarkdownDescription: "The key that consumers get, read back from where they get it, for example with an ephemeral resource of the store's provider. " +
					"Its SHA-256 must be the rotation's `fingerprint`. It is compared and kept nowhere.",
				Optional: true, Sensitive: true, WriteOnly: true,
			},
			"id": schema.StringAttribute{
				MarkdownDescription: "Identifier of the key that was handed over last.",
				Computed:            true,
			},
			"generation": schema.Int64Attribute{
				MarkdownDescription: "Generation of the key that was handed over last.",
				Computed:            true,
			},
			"handed_over_at": schema.StringAttribute{
				MarkdownDescription: "When that was (RFC 3339, UTC).",
				Computed:            true,
			},
			"previous_id": schema.StringAttribute{
				MarkdownDescription: "Identifier of the previous key that this resource will revoke; null when there is none.",
				Computed:            true,
			},
		},
	}
}
