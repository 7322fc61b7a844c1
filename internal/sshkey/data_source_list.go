package sshkey

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

var _ datasource.DataSourceWithConfigure = (*keysDataSource)(nil)

type keysDataSource struct{ tfkit.DataSource }

// NewListDataSource is the data source nebula_ssh_keys: all SSH keys that pass
// its filter.
func NewListDataSource() datasource.DataSource {
	return &keysDataSource{tfkit.DataSource{Type: "ssh_keys"}}
}

type keysModel struct {
	NameRegex types.String  `tfsdk:"name_regex"`
	SSHKeys   []listedModel `tfsdk:"ssh_keys"`
	IDs       []string      `tfsdk:"ids"`
}

func (d *keysDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the SSH keys of the account." + sharedListNote,
		Attributes: map[string]schema.Attribute{
			"name_regex": schema.StringAttribute{
				MarkdownDescription: tfkit.NameRegexDescription,
				Optional:            true,
				Validators:          []validator.String{tfkit.Regexp()},
			},
			"ssh_keys": schema.ListNestedAttribute{
				MarkdownDescription: "The SSH keys that pass the filter, in the order of the API.",
				Computed:            true,
				NestedObject: schema.NestedAttributeObject{
					Attributes: map[string]schema.Attribute{
						"id":          schema.StringAttribute{MarkdownDescription: "Identifier of the SSH key.", Computed: true},
						"name":        schema.StringAttribute{MarkdownDescription: "Name of the SSH key.", Computed: true},
						"public_key":  schema.StringAttribute{MarkdownDescription: listedPublicKey, Computed: true},
						"fingerprint": schema.StringAttribute{MarkdownDescription: listedFingerprint, Computed: true},
						"created_at":  schema.StringAttribute{MarkdownDescription: listedCreatedAt, Computed: true},
					},
				},
			},
			"ids": schema.ListAttribute{
				MarkdownDescription: "Identifiers of the SSH keys in `ssh_keys`, in the same order.",
				ElementType:         types.StringType,
				Computed:            true,
			},
		},
	}
}

func (d *keysDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var m keysModel
	d.Run(ctx, tfkit.Looking("list SSH keys", &m, req, resp), func(ctx context.Context, op *tfkit.Operation) {
		keys := search(op.Services)
		found, ok := keys.All(ctx, op, keys.NameMatches(op, m.NameRegex))
		if !ok || op.Failed() {
			return
		}
		m.SSHKeys, m.IDs = []listedModel{}, []string{}
		for _, e := range found {
			m.SSHKeys = append(m.SSHKeys, listed(e))
			m.IDs = append(m.IDs, string(e.ID))
		}
		op.Save(ctx, &m)
	})
}
