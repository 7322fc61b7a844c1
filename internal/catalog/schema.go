package catalog

import (
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/nebulablock/terraform-provider-nebula/internal/machinekit"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// filterAttributes are the arguments by which products are chosen. Where one
// product is chosen, those that describe it are computed too.
func filterAttributes(one bool) map[string]schema.Attribute {
	notEmpty := []validator.String{stringvalidator.LengthAtLeast(1)}
	positive := []validator.Int64{int64validator.AtLeast(0)}
	const loosely = " Case, spaces, hyphens and underscores do not matter."
	return map[string]schema.Attribute{
		"region":        schema.StringAttribute{MarkdownDescription: "Region of the product, such as `CANADA`." + loosely, Optional: true, Computed: one, Validators: notEmpty},
		"gpu":           schema.StringAttribute{MarkdownDescription: "Model of the GPU, such as `RTX-A6000` or `H100-80G-PCIe`." + loosely, Optional: true, Computed: one, Validators: notEmpty},
		"gpu_type":      schema.StringAttribute{MarkdownDescription: "Family of the GPU, such as `RTX` or `H100`." + loosely, Optional: true, Computed: one, Validators: notEmpty},
		"gpu_count":     schema.Int64Attribute{CustomType: tfkit.WholeNumber{}, MarkdownDescription: "Number of GPUs.", Optional: true, Computed: one, Validators: positive},
		"product_type":  schema.StringAttribute{MarkdownDescription: "Type of the product, such as `Virtual Machine` or `Container`." + loosely, Optional: true, Computed: one, Validators: notEmpty},
		"min_cpu_cores": schema.Int64Attribute{CustomType: tfkit.WholeNumber{}, MarkdownDescription: "Least number of CPU cores.", Optional: true, Validators: positive},
		"min_ram_gb":    schema.Int64Attribute{CustomType: tfkit.WholeNumber{}, MarkdownDescription: "Least memory in GB.", Optional: true, Validators: positive},
		"max_price_per_hour": schema.NumberAttribute{
			MarkdownDescription: "Highest price per hour in US dollars.",
			Optional:            true,
			Validators:          []validator.Number{machinekit.Price()},
		},
		"available": schema.BoolAttribute{
			MarkdownDescription: "With `true`, which is the default, only products that are available now are considered; with `false` all are. " +
				"A product is not available when the API says so, or says that its stock is 0.",
			Optional: true,
			Computed: one,
		},
	}
}

// filterNames are the names of the filters.
func filterNames() []string { return slices.Sorted(maps.Keys(filterAttributes(false))) }

// productAttributes describe a product.
func productAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id":             schema.StringAttribute{MarkdownDescription: "Identifier of the product.", Computed: true},
		"region":         schema.StringAttribute{MarkdownDescription: "Region of the product.", Computed: true},
		"dc_id":          schema.StringAttribute{MarkdownDescription: "Data centre of the product. An image fits when it has the same `dc_id` and `region`.", Computed: true},
		"product_type":   schema.StringAttribute{MarkdownDescription: "Type of the product, such as `Virtual Machine`.", Computed: true},
		"gpu":            schema.StringAttribute{MarkdownDescription: "Model of the GPU.", Computed: true},
		"gpu_type":       schema.StringAttribute{MarkdownDescription: "Family of the GPU.", Computed: true},
		"gpu_count":      schema.Int64Attribute{CustomType: tfkit.WholeNumber{}, MarkdownDescription: "Number of GPUs.", Computed: true},
		"cpu_cores":      schema.Int64Attribute{CustomType: tfkit.WholeNumber{}, MarkdownDescription: "Number of CPU cores.", Computed: true},
		"ram_gb":         schema.Int64Attribute{CustomType: tfkit.WholeNumber{}, MarkdownDescription: "Memory in GB.", Computed: true},
		"disk_size_gb":   schema.Int64Attribute{CustomType: tfkit.WholeNumber{}, MarkdownDescription: "Size of the disk in GB.", Computed: true},
		"ephemeral_gb":   schema.Int64Attribute{CustomType: tfkit.WholeNumber{}, MarkdownDescription: "Size of the ephemeral disk in GB; 0 for none.", Computed: true},
		"price_per_hour": schema.NumberAttribute{MarkdownDescription: "Price per hour in US dollars, with the API's own digits.", Computed: true},
		"stock":          schema.Int64Attribute{CustomType: tfkit.WholeNumber{}, MarkdownDescription: "How many are in stock, as the API says. It is null where the API does not give a number. `99` is common and seems to mean \"many\".", Computed: true},
		"available":      schema.BoolAttribute{MarkdownDescription: "Whether the product is available now.", Computed: true},
	}
}
