package instance

import (
	"context"
	"maps"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/datasourcevalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/fleet"
	"github.com/nebulablock/terraform-provider-nebula/internal/machinekit"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

var (
	_ datasource.DataSourceWithConfigure        = (*instanceDataSource)(nil)
	_ datasource.DataSourceWithConfigValidators = (*instanceDataSource)(nil)
)

type instanceDataSource struct{ tfkit.DataSource }

// NewDataSource is the data source nebula_instance: one machine by id or name.
func NewDataSource() datasource.DataSource {
	return &instanceDataSource{tfkit.DataSource{Type: "instance"}}
}

type oneModel struct {
	seen
	detailed

	RunningTimeHours types.Number `tfsdk:"running_time_hours"`
	TotalCost        types.Number `tfsdk:"total_cost"`
}

// search finds live machines for data sources, reserved ones included. What is
// gone and only not yet out of the list is left out.
func search(s *tfkit.Services) tfkit.Search[nebula.Instance] {
	found := tfkit.SearchList(machinekit.Fleet(s).List(), thing, "instances", fleet.NameOf)
	found.SameName, found.Show = fleet.SameName, fleet.Show
	found.Exists = func(i nebula.Instance) bool { return fleet.StateOf(i) != fleet.Gone }
	return found
}

// sharedListNote states how old the shared list may be: see listing.ForRead.
const sharedListNote = "\n\nAll that a run reads of instances comes from one list, which is asked for again when it is too old: " +
	"what a data source shows is at most 3 seconds old during an apply, and at most 30 seconds during a plan."

func (d *instanceDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := map[string]schema.Attribute{
		"running_time_hours": schema.NumberAttribute{MarkdownDescription: "How long the machine has been running, in hours, as the API counts.", Computed: true},
		"total_cost":         schema.NumberAttribute{MarkdownDescription: "What the machine has cost so far, in US dollars.", Computed: true},
	}
	for name, description := range detailTexts() {
		attributes[name] = schema.StringAttribute{MarkdownDescription: description, Computed: true}
	}
	maps.Copy(attributes, rowAttributes())
	attributes["id"] = schema.StringAttribute{
		MarkdownDescription: seenTexts()["id"], Optional: true, Computed: true, Validators: []validator.String{tfkit.ObjectID()},
	}
	attributes["name"] = schema.StringAttribute{
		MarkdownDescription: "Name of the machine, in upper or lower case. Names may repeat.", Optional: true, Computed: true,
		Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Looks up one machine of the account by `id` or `name`. Give exactly one of them. When several machines match, the error lists them. " +
			"Reading it takes one request besides the shared list. Its password is not in it: see the ephemeral resource `nebula_instance_login`." + sharedListNote,
		Attributes: attributes,
	}
}

// rowAttributes are what a list shows of a machine.
func rowAttributes() map[string]schema.Attribute {
	attributes := map[string]schema.Attribute{}
	for name, description := range seenTexts() {
		switch name {
		case "gpu_count", "cpu_cores", "ram_gb", "disk_size_gb", "ephemeral_gb":
			attributes[name] = schema.Int64Attribute{MarkdownDescription: description, Computed: true}
		case "price_per_hour":
			attributes[name] = schema.NumberAttribute{MarkdownDescription: description, Computed: true}
		default:
			attributes[name] = schema.StringAttribute{MarkdownDescription: description, Computed: true}
		}
	}
	return attributes
}

func (d *instanceDataSource) ConfigValidators(context.Context) []datasource.ConfigValidator {
	return []datasource.ConfigValidator{datasourcevalidator.ExactlyOneOf(path.MatchRoot("id"), path.MatchRoot("name"))}
}

func (d *instanceDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var m oneModel
	d.Run(ctx, tfkit.Looking("read instance", &m, req, resp), func(ctx context.Context, op *tfkit.Operation) {
		machines := search(op.Services)
		found, ok := machines.One(ctx, op, machines.ByIDOrName(m.ID, m.Name))
		if !ok {
			return
		}
		detail, err := machinekit.Fleet(op.Services).Detail(ctx, found.ID)
		if err != nil {
			op.Fail(tfkit.Failure{Err: err})
			return
		}
		given := m.Name
		m = oneModel{seenOf(found), detailedOf(detail), leadingNumber(detail.RunningTime), leadingNumber(detail.TotalCost)}
		if !given.IsNull() {
			m.Name = given
		}
		op.Save(ctx, &m)
	})
}

// leadingNumber is the number in texts such as "66.9070 hours" and "$1,961.54";
// null where there is none.
func leadingNumber(t nebula.Text) types.Number {
	digits := strings.ReplaceAll(strings.TrimPrefix(strings.TrimSpace(string(t)), "$"), ",", "")
	digits, _, _ = strings.Cut(strings.TrimSpace(digits), " ")
	return tfkit.Decimal(nebula.Number(digits))
}
