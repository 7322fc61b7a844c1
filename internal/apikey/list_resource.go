package apikey

import (
	"context"
	"fmt"
	"iter"

	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/keykit"
	"github.com/nebulablock/terraform-provider-nebula/internal/keyring"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

var _ list.ListResourceWithConfigure = (*keyListResource)(nil)

type keyListResource struct{ tfkit.ListResource }

// NewListResource is the list resource nebula_api_key, for terraform query.
func NewListResource() list.ListResource {
	return &keyListResource{tfkit.ListResource{Type: "api_key"}}
}

type listModel struct {
	NameRegex        types.String `tfsdk:"name_regex"`
	TerraformManaged types.Bool   `tfsdk:"terraform_managed"`
}

func (l *keyListResource) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the API keys of the account for `terraform query`, to find keys that are in no configuration and import them in bulk. " +
			"Depending on the account the API shows the keys of a whole team. " +
			"The API does not show secrets: a listed resource has a null `key`, as an imported one has.\n\n" +
			"Terraform shows 100 results unless the list block sets a higher `limit`.",
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
		},
	}
}

// List asks the API once.
func (l *keyListResource) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	var m listModel
	l.Stream(ctx, "list API keys", &m, req, stream, func(ctx context.Context, op *tfkit.Operation) iter.Seq[tfkit.Listed] {
		all := search(op.Services)
		found, _ := all.All(ctx, op, all.NameMatches(op, m.NameRegex), managedIs(op, m.TerraformManaged))
		return tfkit.EachListed(found, func(key keyring.Key) tfkit.Listed {
			m := imported(ctx, op, key)
			return tfkit.Listed{Name: fmt.Sprintf("%s (%s)", key.Name, key.ID), Model: &m}
		})
	})
}

// imported is a key as it is in state right after an import.
func imported(ctx context.Context, op *tfkit.Operation, key keyring.Key) model {
	m := model{
		Keepers:       types.MapNull(types.StringType),
		AgeRecipients: types.ListNull(types.StringType),
		Timeouts:      tfkit.NoTimeouts("create", "delete"),
	}
	m.keep(keykit.NoSecret())
	m.refresh(ctx, op, key)
	return m
}
