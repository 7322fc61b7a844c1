package exclusiveapikeys

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/nebulablock/terraform-provider-nebula/internal/exclusivekit"
)

// Schema describes the resource.
func (r *exclusiveResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = exclusivekit.Docs{
		One: words.One,
		Resource: "Makes sure that the account has no API keys except the allowed ones. It deletes only what a plan has named:\n\n" +
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
		AllowedIDs: "Identifiers of the keys that may exist. List every key that this and other configurations manage, and the key that the provider authenticates with; of a `nebula_rotating_api_key` all `ids`. " +
			"They need not be known while planning: what the set holds when the plan is applied is never deleted. Elements that are null are ignored.",
		Unmanaged:     "The other keys that the last refresh saw, as a map of identifier to name.",
		UpdateTimeout: "How long deleting the keys that a plan has named may take, waiting out rate limits included, as a Go duration. Defaults to `10m`.",
	}.Schema(ctx)
}
