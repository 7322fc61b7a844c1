package instance

import (
	"context"
	"fmt"
	"iter"

	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/fleet"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

var _ list.ListResourceWithConfigure = (*instanceListResource)(nil)

type instanceListResource struct{ tfkit.ListResource }

// NewListResource is the list resource nebula_instance, for terraform query.
func NewListResource() list.ListResource {
	return &instanceListResource{tfkit.ListResource{Type: "instance"}}
}

type listModel struct {
	NameRegex types.String `tfsdk:"name_regex"`
}

func (l *instanceListResource) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the machines of the account for `terraform query`, to find those that are in no configuration and import them in bulk. Reserved machines, and those that are being deleted, are left out. " +
			"The API shows neither product nor image nor SSH key of a machine: add them to the generated configuration.\n\n" +
			"Terraform shows 100 results unless the list block sets a higher `limit`.",
		Attributes: map[string]schema.Attribute{
			"name_regex": schema.StringAttribute{MarkdownDescription: tfkit.NameRegexDescription, Optional: true, Validators: []validator.String{tfkit.Regexp()}},
		},
	}
}

// List asks the API once.
func (l *instanceListResource) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	var m listModel
	l.Stream(ctx, "list instances", &m, req, stream, func(ctx context.Context, op *tfkit.Operation) iter.Seq[tfkit.Listed] {
		all := search(op.Services)
		found, _ := all.All(ctx, op, fleet.IsBilled, all.NameMatches(op, m.NameRegex))
		return tfkit.EachListed(found, func(i nebula.Instance) tfkit.Listed {
			m := imported(i)
			return tfkit.Listed{Name: fmt.Sprintf("%s (%s, %s)", fleet.NameOf(i), i.ID, fleet.Status(i)), Model: &m}
		})
	})
}

// imported is a machine as it is in state right after an import, without what
// only its detail tells.
func imported(i nebula.Instance) model {
	m := model{Timeouts: tfkit.NoTimeouts("create", "update", "delete")}
	m.refresh(i)
	return m
}
