package instance

import (
	"context"
	"math/big"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/fleet"
	"github.com/nebulablock/terraform-provider-nebula/internal/machinekit"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// NewListDataSource is the data source nebula_instances: all machines that pass
// its filters.
func NewListDataSource() datasource.DataSource {
	return &tfkit.Plural[instancesModel]{DataSource: tfkit.DataSource{Type: "instances"}, To: "list instances",
		Contents: instancesSchema, Fill: (*instancesModel).fill}
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

func instancesSchema() schema.Schema {
	return schema.Schema{
		MarkdownDescription: "Lists the machines of the account, those that are being deleted included." + sharedListNote,
		Attributes: map[string]schema.Attribute{
			"name_regex": tfkit.NameRegexAttribute(),
			"status":     schema.StringAttribute{MarkdownDescription: "Status word that the machines must have, in upper or lower case.", Optional: true},
			"region":     schema.StringAttribute{MarkdownDescription: "Region that the machines must be in, in upper or lower case.", Optional: true},
			"include_reserved": schema.BoolAttribute{
				MarkdownDescription: "With `true` reserved machines are listed, too, as far as the API lists them. Defaults to `false`.",
				Optional:            true,
			},
			"instances": rowsAttribute("The machines that pass the filters, in the order of the API."),
			"ids":       tfkit.IDsAttribute("machines", "instances"),
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
	return tfkit.RowsAttribute(description, attributes)
}

func (m *instancesModel) fill(ctx context.Context, op *tfkit.Operation) error {
	machines := search(op.Services)
	found, _ := machines.All(ctx, op, m.passes, machines.NameMatches(op, m.NameRegex))
	m.Instances = tfkit.Rows(found, listedOf)
	m.IDs = tfkit.Rows(found, func(i nebula.Instance) string { return string(i.ID) })
	m.TotalPricePerHour = types.NumberValue(total(found))
	return nil
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

// NewDeletedDataSource is the data source nebula_deleted_instances: the machines
// that the API shows as deleted.
func NewDeletedDataSource() datasource.DataSource {
	return &tfkit.Plural[deletedModel]{DataSource: tfkit.DataSource{Type: "deleted_instances"}, To: "list deleted instances",
		Contents: deletedSchema, Fill: (*deletedModel).fill}
}

type deletedModel struct {
	Instances []listed `tfsdk:"instances"`
}

func deletedSchema() schema.Schema {
	return schema.Schema{
		MarkdownDescription: "Lists the machines that the API shows as deleted: evidence that a machine is gone.",
		Attributes:          map[string]schema.Attribute{"instances": rowsAttribute("The deleted machines, in the order of the API.")},
	}
}

func (m *deletedModel) fill(ctx context.Context, op *tfkit.Operation) error {
	rows, err := machinekit.Fleet(op.Services).Deleted().All(ctx)
	m.Instances = tfkit.Rows(rows, listedOf)
	return err
}
