// Package inferencemodel offers the data source nebula_models: what the
// inference API serves.
package inferencemodel

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/listing"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// NewDataSource is the data source nebula_models.
func NewDataSource() datasource.DataSource {
	return &tfkit.Plural[modelsModel]{DataSource: tfkit.DataSource{Type: "models"}, To: "list models",
		Contents: modelsSchema, Fill: (*modelsModel).fill}
}

type modelsModel struct {
	Type      types.String  `tfsdk:"type"`
	NameRegex types.String  `tfsdk:"name_regex"`
	Models    []listedModel `tfsdk:"models"`
}

type listedModel struct {
	Name                types.String `tfsdk:"name"`
	Alias               types.String `tfsdk:"alias"`
	Type                types.String `tfsdk:"type"`
	ContextLength       types.Int64  `tfsdk:"context_length"`
	MaxCompletionTokens types.Int64  `tfsdk:"max_completion_tokens"`
	Description         types.String `tfsdk:"description"`
	Price               types.Number `tfsdk:"price"`
	HuggingFaceURL      types.String `tfsdk:"huggingface_url"`
}

func listed(m nebula.InferenceModel) listedModel {
	return listedModel{
		Name: types.StringValue(string(m.Name)), Alias: types.StringValue(string(m.Alias)), Type: types.StringValue(string(m.Type)),
		ContextLength: tfkit.Whole(m.ContextLength), MaxCompletionTokens: tfkit.Whole(m.MaxCompletionTokens),
		Description: types.StringValue(string(m.Description)), Price: tfkit.Decimal(m.Price),
		HuggingFaceURL: tfkit.StringOrNull(string(m.HuggingFaceURL)),
	}
}

func modelsSchema() schema.Schema {
	return schema.Schema{
		MarkdownDescription: "Lists the models that the inference API (`https://inference.nebulablock.com/v1`, OpenAI compatible) serves.\n\n" +
			"All data sources of a run share one list, which is at most 5 minutes old.",
		Attributes: map[string]schema.Attribute{
			"type": schema.StringAttribute{
				MarkdownDescription: "Type that the models must have, such as `Text`, `Image` or `Embedding`; case does not matter.",
				Optional:            true,
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
			},
			"name_regex": schema.StringAttribute{
				MarkdownDescription: "Regular expression ([RE2 syntax](https://github.com/google/re2/wiki/Syntax)) that the name or the alias must match somewhere; use `^` and `$` to match all of it.",
				Optional:            true,
				Validators:          []validator.String{tfkit.Regexp()},
			},
			"models": tfkit.RowsAttribute("The models that pass the filters, in the order of the API.", map[string]schema.Attribute{
				"name":                  schema.StringAttribute{MarkdownDescription: "Name by which requests to the inference API name the model.", Computed: true},
				"alias":                 schema.StringAttribute{MarkdownDescription: "Name for people.", Computed: true},
				"type":                  schema.StringAttribute{MarkdownDescription: "Type of the model, such as `Text`.", Computed: true},
				"context_length":        schema.Int64Attribute{MarkdownDescription: "Most tokens that a request and its answer can have together. It is null where the API does not say, as for image models.", Computed: true},
				"max_completion_tokens": schema.Int64Attribute{MarkdownDescription: "Most tokens that an answer can have.", Computed: true},
				"description":           schema.StringAttribute{MarkdownDescription: "The vendor's description.", Computed: true},
				"price":                 schema.NumberAttribute{MarkdownDescription: "Price in US dollars as the API has it. The API does not say for how much: see the vendor's price list before you compute with it. 0 is seen for models that are free of charge.", Computed: true},
				"huggingface_url":       schema.StringAttribute{MarkdownDescription: "Page of the model at Hugging Face; null where there is none.", Computed: true},
			}),
		},
	}
}

// fill lists the models that pass the filters.
func (m *modelsModel) fill(ctx context.Context, op *tfkit.Operation) error {
	all, err := models(op.Services).ForRead().All(ctx)
	byName := tfkit.NameMatches(op, m.NameRegex, func(m nebula.InferenceModel) string { return string(m.Name) })
	byAlias := tfkit.NameMatches(op, m.NameRegex, func(m nebula.InferenceModel) string { return string(m.Alias) })
	m.Models = []listedModel{}
	for _, model := range all {
		if (byName(model) || byAlias(model)) && (m.Type.IsNull() || strings.EqualFold(m.Type.ValueString(), string(model.Type))) {
			m.Models = append(m.Models, listed(model))
		}
	}
	return err
}

// models is the list that all operations of a configured provider share.
func models(s *tfkit.Services) *listing.List[nebula.InferenceModel] {
	return tfkit.SharedList(s, listing.Options[nebula.InferenceModel]{
		Steady: true,
		Words:  listing.Words{One: "model", Many: "models"},
		ID:     func(m nebula.InferenceModel) nebula.ID { return nebula.ID(m.Name) },
		Fetch:  listing.From("/serverless/models", s.Client.ListModels),
	})
}
