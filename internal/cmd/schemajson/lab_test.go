package main

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/action"
	actionschema "github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	datasourceschema "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	ephemeralschema "github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/list"
	listschema "github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	providerschema "github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// lab is a provider that has one of everything that a schema can hold and does
// nothing.
type lab struct{}

var (
	_ provider.ProviderWithEphemeralResources = lab{}
	_ provider.ProviderWithListResources      = lab{}
	_ provider.ProviderWithActions            = lab{}
	_ provider.ProviderWithFunctions          = lab{}
	_ resource.ResourceWithIdentity           = labResource{}
)

func (lab) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "lab"
}

func (lab) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = providerschema.Schema{
		MarkdownDescription: "The *lab*.",
		Attributes: map[string]providerschema.Attribute{
			"token": providerschema.StringAttribute{Optional: true, Sensitive: true},
		},
	}
}

func (lab) Configure(context.Context, provider.ConfigureRequest, *provider.ConfigureResponse) {}

func (lab) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{func() resource.Resource { return labResource{} }}
}

func (lab) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{func() datasource.DataSource { return labDataSource{} }}
}

func (lab) EphemeralResources(context.Context) []func() ephemeral.EphemeralResource {
	return []func() ephemeral.EphemeralResource{func() ephemeral.EphemeralResource { return labEphemeral{} }}
}

func (lab) ListResources(context.Context) []func() list.ListResource {
	return []func() list.ListResource{func() list.ListResource { return labList{} }}
}

func (lab) Actions(context.Context) []func() action.Action {
	return []func() action.Action{func() action.Action { return labAction{} }}
}

func (lab) Functions(context.Context) []func() function.Function {
	return []func() function.Function{func() function.Function { return labFunction{} }}
}

type labResource struct{}

func (labResource) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = "lab_thing"
}

func (labResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		Version:             3,
		MarkdownDescription: "A `thing` with <b>odd</b> text & quotes \".",
		DeprecationMessage:  "Use another.",
		Attributes: map[string]schema.Attribute{
			"id":      schema.StringAttribute{Computed: true, Description: "Plain."},
			"size":    schema.NumberAttribute{Required: true},
			"flag":    schema.BoolAttribute{Optional: true, Computed: true, DeprecationMessage: "Gone soon."},
			"secret":  schema.StringAttribute{Optional: true, WriteOnly: true, MarkdownDescription: "Write-only."},
			"names":   schema.ListAttribute{Optional: true, ElementType: types.StringType},
			"tags":    schema.MapAttribute{Optional: true, ElementType: types.SetType{ElemType: types.BoolType}},
			"any":     schema.DynamicAttribute{Optional: true},
			"shape":   schema.ObjectAttribute{Optional: true, AttributeTypes: map[string]attr.Type{"x": types.NumberType}},
			"nested":  schema.SingleNestedAttribute{Optional: true, Attributes: labNested()},
			"nesteds": schema.SetNestedAttribute{Optional: true, NestedObject: schema.NestedAttributeObject{Attributes: labNested()}},
		},
		Blocks: map[string]schema.Block{
			"timeouts": schema.SingleNestedBlock{Attributes: labNested()},
			"rule": schema.ListNestedBlock{
				MarkdownDescription: "A rule.",
				NestedObject:        schema.NestedBlockObject{Attributes: labNested()},
			},
		},
	}
}

func labNested() map[string]schema.Attribute {
	return map[string]schema.Attribute{"create": schema.StringAttribute{Optional: true}}
}

func (labResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{
		Version: 1,
		Attributes: map[string]identityschema.Attribute{
			"id":     identityschema.StringAttribute{RequiredForImport: true, Description: "Its id."},
			"region": identityschema.StringAttribute{OptionalForImport: true},
		},
	}
}

func (labResource) Create(context.Context, resource.CreateRequest, *resource.CreateResponse) {}
func (labResource) Read(context.Context, resource.ReadRequest, *resource.ReadResponse)       {}
func (labResource) Update(context.Context, resource.UpdateRequest, *resource.UpdateResponse) {}
func (labResource) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {}

type labDataSource struct{}

func (labDataSource) Metadata(_ context.Context, _ datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = "lab_thing"
}

func (labDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = datasourceschema.Schema{Attributes: map[string]datasourceschema.Attribute{
		"id": datasourceschema.StringAttribute{Required: true},
	}}
}

func (labDataSource) Read(context.Context, datasource.ReadRequest, *datasource.ReadResponse) {}

type labEphemeral struct{}

func (labEphemeral) Metadata(_ context.Context, _ ephemeral.MetadataRequest, resp *ephemeral.MetadataResponse) {
	resp.TypeName = "lab_secret"
}

func (labEphemeral) Schema(_ context.Context, _ ephemeral.SchemaRequest, resp *ephemeral.SchemaResponse) {
	resp.Schema = ephemeralschema.Schema{Attributes: map[string]ephemeralschema.Attribute{
		"value": ephemeralschema.StringAttribute{Computed: true, Sensitive: true},
	}}
}

func (labEphemeral) Open(context.Context, ephemeral.OpenRequest, *ephemeral.OpenResponse) {}

type labList struct{}

func (labList) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = "lab_thing"
}

func (labList) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = listschema.Schema{Attributes: map[string]listschema.Attribute{
		"name_regex": listschema.StringAttribute{Optional: true, MarkdownDescription: "Filter."},
	}}
}

func (labList) List(context.Context, list.ListRequest, *list.ListResultsStream) {}

type labAction struct{}

func (labAction) Metadata(_ context.Context, _ action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = "lab_thing_stop"
}

func (labAction) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = actionschema.Schema{
		MarkdownDescription: "Stop it.",
		Attributes:          map[string]actionschema.Attribute{"id": actionschema.StringAttribute{Required: true}},
	}
}

func (labAction) Invoke(context.Context, action.InvokeRequest, *action.InvokeResponse) {}

type labFunction struct{}

func (labFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "join"
}

func (labFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary:             "Joins.",
		MarkdownDescription: "Joins *all*.",
		DeprecationMessage:  "Use the built-in one.",
		Parameters:          []function.Parameter{function.StringParameter{Name: "separator", MarkdownDescription: "Between.", AllowNullValue: true}},
		VariadicParameter:   function.ListParameter{Name: "lists", ElementType: types.StringType},
		Return:              function.StringReturn{},
	}
}

func (labFunction) Run(context.Context, function.RunRequest, *function.RunResponse) {}
