package apikey

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/datasourcevalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/keykit"
	"github.com/nebulablock/terraform-provider-nebula/internal/keyring"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

var (
	_ datasource.DataSourceWithConfigure        = (*keyDataSource)(nil)
	_ datasource.DataSourceWithConfigValidators = (*keyDataSource)(nil)
)

type keyDataSource struct{ tfkit.DataSource }

// NewDataSource is the data source nebula_api_key: one key by id or name.
func NewDataSource() datasource.DataSource { return &keyDataSource{tfkit.DataSource{Type: "api_key"}} }

// listedModel is a key as the list shows it.
type listedModel struct {
	ID            types.String `tfsdk:"id"`
	Name          types.String `tfsdk:"name"`
	Description   types.String `tfsdk:"description"`
	TeamID        types.String `tfsdk:"team_id"`
	CreationToken types.String `tfsdk:"creation_token"`
	CreatedAt     types.String `tfsdk:"created_at"`
	Active        types.Bool   `tfsdk:"active"`
}

func listed(keys *keyring.Keyring, key keyring.Key) listedModel {
	return listedModel{
		ID:            types.StringValue(string(key.ID)),
		Name:          types.StringValue(key.Name),
		Description:   types.StringPointerValue(key.Description),
		TeamID:        keykit.TeamID(types.StringNull(), key.Team, true),
		CreationToken: tfkit.StringOrNull(key.Token),
		CreatedAt:     keykit.CreatedAt(keys, types.StringNull(), key.CreatedAt, key.Token),
		Active:        types.BoolPointerValue(key.Active),
	}
}

// listedAttributes describe what both data sources show of a key besides its id
// and name.
func listedAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"description": schema.StringAttribute{
			MarkdownDescription: "Description of the key, without the ownership marker. It is null when the API does not show it.",
			Computed:            true,
		},
		"team_id": schema.StringAttribute{
			MarkdownDescription: "Identifier of the team that the key is for. It is null when the API does not name one.",
			Computed:            true,
		},
		"creation_token": schema.StringAttribute{
			MarkdownDescription: "Token of the ownership marker in the key's description. It is null when none is seen: this provider did not make the key, or made it with `ownership_marker = false`, or the API does not show the description.",
			Computed:            true,
		},
		"created_at": schema.StringAttribute{MarkdownDescription: keykit.CreatedAtDescription, Computed: true},
		"active": schema.BoolAttribute{
			MarkdownDescription: "Whether the key is active. It is null when the API does not say.",
			Computed:            true,
		},
	}
}

// sharedListNote states how old the shared list may be: see listing.ForRead, and
// more in a plan.
const sharedListNote = "\n\nAll that a run reads of keys comes from one list, which is asked for again when it is too old: " +
	"what a data source shows is at most 3 seconds old during an apply, and at most 30 seconds during a plan. Changes that the run itself makes are always in it."

func (d *keyDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := listedAttributes()
	attributes["id"] = schema.StringAttribute{
		MarkdownDescription: "Identifier of the key. Give either this or `name`.",
		Optional:            true,
		Computed:            true,
		Validators:          []validator.String{tfkit.ObjectID()},
	}
	attributes["name"] = schema.StringAttribute{
		MarkdownDescription: "Name of the key. Give either this or `id`. Names need not be unique: when several keys have this name, the error lists their ids.",
		Optional:            true,
		Computed:            true,
		Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Looks up one API key of the account by `id` or by `name`. The API shows a key's secret only when it is created, so no data source can read it." + sharedListNote,
		Attributes:          attributes,
	}
}

func (d *keyDataSource) ConfigValidators(context.Context) []datasource.ConfigValidator {
	return []datasource.ConfigValidator{datasourcevalidator.ExactlyOneOf(path.MatchRoot("id"), path.MatchRoot("name"))}
}

func (d *keyDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var m listedModel
	d.Run(ctx, tfkit.Looking("read API key", &m, req, resp), func(ctx context.Context, op *tfkit.Operation) {
		keys := search(op.Services)
		if key, ok := keys.One(ctx, op, keys.ByIDOrName(m.ID, m.Name)); ok {
			found := listed(keykit.Keys(op.Services), key)
			if !m.Name.IsNull() {
				// The list may write it in another Unicode form.
				found.Name = m.Name
			}
			op.Save(ctx, &found)
		}
	})
}
