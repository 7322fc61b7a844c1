package exclusiveinstances

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/nebulablock/terraform-provider-nebula/internal/exclusivekit"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// Schema describes the resource.
func (r *exclusiveResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = exclusivekit.Docs{
		One: words.One,
		Resource: "Makes sure that the account has no machines on demand except the allowed ones. It deletes only what a plan has named:\n\n" +
			"- Creating the resource deletes nothing. It records in `unmanaged` which other machines there are, and every refresh records it again.\n" +
			"- The next plan shows each of those machines, with name, status and price, leaving `unmanaged`, and a warning lists those that will be deleted. Applying that plan deletes them and no others.\n" +
			"- Machines that appear in between, and machines that leave `allowed_ids`, wait for a plan that names them.\n" +
			"- A machine that `allowed_ids`, `ignore_name_regex` or `older_than` spares when the plan is applied is never deleted, though it leaves `unmanaged` as well.\n" +
			"- A machine that a `nebula_instance` of the same configuration manages is not deleted when it is missing in `allowed_ids`; a warning says so. Where that is noticed only after the plan has named the machine, the plan fails and names it. Refer to the machines in `allowed_ids` (`nebula_instance.train.id`), and neither happens.\n" +
			"- Destroying the resource deletes no machine. Reserved machines are never touched.\n\n" +
			"Use one such resource for an account. Two of them would delete what the other allows.",
		AllowedIDs: "Identifiers of the machines that may exist. List every machine that this and other configurations manage. " +
			"They need not be known while planning: what the set holds when the plan is applied is never deleted. Null elements are ignored.",
		Unmanaged:     "The other machines that the last refresh saw, as a map of identifier to name, status and price.",
		UpdateTimeout: "How long deleting the machines that a plan has named may take, until it is proven that they are gone, as a Go duration. Defaults to `20m`.",
	}.Schema(ctx)
	resp.Schema.Attributes["older_than"] = schema.StringAttribute{
		MarkdownDescription: "Age below which a machine is neither listed in `unmanaged` nor deleted, as a [Go duration](https://pkg.go.dev/time#ParseDuration) such as `90m` or `12h`, or days or weeks such as `30d` or `4w`. " +
			"A machine whose age the API does not tell is spared, too. Without it, age does not matter.",
		Optional: true,
		Validators: []validator.String{tfkit.Check("must be a duration", "Invalid duration", func(s string) error {
			_, err := parseAge(s)
			return err
		})},
	}
}
