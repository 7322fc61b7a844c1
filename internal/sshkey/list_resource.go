package sshkey

import (
	"context"
	"fmt"
	"iter"

	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

var _ list.ListResourceWithConfigure = (*keyListResource)(nil)

type keyListResource struct{ tfkit.ListResource }

// NewListResource is the list resource nebula_ssh_key, for terraform query.
func NewListResource() list.ListResource {
	return &keyListResource{tfkit.ListResource{Type: "ssh_key"}}
}

type listModel struct {
	NameRegex types.String `tfsdk:"name_regex"`
}

func (l *keyListResource) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the SSH keys of the account for `terraform query`, to find those that are in no configuration and import them in bulk. " +
			"Where the API shows a public key in part only, the generated configuration has to be given the whole one.\n\n" +
			"Terraform shows 100 results unless the list block sets a higher `limit`.",
		Attributes: map[string]schema.Attribute{
			"name_regex": schema.StringAttribute{
				MarkdownDescription: tfkit.NameRegexDescription,
				Optional:            true,
				Validators:          []validator.String{tfkit.Regexp()},
			},
		},
	}
}

// List asks the API once.
func (l *keyListResource) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	var m listModel
	l.Stream(ctx, "list SSH keys", &m, req, stream, func(ctx context.Context, op *tfkit.Operation) iter.Seq[tfkit.Listed] {
		all := search(op.Services)
		found, _ := all.All(ctx, op, all.NameMatches(op, m.NameRegex))
		return tfkit.EachListed(found, func(e entry) tfkit.Listed {
			m := imported(e)
			return tfkit.Listed{Name: fmt.Sprintf("%s (%s)", e.Name, e.ID), Model: &m}
		})
	})
}

// imported is an SSH key as it is in state right after an import.
func imported(e entry) model {
	m := model{Timeouts: tfkit.NoTimeouts("create", "update", "delete")}
	m.refresh(e, tfkit.StoredText{})
	return m
}
