package sshkey

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// NewListDataSource is the data source nebula_ssh_keys: all SSH keys that pass
// its filter.
func NewListDataSource() datasource.DataSource {
	return &tfkit.Plural[keysModel]{DataSource: tfkit.DataSource{Type: "ssh_keys"}, To: "list SSH keys",
		Contents: keysSchema, Fill: (*keysModel).fill}
}

type keysModel struct {
	NameRegex types.String  `tfsdk:"name_regex"`
	SSHKeys   []listedModel `tfsdk:"ssh_keys"`
	IDs       []string      `tfsdk:"ids"`
}

func keysSchema() schema.Schema {
	return schema.Schema{
		MarkdownDescription: "Lists the SSH keys of the account." + sharedListNote,
		Attributes: map[string]schema.Attribute{
			"name_regex": tfkit.NameRegexAttribute(),
			"ssh_keys": tfkit.RowsAttribute("The SSH keys that pass the filter, in the order of the API.", map[string]schema.Attribute{
				"id":          schema.StringAttribute{MarkdownDescription: "Identifier of the SSH key.", Computed: true},
				"name":        schema.StringAttribute{MarkdownDescription: "Name of the SSH key.", Computed: true},
				"public_key":  schema.StringAttribute{MarkdownDescription: listedPublicKey, Computed: true},
				"fingerprint": schema.StringAttribute{MarkdownDescription: listedFingerprint, Computed: true},
				"created_at":  schema.StringAttribute{MarkdownDescription: listedCreatedAt, Computed: true},
			}),
			"ids": tfkit.IDsAttribute("SSH keys", "ssh_keys"),
		},
	}
}

func (m *keysModel) fill(ctx context.Context, op *tfkit.Operation) error {
	keys := search(op.Services)
	found, _ := keys.All(ctx, op, keys.NameMatches(op, m.NameRegex))
	m.SSHKeys = tfkit.Rows(found, listed)
	m.IDs = tfkit.Rows(found, func(e entry) string { return string(e.ID) })
	return nil
}
