package sshkey

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// Schema describes the resource.
func (r *keyResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	keep := []planmodifier.String{stringplanmodifier.UseStateForUnknown()}
	const duration = "as a [Go duration](https://pkg.go.dev/time#ParseDuration) such as `90s` or `5m`. Defaults to `5m`."
	resp.Schema = schema.Schema{
		MarkdownDescription: "An SSH public key in the account, for instances to be made with. SSH keys are free of charge.\n\n" +
			"The account keeps one entry per public key. Another comment, another line break or other white space is the same key: only the state changes, and nothing is called. " +
			"Only another key replaces the entry. Machines that run keep the key that they were made with.",
		Attributes: map[string]schema.Attribute{
			"name": schema.StringAttribute{
				MarkdownDescription: "Name of the SSH key. Names need not be unique. It is changed in place.",
				Required:            true,
				Validators:          []validator.String{tfkit.NotBlank()},
			},
			"public_key": schema.StringAttribute{
				MarkdownDescription: "The public key, as one line in the form of `authorized_keys` without options, for example `file(\"~/.ssh/id_ed25519.pub\")`. " +
					"Another key replaces the SSH key. A key that is not known while planning, such as that of a `tls_private_key` that is replaced as well, " +
					"needs `replace_triggered_by`: without it the apply stops when it turns out to be another one.",
				Required: true,
			},
			"id": schema.StringAttribute{
				MarkdownDescription: "Identifier that the API gave the SSH key. It is null while it is not known whether an interrupted creation made one.",
				Computed:            true,
				PlanModifiers:       keep,
			},
			"fingerprint": schema.StringAttribute{
				MarkdownDescription: "Fingerprint of the public key, as `ssh-keygen -l` shows it: `SHA256:...`. It is null where the API shows the public key of an imported SSH key in part only.",
				Computed:            true,
				PlanModifiers:       keep,
			},
			"created_at": schema.StringAttribute{
				MarkdownDescription: "When the SSH key was made (RFC 3339, UTC). It is null where the API does not say. While `id` is null, it is when the interrupted creation began.",
				Computed:            true,
				PlanModifiers:       keep,
			},
		},
		Blocks: map[string]schema.Block{
			"timeouts": timeouts.Block(ctx, timeouts.Opts{
				Create:            true,
				Update:            true,
				Delete:            true,
				CreateDescription: "How long creating the SSH key may take, waiting out rate limits and resolving lost answers included, " + duration,
				UpdateDescription: "How long renaming the SSH key may take, waiting out rate limits included, " + duration,
				DeleteDescription: "How long deleting the SSH key may take, waiting out rate limits included, " + duration,
			}),
		},
	}
}

// ValidateConfig checks the public key here and not in a validator of the
// attribute: an error on the attribute makes Terraform print its line, which may
// hold a private key.
func (r *keyResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var text types.String
	var limits timeouts.Value
	load := func(ctx context.Context) diag.Diagnostics {
		diags := req.Config.GetAttribute(ctx, path.Root("public_key"), &text)
		diags.Append(req.Config.GetAttribute(ctx, path.Root("timeouts"), &limits)...)
		return diags
	}
	r.RunOffline(ctx, tfkit.Doing("validate SSH key", &resp.Diagnostics, load), func(_ context.Context, op *tfkit.Operation) {
		op.Append(tfkit.CheckTimeouts(limits.Object))
		if !text.IsNull() && !text.IsUnknown() {
			checkPublicKey(op, text)
		}
	})
}
