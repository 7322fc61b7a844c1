package catalog

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// NewProductsDataSource is the data source nebula_products: all products that
// pass its filters.
func NewProductsDataSource() datasource.DataSource {
	return &tfkit.Plural[productsModel]{DataSource: tfkit.DataSource{Type: "products"}, To: "list products",
		Contents: productsSchema, Fill: (*productsModel).fill}
}

// productsModel is nebula_products.
type productsModel struct {
	filters

	Products []productModel `tfsdk:"products"`
	IDs      []string       `tfsdk:"ids"`
}

// productModel is a product as the catalogue has it.
type productModel struct {
	ID           types.String `tfsdk:"id"`
	Region       types.String `tfsdk:"region"`
	DCID         types.String `tfsdk:"dc_id"`
	ProductType  types.String `tfsdk:"product_type"`
	GPU          types.String `tfsdk:"gpu"`
	GPUType      types.String `tfsdk:"gpu_type"`
	GPUCount     types.Int64  `tfsdk:"gpu_count"`
	CPUCores     types.Int64  `tfsdk:"cpu_cores"`
	RAMGB        types.Int64  `tfsdk:"ram_gb"`
	DiskSizeGB   types.Int64  `tfsdk:"disk_size_gb"`
	EphemeralGB  types.Int64  `tfsdk:"ephemeral_gb"`
	PricePerHour types.Number `tfsdk:"price_per_hour"`
	Stock        types.Int64  `tfsdk:"stock"`
	Available    types.Bool   `tfsdk:"available"`
}

func listedProduct(p nebula.Product) productModel {
	return productModel{
		ID: types.StringValue(string(p.ID)), Region: types.StringValue(string(p.Region)), DCID: types.StringValue(string(p.DCID)),
		ProductType: types.StringValue(string(p.Type)), GPU: types.StringValue(string(p.GPU)), GPUType: types.StringValue(string(p.GPUType)),
		GPUCount: tfkit.Whole(p.GPUCount), CPUCores: tfkit.Whole(p.CPUCores), RAMGB: tfkit.Whole(p.RAM),
		DiskSizeGB: tfkit.Whole(p.DiskSize), EphemeralGB: tfkit.Whole(p.Ephemeral),
		PricePerHour: tfkit.Decimal(p.PricePerHour), Stock: tfkit.Whole(p.Stock), Available: types.BoolValue(p.CanBeHad()),
	}
}

func productsSchema() schema.Schema {
	attributes := filterAttributes(false)
	attributes["products"] = tfkit.RowsAttribute("The products that pass the filters, the cheapest first; those of one price in the order of their `id`.", productAttributes())
	attributes["ids"] = tfkit.IDsAttribute("products", "products")
	return schema.Schema{
		MarkdownDescription: "Lists the products of the catalogue, which are kinds of machines with their prices, the cheapest first." + sharedListNote,
		Attributes:          attributes,
	}
}

func (m *productsModel) fill(ctx context.Context, op *tfkit.Operation) error {
	products, _ := allProducts(ctx, op)
	fitting := choose(products, &m.filters).fitting
	m.Products = tfkit.Rows(fitting, listedProduct)
	m.IDs = tfkit.Rows(fitting, func(p nebula.Product) string { return string(p.ID) })
	return nil
}
