package catalog

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/datasourcevalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/machinekit"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

var (
	_ datasource.DataSourceWithConfigure        = (*imageDataSource)(nil)
	_ datasource.DataSourceWithConfigValidators = (*imageDataSource)(nil)
)

// imageModel is nebula_image: the arguments that are set choose the image, and
// all tell what it is.
type imageModel struct {
	ID        types.String `tfsdk:"id"`
	Name      types.String `tfsdk:"name"`
	NameRegex types.String `tfsdk:"name_regex"`
	OSType    types.String `tfsdk:"os_type"`
	Region    types.String `tfsdk:"region"`
	DCID      types.String `tfsdk:"dc_id"`
	ProductID types.String `tfsdk:"product_id"`
}

// imagesModel is nebula_images.
type imagesModel struct {
	Name      types.String  `tfsdk:"name"`
	NameRegex types.String  `tfsdk:"name_regex"`
	OSType    types.String  `tfsdk:"os_type"`
	Region    types.String  `tfsdk:"region"`
	ProductID types.String  `tfsdk:"product_id"`
	Images    []listedImage `tfsdk:"images"`
	IDs       []string      `tfsdk:"ids"`
}

type listedImage struct {
	ID     types.String `tfsdk:"id"`
	Name   types.String `tfsdk:"name"`
	OSType types.String `tfsdk:"os_type"`
	Region types.String `tfsdk:"region"`
	DCID   types.String `tfsdk:"dc_id"`
}

// imageFilter is what images are chosen by. Null values choose nothing.
type imageFilter struct {
	id, name, nameRegex, osType, region, productID types.String
}

// find gives the images that pass the filter. A product that is named must be
// in the catalogue.
func (f imageFilter) find(ctx context.Context, op *tfkit.Operation) ([]nebula.Image, bool) {
	place := func(nebula.Image) bool { return true }
	if !f.productID.IsNull() {
		product, ok := productOf(ctx, op, f.productID.ValueString())
		if !ok {
			return nil, false
		}
		place = func(i nebula.Image) bool { return machinekit.Fits(i, product) }
	}
	images := tfkit.SearchList(machinekit.Images(op.Services), "image", "images", func(i nebula.Image) string { return string(i.OSName) })
	return images.All(ctx, op, place, images.NameMatches(op, f.nameRegex),
		func(i nebula.Image) bool { return f.id.IsNull() || f.id.ValueString() == string(i.ID) },
		func(i nebula.Image) bool { return f.name.IsNull() || f.name.ValueString() == string(i.OSName) },
		func(i nebula.Image) bool {
			return f.osType.IsNull() || sameWord(f.osType.ValueString(), string(i.OSType))
		},
		func(i nebula.Image) bool {
			return f.region.IsNull() || sameWord(f.region.ValueString(), string(i.Region))
		},
	)
}

func productOf(ctx context.Context, op *tfkit.Operation, id string) (nebula.Product, bool) {
	products, ok := allProducts(ctx, op)
	if !ok {
		return nebula.Product{}, false
	}
	for _, p := range products {
		if string(p.ID) == id {
			return p, true
		}
	}
	op.Refuse(tfkit.Message{Title: "Product not found", Attribute: path.Root("product_id"),
		What: fmt.Sprintf("The catalogue has no product with id %s.", id),
		Next: "Look for the product with the data source nebula_product."})
	return nebula.Product{}, false
}

type imageDataSource struct{ tfkit.DataSource }

// NewImageDataSource is the data source nebula_image: exactly one image.
func NewImageDataSource() datasource.DataSource {
	return &imageDataSource{tfkit.DataSource{Type: "image"}}
}

func (d *imageDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := imageArguments(true)
	attributes["id"] = schema.StringAttribute{
		MarkdownDescription: "Identifier of the image. The vendor changes ids under the same name, so a configuration that names the image by `name` lasts longer.",
		Optional:            true,
		Computed:            true,
		Validators:          []validator.String{tfkit.ObjectID()},
	}
	attributes["dc_id"] = schema.StringAttribute{MarkdownDescription: "Data centre of the image.", Computed: true}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Finds exactly one image, which is the operating system of a machine. There is no \"most recent\" one: the API has no dates of images." + sharedListNote,
		Attributes:          attributes,
	}
}

func (d *imageDataSource) ConfigValidators(context.Context) []datasource.ConfigValidator {
	return []datasource.ConfigValidator{datasourcevalidator.AtLeastOneOf(
		path.MatchRoot("id"), path.MatchRoot("name"), path.MatchRoot("name_regex"), path.MatchRoot("os_type"), path.MatchRoot("region"), path.MatchRoot("product_id"))}
}

// Read finds one image, or tells what there is instead.
func (d *imageDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var m imageModel
	d.Run(ctx, tfkit.Looking("read image", &m, req, resp), func(ctx context.Context, op *tfkit.Operation) {
		images, ok := imageFilter{m.ID, m.Name, m.NameRegex, m.OSType, m.Region, m.ProductID}.find(ctx, op)
		switch {
		case !ok:
		case len(images) == 0:
			op.Refuse(tfkit.Message{Title: "Image not found", What: "No image passes the filters.",
				Next: "List all with the data source nebula_images. With product_id, only images of the product's dc_id and region count."})
		case len(images) > 1:
			op.Refuse(tfkit.Message{Title: "Several images match", What: "These images pass the filters:\n\n" + showImages(images),
				Next: "Narrow the filters down; product_id leaves only images of the product's place."})
		default:
			m.take(images[0])
			op.Save(ctx, &m)
		}
	})
}

// take fills in the image. A filter keeps the user's spelling.
func (m *imageModel) take(i nebula.Image) {
	m.ID, m.Name, m.DCID = types.StringValue(string(i.ID)), types.StringValue(string(i.OSName)), types.StringValue(string(i.DCID))
	if m.OSType.IsNull() {
		m.OSType = types.StringValue(string(i.OSType))
	}
	if m.Region.IsNull() {
		m.Region = types.StringValue(string(i.Region))
	}
}

func showImages(images []nebula.Image) string {
	lines := make([]string, 0, mostShown)
	for _, i := range images[:min(len(images), mostShown)] {
		lines = append(lines, fmt.Sprintf("  %s (%s in %s, dc_id %s)", nebula.CleanText(string(i.ID)), tfkit.Quoted(string(i.OSName)),
			nebula.CleanText(string(i.Region)), nebula.CleanText(string(i.DCID))))
	}
	if left := len(images) - mostShown; left > 0 {
		lines = append(lines, fmt.Sprintf("  and %d more", left))
	}
	return strings.Join(lines, "\n")
}

// NewImagesDataSource is the data source nebula_images: all images that pass
// its filters.
func NewImagesDataSource() datasource.DataSource {
	return &tfkit.Plural[imagesModel]{DataSource: tfkit.DataSource{Type: "images"}, To: "list images",
		Contents: imagesSchema, Fill: (*imagesModel).fill}
}

func imagesSchema() schema.Schema {
	attributes := imageArguments(false)
	attributes["images"] = tfkit.RowsAttribute("The images that pass the filters, in the order of the API.", map[string]schema.Attribute{
		"id":      schema.StringAttribute{MarkdownDescription: "Identifier of the image.", Computed: true},
		"name":    schema.StringAttribute{MarkdownDescription: "Name of the image, which is the API's `os_name`.", Computed: true},
		"os_type": schema.StringAttribute{MarkdownDescription: "Family of the operating system, such as `Ubuntu`.", Computed: true},
		"region":  schema.StringAttribute{MarkdownDescription: "Region of the image.", Computed: true},
		"dc_id":   schema.StringAttribute{MarkdownDescription: "Data centre of the image.", Computed: true},
	})
	attributes["ids"] = tfkit.IDsAttribute("images", "images")
	return schema.Schema{
		MarkdownDescription: "Lists images, which are the operating systems of machines." + sharedListNote,
		Attributes:          attributes,
	}
}

func (m *imagesModel) fill(ctx context.Context, op *tfkit.Operation) error {
	images, _ := imageFilter{types.StringNull(), m.Name, m.NameRegex, m.OSType, m.Region, m.ProductID}.find(ctx, op)
	m.Images = tfkit.Rows(images, func(i nebula.Image) listedImage {
		return listedImage{types.StringValue(string(i.ID)), types.StringValue(string(i.OSName)),
			types.StringValue(string(i.OSType)), types.StringValue(string(i.Region)), types.StringValue(string(i.DCID))}
	})
	m.IDs = tfkit.Rows(images, func(i nebula.Image) string { return string(i.ID) })
	return nil
}

// imageArguments are what images are chosen by. Where one image is chosen,
// those that describe it are computed too.
func imageArguments(one bool) map[string]schema.Attribute {
	notEmpty := []validator.String{stringvalidator.LengthAtLeast(1)}
	return map[string]schema.Attribute{
		"name":       schema.StringAttribute{MarkdownDescription: "Name of the image, exactly as the API's `os_name` has it, such as `Ubuntu Server 22.04 LTS`.", Optional: true, Computed: one, Validators: notEmpty},
		"name_regex": tfkit.NameRegexAttribute(),
		"os_type":    schema.StringAttribute{MarkdownDescription: "Family of the operating system, such as `Ubuntu`; case does not matter.", Optional: true, Computed: one, Validators: notEmpty},
		"region":     schema.StringAttribute{MarkdownDescription: "Region of the image, such as `CANADA`; case does not matter.", Optional: true, Computed: one, Validators: notEmpty},
		"product_id": schema.StringAttribute{MarkdownDescription: "Identifier of a product. Only images that fit it are considered: those of the same `dc_id` and region.", Optional: true, Validators: []validator.String{tfkit.ObjectID()}},
	}
}
