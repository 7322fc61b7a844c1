package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	tfjson "github.com/hashicorp/terraform-json"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/zclconf/go-cty/cty"
)

// marshal asks the server for everything that it offers and returns it as
// indented JSON, with the provider under the given name.
func marshal(ctx context.Context, name string, server tfprotov6.ProviderServer) ([]byte, error) {
	schemas, err := server.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		return nil, fmt.Errorf("schemas: %w", err)
	}
	identities, err := server.GetResourceIdentitySchemas(ctx, &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		return nil, fmt.Errorf("identity schemas: %w", err)
	}
	if err := firstError(append(schemas.Diagnostics, identities.Diagnostics...)); err != nil {
		return nil, err
	}

	var c converter
	provider := &tfjson.ProviderSchema{
		ConfigSchema:             c.schema(schemas.Provider),
		ResourceSchemas:          each(schemas.ResourceSchemas, c.schema),
		DataSourceSchemas:        each(schemas.DataSourceSchemas, c.schema),
		EphemeralResourceSchemas: each(schemas.EphemeralResourceSchemas, c.schema),
		ListResourceSchemas:      each(schemas.ListResourceSchemas, c.schema),
		ResourceIdentitySchemas:  each(identities.IdentitySchemas, c.identity),
		Functions:                each(schemas.Functions, c.function),
		ActionSchemas: each(schemas.ActionSchemas, func(action *tfprotov6.ActionSchema) *tfjson.ActionSchema {
			return &tfjson.ActionSchema{Block: c.block(action.Schema.Block)}
		}),
	}
	if c.err != nil {
		return nil, c.err
	}
	out, err := json.MarshalIndent(tfjson.ProviderSchemas{
		FormatVersion: "1.0",
		Schemas:       map[string]*tfjson.ProviderSchema{name: provider},
	}, "", "  ")
	return append(out, '\n'), err
}

func firstError(diagnostics []*tfprotov6.Diagnostic) error {
	for _, d := range diagnostics {
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			return errors.New(d.Summary + ": " + d.Detail)
		}
	}
	return nil
}

func each[From, To any](items map[string]From, convert func(From) To) map[string]To {
	out := make(map[string]To, len(items))
	for name, item := range items {
		out[name] = convert(item)
	}
	return out
}

// byName is each for things that know their own names.
func byName[From, To any](items []From, name func(From) string, convert func(From) To) map[string]To {
	out := make(map[string]To, len(items))
	for _, item := range items {
		out[name(item)] = convert(item)
	}
	return out
}

// converter turns what the protocol has into what the command line prints. It
// keeps its first error.
type converter struct {
	err error
}

func (c *converter) schema(s *tfprotov6.Schema) *tfjson.Schema {
	return &tfjson.Schema{Version: uint64(s.Version), Block: c.block(s.Block)} //nolint:gosec // versions are not negative
}

func (c *converter) block(b *tfprotov6.SchemaBlock) *tfjson.SchemaBlock {
	return &tfjson.SchemaBlock{
		Attributes:      c.attributes(b.Attributes),
		NestedBlocks:    byName(b.BlockTypes, func(n *tfprotov6.SchemaNestedBlock) string { return n.TypeName }, c.nestedBlock),
		Description:     b.Description,
		DescriptionKind: kind(b.DescriptionKind),
		Deprecated:      b.Deprecated,
	}
}

func (c *converter) nestedBlock(n *tfprotov6.SchemaNestedBlock) *tfjson.SchemaBlockType {
	return &tfjson.SchemaBlockType{
		NestingMode: nestingMode(n.Nesting),
		Block:       c.block(n.Block),
		MinItems:    uint64(n.MinItems), //nolint:gosec // a number of items
		MaxItems:    uint64(n.MaxItems), //nolint:gosec // a number of items
	}
}

func (c *converter) attributes(attributes []*tfprotov6.SchemaAttribute) map[string]*tfjson.SchemaAttribute {
	return byName(attributes, func(a *tfprotov6.SchemaAttribute) string { return a.Name }, c.attribute)
}

func (c *converter) attribute(a *tfprotov6.SchemaAttribute) *tfjson.SchemaAttribute {
	out := &tfjson.SchemaAttribute{
		Description:     a.Description,
		DescriptionKind: kind(a.DescriptionKind),
		Deprecated:      a.Deprecated,
		Required:        a.Required,
		Optional:        a.Optional,
		Computed:        a.Computed,
		Sensitive:       a.Sensitive,
		WriteOnly:       a.WriteOnly,
	}
	if a.NestedType == nil {
		out.AttributeType = c.typ(a.Type)
		return out
	}
	out.AttributeNestedType = &tfjson.SchemaNestedAttributeType{
		Attributes:  c.attributes(a.NestedType.Attributes),
		NestingMode: nestingMode(a.NestedType.Nesting),
	}
	return out
}

func (c *converter) identity(s *tfprotov6.ResourceIdentitySchema) *tfjson.IdentitySchema {
	return &tfjson.IdentitySchema{
		Version: uint64(s.Version), //nolint:gosec // versions are not negative
		Attributes: byName(s.IdentityAttributes, func(a *tfprotov6.ResourceIdentitySchemaAttribute) string { return a.Name },
			func(a *tfprotov6.ResourceIdentitySchemaAttribute) *tfjson.IdentityAttribute {
				return &tfjson.IdentityAttribute{
					IdentityType:      c.typ(a.Type),
					Description:       a.Description,
					RequiredForImport: a.RequiredForImport,
					OptionalForImport: a.OptionalForImport,
				}
			}),
	}
}

func (c *converter) function(f *tfprotov6.Function) *tfjson.FunctionSignature {
	out := &tfjson.FunctionSignature{
		Description:        f.Description,
		Summary:            f.Summary,
		DeprecationMessage: f.DeprecationMessage,
		ReturnType:         c.typ(f.Return.Type),
	}
	for _, p := range f.Parameters {
		out.Parameters = append(out.Parameters, c.parameter(p))
	}
	if f.VariadicParameter != nil {
		out.VariadicParameter = c.parameter(f.VariadicParameter)
	}
	return out
}

func (c *converter) parameter(p *tfprotov6.FunctionParameter) *tfjson.FunctionParameter {
	return &tfjson.FunctionParameter{Name: p.Name, Description: p.Description, IsNullable: p.AllowNullValue, Type: c.typ(p.Type)}
}

// typ goes through JSON, which the two libraries write alike.
func (c *converter) typ(t tftypes.Type) cty.Type {
	text, err := json.Marshal(t)
	var out cty.Type
	if err == nil {
		err = json.Unmarshal(text, &out)
	}
	if err != nil && c.err == nil {
		c.err = fmt.Errorf("type %s: %w", t, err)
	}
	return out
}

// nestingMode is that of a block or of an attribute, which have the same names.
func nestingMode(mode fmt.Stringer) tfjson.SchemaNestingMode {
	return tfjson.SchemaNestingMode(strings.ToLower(mode.String()))
}

func kind(k tfprotov6.StringKind) tfjson.SchemaDescriptionKind {
	if k == tfprotov6.StringKindMarkdown {
		return tfjson.SchemaDescriptionKindMarkdown
	}
	return tfjson.SchemaDescriptionKindPlain
}
