package tfkit

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// Plural is a data source of many objects. M is its model.
type Plural[M any] struct {
	DataSource

	// To says what it does, verb and things: "list volumes".
	To string
	// Contents is the schema, and Fill fills the model in. What Fill does not
	// report itself, it returns.
	Contents func() schema.Schema
	Fill     func(m *M, ctx context.Context, op *Operation) error
}

var _ datasource.DataSourceWithConfigure = (*Plural[struct{}])(nil)

// Schema describes the data source.
func (p *Plural[M]) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = p.Contents()
}

// Read lists the objects. The state gets them unless something was reported.
func (p *Plural[M]) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var m M
	p.Run(ctx, Looking(p.To, &m, req, resp), func(ctx context.Context, op *Operation) {
		if err := p.Fill(&m, ctx, op); err != nil {
			op.Fail(Failure{Err: err})
		}
		if !op.Failed() {
			op.Save(ctx, &m)
		}
	})
}

// Rows makes models of the rows of a list. None are an empty list, never null.
func Rows[Row, Model any](rows []Row, model func(Row) Model) []Model {
	models := make([]Model, len(rows))
	for i, row := range rows {
		models[i] = model(row)
	}
	return models
}

// NameRegexAttribute is the argument name_regex.
func NameRegexAttribute() schema.Attribute {
	return schema.StringAttribute{MarkdownDescription: NameRegexDescription, Optional: true, Validators: []validator.String{Regexp()}}
}

// RowsAttribute is a list of objects, each with these attributes.
func RowsAttribute(description string, attributes map[string]schema.Attribute) schema.Attribute {
	return schema.ListNestedAttribute{MarkdownDescription: description, Computed: true, NestedObject: schema.NestedAttributeObject{Attributes: attributes}}
}

// IDsAttribute is the list of the ids of the objects that another attribute
// lists.
func IDsAttribute(things, attribute string) schema.Attribute {
	return schema.ListAttribute{MarkdownDescription: "Identifiers of the " + things + " in `" + attribute + "`, in the same order.", ElementType: types.StringType, Computed: true}
}
