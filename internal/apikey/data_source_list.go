package apikey

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/keykit"
	"github.com/nebulablock/terraform-provider-nebula/internal/keyring"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// NewListDataSource is the data source nebula_api_keys: all keys that pass its
// filters.
func NewListDataSource() datasource.DataSource {
	return &tfkit.Plural[keysModel]{DataSource: tfkit.DataSource{Type: "api_keys"}, To: "list API keys",
		Contents: keysSchema, Fill: (*keysModel).fill}
}

type keysModel struct {
	NameRegex        types.String  `tfsdk:"name_regex"`
	TerraformManaged types.Bool    `tfsdk:"terraform_managed"`
	APIKeys          []listedModel `tfsdk:"api_keys"`
	IDs              []string      `tfsdk:"ids"`
}

func keysSchema() schema.Schema {
	attributes := listedAttributes()
	attributes["id"] = schema.StringAttribute{MarkdownDescription: "Identifier of the key.", Computed: true}
	attributes["name"] = schema.StringAttribute{MarkdownDescription: "Name of the key.", Computed: true}
	return schema.Schema{
		MarkdownDescription: "Lists the API keys of the account. Depending on the account the API shows the keys of a whole team, so a key in this list need not belong to the user of the credential." + sharedListNote,
		Attributes: map[string]schema.Attribute{
			"name_regex": tfkit.NameRegexAttribute(),
			"terraform_managed": schema.BoolAttribute{
				MarkdownDescription: terraformManagedDescription,
				Optional:            true,
			},
			"api_keys": tfkit.RowsAttribute("The keys that pass the filters, in the order of the API.", attributes),
			"ids":      tfkit.IDsAttribute("keys", "api_keys"),
		},
	}
}

func (m *keysModel) fill(ctx context.Context, op *tfkit.Operation) error {
	all := search(op.Services)
	found, _ := all.All(ctx, op, all.NameMatches(op, m.NameRegex), managedIs(op, m.TerraformManaged))
	m.APIKeys = tfkit.Rows(found, func(key keyring.Key) listedModel { return listed(keykit.Keys(op.Services), key) })
	m.IDs = tfkit.Rows(found, func(key keyring.Key) string { return string(key.ID) })
	return nil
}
