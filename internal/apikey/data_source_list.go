package apikey

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/keykit"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

var _ datasource.DataSourceWithConfigure = (*keysDataSource)(nil)

type keysDataSource struct{ tfkit.DataSource }

// NewListDataSource is the data source nebula_api_keys: all keys that pass its
// filters.
func NewListDataSource() datasource.DataSource {
	return &keysDataSource{tfkit.DataSource{Type: "api_keys"}}
}

type keysModel struct {
	NameRegex        types.String  `tfsdk:"name_regex"`
	TerraformManaged types.Bool    `tfsdk:"terraform_managed"`
	APIKeys          []listedModel `tfsdk:"api_keys"`
	IDs              []string      `tfsdk:"ids"`
}

func (d *keysDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := listedAttributes()
	attributes["id"] = schema.StringAttribute{MarkdownDescription: "Identifier of the key.", Computed: true}
	attributes["name"] = schema.StringAttribute{MarkdownDescription: "Name of the key.", Computed: true}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the API keys of the account. Depending on the account the API shows the keys of a whole team, so a key in this list need not belong to the user of the credential." + sharedListNote,
		Attributes: map[string]schema.Attribute{
			"name_regex": schema.StringAttribute{
				MarkdownDescription: tfkit.NameRegexDescription,
				Optional:            true,
				Validators:          []validator.String{tfkit.Regexp()},
			},
			"terraform_managed": schema.BoolAttribute{
				MarkdownDescription: terraformManagedDescription,
				Optional:            true,
			},
			"api_keys": schema.ListNestedAttribute{
				MarkdownDescription: "The keys that pass the filters, in the order of the API.",
				Computed:            true,
				NestedObject: schema.NestedAttributeObject{
					Attributes: attributes,
				},
			},
			"ids": schema.ListAttribute{
				MarkdownDescription: "Identifiers of the keys in `api_keys`, in the same order.",
				ElementType:         types.StringType,
				Computed:            true,
			},
		},
	}
}

func (d *keysDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var m keysModel
	d.Run(ctx, tfkit.Looking("list API keys", &m, req, resp), func(ctx context.Context, op *tfkit.Operation) {
		all := search(op.Services)
		keys, ok := all.All(ctx, op, all.NameMatches(op, m.NameRegex), managedIs(op, m.TerraformManaged))
		if !ok {
			return
		}
		m.APIKeys, m.IDs = []listedModel{}, []string{}
		for _, key := range keys {
			m.APIKeys = append(m.APIKeys, listed(keykit.Keys(op.Services), key))
			m.IDs = append(m.IDs, string(key.ID))
		}
		op.Save(ctx, &m)
	})
}
