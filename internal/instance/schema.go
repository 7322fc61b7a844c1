package instance

import (
	"context"
	"regexp"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/resourcevalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/numberplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/nebulablock/terraform-provider-nebula/internal/fleet"
	"github.com/nebulablock/terraform-provider-nebula/internal/machinekit"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// Schema describes the resource.
func (r *instanceResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	attributes := arguments()
	for name, description := range seenTexts() {
		attributes[name] = computedAttribute(name, description)
	}
	for name, description := range detailTexts() {
		attributes[name] = computedAttribute(name, description)
	}
	attributes["name"] = nameArgument()
	const duration = "as a [Go duration](https://pkg.go.dev/time#ParseDuration) such as `20m` or `1h`."
	resp.Schema = schema.Schema{
		MarkdownDescription: "A machine on demand. It is billed by the hour from its creation until it is deleted; **a stopped machine may still be billed**.\n\n" +
			"Before anything is paid, the product, its stock and price, the image and the name are checked against the account and the catalogue. " +
			"A plan that replaces a machine fails when the new one cannot be had, so that the old one is not destroyed in vain. " +
			"The API answers a creation without an identifier and shows neither product nor image nor SSH key of a machine. So the provider finds a new machine by its name: " +
			"with `name_prefix` reliably, because it adds a random ending; with `name` only when no other machine can be meant. " +
			"A machine that may exist is never forgotten: it stays in the state as tainted, and the error says how to find it.\n\n" +
			"Passwords of machines are not in the state; the ephemeral resource `nebula_instance_login` hands them on. Reserved instances cannot be managed.",
		Attributes: attributes,
		Blocks: map[string]schema.Block{
			"timeouts": timeouts.Block(ctx, timeouts.Opts{
				Create: true, Update: true, Delete: true,
				CreateDescription: "How long creating the machine and waiting for it may take, " + duration + " Defaults to `30m`.",
				UpdateDescription: "How long starting or stopping the machine may take, " + duration + " Defaults to `15m`.",
				DeleteDescription: "How long it may take until it is proven that the machine is gone, " + duration + " Defaults to `20m`.",
			}),
		},
	}
}

// arguments are what users say of a machine, but for its name.
func arguments() map[string]schema.Attribute {
	id := []validator.String{tfkit.ObjectID()}
	return map[string]schema.Attribute{
		"name_prefix": schema.StringAttribute{
			MarkdownDescription: "Beginning of the name; a hyphen and 12 random characters are added, by which the provider recognises the machine. Give either this or `name`. " +
				"Letters, digits and hyphens, at most 37. Another prefix replaces the machine.",
			Optional:   true,
			Validators: []validator.String{goodName(), stringvalidator.LengthAtMost(fleet.MaxPrefix)},
		},
		"product_id": schema.StringAttribute{
			MarkdownDescription: "Identifier of the product, from the data source `nebula_product`. Another product replaces the machine. The API does not show the product of a machine, so the one that is first given to an imported machine is saved in the state without a comparison.",
			Required:            true,
			Validators:          id,
		},
		"image": schema.StringAttribute{
			MarkdownDescription: "Name of the image (`name` of `nebula_image`). At creation it is resolved to the image of that name in the product's place, so that a new identifier under the same name changes nothing. Give either this or `image_id`. Another image replaces the machine.",
			Optional:            true,
			Validators:          []validator.String{tfkit.NotBlank()},
		},
		"image_id": schema.StringAttribute{
			MarkdownDescription: "Identifier of the image. Another image replaces the machine.",
			Optional:            true,
			Validators:          id,
		},
		"ssh_key_id": schema.StringAttribute{
			MarkdownDescription: "Identifier of the SSH key that the machine is made with. A change only changes the state: the running machine keeps the key that it was made with. Use `replace_triggered_by` to replace it with its key.",
			Required:            true,
			Validators:          id,
		},
		"max_price_per_hour": schema.NumberAttribute{
			MarkdownDescription: "The most that the machine may cost per hour, in US dollars. It is compared with the catalogue just before the machine is made, and a higher price is refused. A change calls nothing.",
			Optional:            true,
			Validators:          []validator.Number{machinekit.Price()},
		},
		"power_state": schema.StringAttribute{
			MarkdownDescription: "Whether the machine is `running` or `stopped`: it is started or stopped until it is so, and a difference shows as drift. Without it, the power state is not managed. A stopped machine may still be billed.",
			Optional:            true,
			Validators:          []validator.String{stringvalidator.OneOf(powerRunning, powerStopped)},
		},
		"wait_for": schema.StringAttribute{
			MarkdownDescription: "What creating and starting wait for: `address` (the default: the machine runs and has an IPv4 address, where its product has one; five minutes after it runs a missing address is a warning), " +
				"`running`, `ssh` (port 22 of the address answers with the banner of an SSH server), or `none`.",
			Optional:   true,
			Computed:   true,
			Default:    stringdefault.StaticString(waitAddress),
			Validators: []validator.String{stringvalidator.OneOf(waitAddress, waitRunning, waitSSH, waitNone)},
		},
		"deletion_protection": schema.BoolAttribute{
			MarkdownDescription: "With `true`, destroying and replacing the machine are refused. Apply `false` first to do so. Defaults to `false`.",
			Optional:            true,
			Computed:            true,
			Default:             booldefault.StaticBool(false),
		},
	}
}

func nameArgument() schema.Attribute {
	return schema.StringAttribute{
		MarkdownDescription: "Name of the machine: letters, digits and hyphens, at most 50. Give either this or `name_prefix`, which is safer: names may repeat, and after a lost answer a machine with a plain name is not taken over. " +
			"With `name_prefix` it is the whole name. Another name replaces the machine.",
		Optional:      true,
		Computed:      true,
		PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
		Validators:    []validator.String{goodName(), stringvalidator.LengthAtMost(fleet.MaxName)},
	}
}

func goodName() validator.String {
	return stringvalidator.RegexMatches(regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?$`),
		"must be letters, digits and hyphens, and neither begin nor end with a hyphen")
}

// seenTexts describe what a list shows of a machine.
func seenTexts() map[string]string {
	return map[string]string{
		"id":             "Identifier that the API gave the machine.",
		"name":           "Name of the machine.",
		"status":         "The API's word for what the machine is doing, in lower case: `deploying`, `running` and others. The words for stopped and failed machines are not documented.",
		"region":         "Region.",
		"product_type":   "`Virtual Machine`, `Container` or `Baremetal`, as the API writes it.",
		"gpu":            "Model of the GPU.",
		"gpu_count":      "Number of GPUs.",
		"cpu_cores":      "Number of CPU cores.",
		"ram_gb":         "Memory in GB.",
		"disk_size_gb":   "Size of the disk in GB.",
		"ephemeral_gb":   "Size of the ephemeral disk in GB.",
		"os":             "Operating system, as the API shows it.",
		"public_ipv4":    "Public IPv4 address. It is null while the machine has none.",
		"price_per_hour": "Price per hour in US dollars, with the API's own digits.",
		"created_at":     "When the machine was made (RFC 3339, UTC). It is null where nothing tells.",
	}
}

// detailTexts describe what only the detail of a machine tells.
func detailTexts() map[string]string {
	return map[string]string{
		"lan_ipv4":      "IPv4 address in the provider's network.",
		"user_name":     "Name of the user to log in as.",
		"exposed_ports": "Ports that are mapped to others, as the API writes them.",
	}
}

// computedAttribute is an attribute that only the API sets. It keeps its value
// while the plan does not say otherwise.
func computedAttribute(name, description string) schema.Attribute {
	switch name {
	case "gpu_count", "cpu_cores", "ram_gb", "disk_size_gb", "ephemeral_gb":
		return schema.Int64Attribute{MarkdownDescription: description, Computed: true, PlanModifiers: []planmodifier.Int64{int64planmodifier.UseStateForUnknown()}}
	case "price_per_hour":
		return schema.NumberAttribute{MarkdownDescription: description, Computed: true, PlanModifiers: []planmodifier.Number{numberplanmodifier.UseStateForUnknown()}}
	default:
		return schema.StringAttribute{MarkdownDescription: description, Computed: true, PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()}}
	}
}

// ConfigValidators demand one name and one image.
func (r *instanceResource) ConfigValidators(context.Context) []resource.ConfigValidator {
	return []resource.ConfigValidator{
		resourcevalidator.ExactlyOneOf(path.MatchRoot("name"), path.MatchRoot("name_prefix")),
		resourcevalidator.ExactlyOneOf(path.MatchRoot("image"), path.MatchRoot("image_id")),
	}
}

// ValidateConfig checks the time-outs.
func (r *instanceResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var m model
	load := func(ctx context.Context) diag.Diagnostics { return req.Config.Get(ctx, &m) }
	r.RunOffline(ctx, tfkit.Doing("validate instance", &resp.Diagnostics, load), func(_ context.Context, op *tfkit.Operation) {
		op.Append(tfkit.CheckTimeouts(m.Timeouts.Object))
	})
}
