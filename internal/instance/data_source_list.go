package instance

import (
	"context"
	"math/big"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/fleet"
	"github.com/nebulablock/terraform-provider-nebula/internal/machinekit"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

var (
	_ datasource.DataSourceWithConfigure = (*instancesDataSource)(nil)
	_ datasource.DataSourceWithConfigure = (*deletedDataSource)(nil)
)

type instancesDataSource struct{ tfkit.DataSource }

// NewListDataSource is the data source nebula_instances: all machines that pass
// its filters.
func NewListDataSource() datasource.DataSource {
	return &instancesDataSource{tfkit.DataSource{Type: "instances"}}
}

type instancesModel struct {
	NameRegex         types.String `tfsdk:"name_regex"`
	Status            types.String `tfsdk:"status"`
	Region            types.String `tfsdk:"region"`
	IncludeReserved   types.Bool   `tfsdk:"include_reserved"`
	Instances         []listed     `tfsdk:"instances"`
	IDs               []string     `tfsdk:"ids"`
	TotalPricePerHour types.Number `tfsdk:"total_price_per_hour"`
}

// listed is a machine in a list of many.
type listed struct {
	seen

	Reserved types.Bool `tfsdk:"reserved"`
}

func listedOf(i nebula.Instance) listed {
	return listed{seenOf(i), types.BoolValue(fleet.StateOf(i) == fleet.Reserved)}
}

func (d *instancesDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the machines of the account, those that are being deleted included." + sharedListNote,
		Attributes: map[string]schema.Attribute{
			"name_regex": schema.StringAttribute{MarkdownDescription: tfkit.NameRegexDescription, Optional: true, Validators: []validator.String{tfkit.Regexp()}},
			"status":     schema.StringAttribute{MarkdownDescription: "Status word that the machines must have, in upper or lower case.", Optional: true},
			"region":     schema.StringAttribute{MarkdownDescription: "Region that the machines must be in, in upper or lower case.", Optional: true},
			"include_reserved": schema.BoolAttribute{
				MarkdownDescription: "With `true` reserved machines are listed, too, as far as the API lists them. Defaults to `false`.",
				Optional:            true,
			},
			"instances": rowsAttribute("The machines that pass the filters, in the order of the API."),
			"ids":       schema.ListAttribute{MarkdownDescription: "Identifiers of the machines in `instances`, in the same order.", ElementType: types.StringType, Computed: true},
			"total_price_per_hour": schema.NumberAttribute{
				MarkdownDescription: "What the machines in `instances` cost per hour together, in US dollars. Those that are stopped count, because they may still be billed; reserved ones, and those that are being deleted, do not.",
				Computed:            true,
			},
		},
	}
}

// rowsAttribute is a list of machines.
func rowsAttribute(description string) schema.Attribute {
	attributes := rowAttributes()
	attributes["reserved"] = schema.BoolAttribute{MarkdownDescription: "Whether it is a reserved machine, which is never changed or deleted here.", Computed: true}
	return schema.ListNestedAttribute{MarkdownDescription: description, Computed: true, NestedObject: schema.NestedAttributeObject{Attributes: attributes}}
}

func (d *instancesDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var m instancesModel
	d.Run(ctx, tfkit.Looking("list instances", &m, req, resp), func(ctx context.Context, op *tfkit.Operation) {
		machines := search(op.Services)
		found, ok := machines.All(ctx, op, m.passes, machines.NameMatches(op, m.NameRegex))
		if !ok || op.Failed() {
			return
		}
		m.Instances, m.IDs = []listed{}, []string{}
		for _, i := range found {
			m.Instances = append(m.Instances, listedOf(i))
			m.IDs = append(m.IDs, string(i.ID))
		}
		m.TotalPricePerHour = types.NumberValue(total(found))
		op.Save(ctx, &m)
	})
}

// passes applies the filters but that for names.
func (m *instancesModel) passes(i nebula.Instance) bool {
	is := func(want types.String, have string) bool {
		return want.IsNull() || strings.EqualFold(strings.TrimSpace(want.ValueString()), have)
	}
	return is(m.Status, fleet.Status(i)) && is(m.Region, string(i.Region)) && (m.IncludeReserved.ValueBool() || fleet.StateOf(i) != fleet.Reserved)
}

// total is what machines cost per hour together.
func total(machines []nebula.Instance) *big.Float {
	sum := new(big.Float).SetPrec(512)
	for _, i := range machines {
		if price := tfkit.Decimal(i.PricePerHour); fleet.IsBilled(i) && !price.IsNull() {
			sum.Add(sum, price.ValueBigFloat())
		}
	}
	return sum
}

type deletedDataSource struct{ tfkit.DataSource }

// NewDeletedDataSource is the data source nebula_deleted_instances: the machines
// that the API shows as deleted.
func NewDeletedDataSource() datasource.DataSource {
	return &deletedDataSource{tfkit.DataSource{Type: "deleted_instances"}}
}

type deletedModel struct {
	Instances []listed `tfsdk:"instances"`
}

func (d *deletedDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the machines that the API shows as deleted: evidence that a machine is gone.",
		Attributes:          map[string]schema.Attribute{"instances": rowsAttribute("The deleted machines, in the order of the API.")},
	}
}

func (d *deletedDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var m deletedModel
	d.Run(ctx, tfkit.Looking("list deleted instances", &m, req, resp), func(ctx context.Context, op *tfkit.Operation) {
		rows, err := machinekit.Fleet(op.Services).Deleted().All(ctx)
		if err != nil {
			op.Fail(tfkit.Failure{Err: err})
			return
		}
		m.Instances = []listed{}
		for _, i := range rows {
			m.Instances = append(m.Instances, listedOf(i))
		}
		op.Save(ctx, &m)
	})
}
