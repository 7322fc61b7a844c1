package catalog

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-validators/datasourcevalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

var (
	_ datasource.DataSourceWithConfigure        = (*productDataSource)(nil)
	_ datasource.DataSourceWithConfigValidators = (*productDataSource)(nil)
)

type productDataSource struct{ tfkit.DataSource }

// NewProductDataSource is the data source nebula_product: exactly one product.
func NewProductDataSource() datasource.DataSource {
	return &productDataSource{tfkit.DataSource{Type: "product"}}
}

// oneProductModel is nebula_product. The attributes that are filters too hold
// what the product is once it is chosen.
type oneProductModel struct {
	ID              types.String `tfsdk:"id"`
	Cheapest        types.Bool   `tfsdk:"cheapest"`
	Region          types.String `tfsdk:"region"`
	GPU             types.String `tfsdk:"gpu"`
	GPUType         types.String `tfsdk:"gpu_type"`
	GPUCount        types.Int64  `tfsdk:"gpu_count"`
	MinCPUCores     types.Int64  `tfsdk:"min_cpu_cores"`
	MinRAMGB        types.Int64  `tfsdk:"min_ram_gb"`
	ProductType     types.String `tfsdk:"product_type"`
	MaxPricePerHour types.Number `tfsdk:"max_price_per_hour"`
	Available       types.Bool   `tfsdk:"available"`
	DCID            types.String `tfsdk:"dc_id"`
	CPUCores        types.Int64  `tfsdk:"cpu_cores"`
	RAMGB           types.Int64  `tfsdk:"ram_gb"`
	DiskSizeGB      types.Int64  `tfsdk:"disk_size_gb"`
	EphemeralGB     types.Int64  `tfsdk:"ephemeral_gb"`
	PricePerHour    types.Number `tfsdk:"price_per_hour"`
	Stock           types.Int64  `tfsdk:"stock"`
}

func (m *oneProductModel) filters() *filters {
	return &filters{m.Region, m.GPU, m.GPUType, m.GPUCount, m.MinCPUCores, m.MinRAMGB, m.ProductType, m.MaxPricePerHour, m.Available}
}

// take fills in the product. A filter keeps the user's spelling.
func (m *oneProductModel) take(p nebula.Product) {
	keep := func(have *types.String, text nebula.Text) {
		if have.IsNull() {
			*have = types.StringValue(string(text))
		}
	}
	keep(&m.Region, p.Region)
	keep(&m.GPU, p.GPU)
	keep(&m.GPUType, p.GPUType)
	keep(&m.ProductType, p.Type)
	if m.GPUCount.IsNull() {
		m.GPUCount = tfkit.Whole(p.GPUCount)
	}
	if m.Available.IsNull() {
		m.Available = types.BoolValue(p.CanBeHad())
	}
	m.ID, m.DCID = types.StringValue(string(p.ID)), types.StringValue(string(p.DCID))
	m.CPUCores, m.RAMGB = tfkit.Whole(p.CPUCores), tfkit.Whole(p.RAM)
	m.DiskSizeGB, m.EphemeralGB = tfkit.Whole(p.DiskSize), tfkit.Whole(p.Ephemeral)
	m.PricePerHour, m.Stock = tfkit.Decimal(p.PricePerHour), tfkit.Whole(p.Stock)
}

func (d *productDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := filterAttributes(true)
	attributes["id"] = schema.StringAttribute{
		MarkdownDescription: "Identifier of the product, for `product_id` of `nebula_instance`. Give either this or filters.",
		Optional:            true,
		Computed:            true,
		Validators:          []validator.String{tfkit.ObjectID()},
	}
	attributes["cheapest"] = schema.BoolAttribute{
		MarkdownDescription: "With `true` the cheapest of the products that pass the filters is chosen; of two at one price, the one whose `id` comes first. Without it, several are an error that lists them.",
		Optional:            true,
	}
	for name, attribute := range productAttributes() {
		if _, isFilter := attributes[name]; !isFilter {
			attributes[name] = attribute
		}
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Finds exactly one product of the catalogue: a kind of machine with its price. The price is known while planning, so a `precondition` or `check` can look at it before anything is paid." + sharedListNote,
		Attributes:          attributes,
	}
}

func (d *productDataSource) ConfigValidators(context.Context) []datasource.ConfigValidator {
	all := []datasource.ConfigValidator{}
	for _, name := range append(filterNames(), "cheapest") {
		all = append(all, datasourcevalidator.Conflicting(path.MatchRoot("id"), path.MatchRoot(name)))
	}
	return all
}

// Read chooses one product, or tells what there is instead.
func (d *productDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var m oneProductModel
	d.Run(ctx, tfkit.Looking("read product", &m, req, resp), func(ctx context.Context, op *tfkit.Operation) {
		products, ok := allProducts(ctx, op)
		if !ok {
			return
		}
		product, ok := m.pick(op, products)
		if !ok {
			return
		}
		m.take(product)
		op.Save(ctx, &m)
	})
}

func (m *oneProductModel) pick(op *tfkit.Operation, products []nebula.Product) (nebula.Product, bool) {
	if !m.ID.IsNull() {
		for _, p := range products {
			if string(p.ID) == m.ID.ValueString() {
				return p, true
			}
		}
		op.Refuse(tfkit.Message{Title: "Product not found", Attribute: path.Root("id"),
			What: fmt.Sprintf("The catalogue has no product with id %s.", m.ID.ValueString()),
			Next: "Look for the product by filters, or list all with the data source nebula_products."})
		return nebula.Product{}, false
	}
	c := choose(products, m.filters())
	switch {
	case len(c.fitting) == 1, len(c.fitting) > 1 && m.Cheapest.ValueBool():
		return c.fitting[0], true
	case len(c.fitting) > 1:
		op.Refuse(tfkit.Message{Title: "Several products match",
			What: "These products pass the filters:\n\n" + showAll(c.fitting, func(nebula.Product) string { return "" }),
			Next: "Narrow the filters down, give the id of one, or set cheapest = true."})
	case len(c.nearest) > 0:
		op.Refuse(tfkit.Message{Title: "Product not found",
			What: "No product passes the filters. These come nearest:\n\n" + showAll(c.nearest, func(p nebula.Product) string { return ": " + c.why[p.ID] }),
			Next: "Widen the filters; available = false also shows what is not available now."})
	default:
		op.Refuse(tfkit.Message{Title: "Product not found", What: "The catalogue is empty.", Next: "Try again later, or ask Nebula Block."})
	}
	return nebula.Product{}, false
}
