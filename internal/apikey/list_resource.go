package apikey

import (
	"context"
	"fmt"
	"iter"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/lifecycle"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

var _ list.ListResourceWithConfigure = (*keyListResource)(nil)

type keyListResource struct{ tfkit.ListResource }

// NewListResource is the list resource nebula_api_key, for terraform query.
func NewListResource() list.ListResource { return &keyListResource{} }

type listModel struct {
	NameRegex        types.String `tfsdk:"name_regex"`
	TerraformManaged types.Bool   `tfsdk:"terraform_managed"`
}

func (l *keyListResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_api_key"
}

func (l *keyListResource) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the API keys of the account for `terraform query`, so that keys which no configuration knows can be found and imported in bulk. " +
			"Depending on the account the API shows the keys of a whole team. " +
			"The API does not show secrets: a listed resource has a null `key`, as an imported one has.\n\n" +
			"Terraform shows 100 results unless the list block sets a higher `limit`.",
		Attributes: map[string]schema.Attribute{
			"name_regex": schema.StringAttribute{
				MarkdownDescription: nameRegexDescription,
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

// List asks the API once and hands the matching keys on one by one, until
// Terraform has as many as it wants.
func (l *keyListResource) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	const to = "list API keys"
	var diags diag.Diagnostics
	defer func() {
		if diags.HasError() {
			stream.Results = list.ListResultsStreamDiagnostics(diags)
		}
	}()
	ctx, end := l.Begin(ctx, to, &diags)
	defer end()

	var m listModel
	diags.Append(req.Config.Get(ctx, &m)...)
	services, more := l.Services(ctx)
	diags.Append(more...)
	if diags.HasError() {
		return
	}
	matches, err := newFilter(m.NameRegex, m.TerraformManaged)
	if err != nil {
		tfkit.Report(&diags, tfkit.Failure{To: to, Err: err})
		return
	}
	timed, cancel := services.Clock.WithTimeout(ctx, readTimeout)
	defer cancel()

	keys, err := services.Keys.List(timed, lifecycle.ReadAge)
	if err != nil {
		tfkit.Report(&diags, tfkit.Failure{To: to, Err: err})
		return
	}
	stream.Results = results(ctx, req, keys, matches)
}

func results(ctx context.Context, req list.ListRequest, keys []lifecycle.Key, matches func(lifecycle.Key) bool) iter.Seq[list.ListResult] {
	return func(yield func(list.ListResult) bool) {
		var sent int64
		for _, key := range keys {
			if !matches(key) {
				continue
			}
			if sent == req.Limit || !yield(result(ctx, req, key)) {
				return
			}
			sent++
		}
	}
}

func result(ctx context.Context, req list.ListRequest, key lifecycle.Key) list.ListResult {
	m := imported(key)
	r := req.NewListResult(ctx)
	r.DisplayName = fmt.Sprintf("%s (%s)", nebula.CleanText(key.Name), nebula.CleanText(string(key.ID)))
	r.Diagnostics.Append(setIdentity(ctx, r.Identity, m)...)
	if req.IncludeResource {
		r.Diagnostics.Append(r.Resource.Set(ctx, m)...)
	}
	return r
}

// imported is a key as it is in state right after an import.
func imported(key lifecycle.Key) model {
	m := model{
		Keepers:       types.MapNull(types.StringType),
		AgeRecipients: types.ListNull(types.StringType),
		Timeouts: timeouts.Value{Object: types.ObjectNull(map[string]attr.Type{
			"create": types.StringType, "delete": types.StringType,
		})},
	}
	m.keep(tfkit.NoSecret())
	m.refresh(key)
	return m
}
