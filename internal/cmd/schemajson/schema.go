package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// object is a JSON object. Its zero values are left out by set, as the format
// wants them.
type object map[string]any

// set adds a value unless it is empty: false, 0, "", nil or an object without
// members.
func (o object) set(name string, value any) {
	switch value := value.(type) {
	case bool:
		if !value {
			return
		}
	case int64:
		if value == 0 {
			return
		}
	case string:
		if value == "" {
			return
		}
	case object:
		if len(value) == 0 {
			return
		}
	}
	o[name] = value
}

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

	provider := object{"provider": schemaJSON(schemas.Provider)}
	provider.set("resource_schemas", each(schemas.ResourceSchemas, schemaJSON))
	provider.set("data_source_schemas", each(schemas.DataSourceSchemas, schemaJSON))
	provider.set("ephemeral_resource_schemas", each(schemas.EphemeralResourceSchemas, schemaJSON))
	provider.set("list_resource_schemas", each(schemas.ListResourceSchemas, schemaJSON))
	provider.set("resource_identity_schemas", each(identities.IdentitySchemas, identityJSON))
	provider.set("functions", each(schemas.Functions, functionJSON))
	provider.set("action_schemas", each(schemas.ActionSchemas, func(action *tfprotov6.ActionSchema) object {
		return object{"block": blockJSON(action.Schema.Block)}
	}))

	out, err := json.MarshalIndent(object{
		"format_version":   "1.0",
		"provider_schemas": object{name: provider},
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

func each[T any](items map[string]T, convert func(T) object) object {
	out := object{}
	for name, item := range items {
		out[name] = convert(item)
	}
	return out
}

func schemaJSON(s *tfprotov6.Schema) object {
	return object{"version": s.Version, "block": blockJSON(s.Block)}
}

func blockJSON(b *tfprotov6.SchemaBlock) object {
	blocks := object{}
	for _, nested := range b.BlockTypes {
		block := object{"nesting_mode": strings.ToLower(nested.Nesting.String()), "block": blockJSON(nested.Block)}
		block.set("min_items", nested.MinItems)
		block.set("max_items", nested.MaxItems)
		blocks[nested.TypeName] = block
	}
	out := object{"description_kind": kindJSON(b.DescriptionKind)}
	out.set("attributes", attributesJSON(b.Attributes))
	out.set("block_types", blocks)
	out.set("description", b.Description)
	out.set("deprecated", b.Deprecated)
	out.set("deprecation_message", b.DeprecationMessage)
	return out
}

func attributesJSON(attributes []*tfprotov6.SchemaAttribute) object {
	out := object{}
	for _, a := range attributes {
		attribute := object{"description_kind": kindJSON(a.DescriptionKind)}
		if a.NestedType != nil {
			attribute["nested_type"] = object{
				"attributes":   attributesJSON(a.NestedType.Attributes),
				"nesting_mode": strings.ToLower(a.NestedType.Nesting.String()),
			}
		} else {
			attribute["type"] = a.Type
		}
		attribute.set("description", a.Description)
		attribute.set("required", a.Required)
		attribute.set("optional", a.Optional)
		attribute.set("computed", a.Computed)
		attribute.set("sensitive", a.Sensitive)
		attribute.set("write_only", a.WriteOnly)
		attribute.set("deprecated", a.Deprecated)
		attribute.set("deprecation_message", a.DeprecationMessage)
		out[a.Name] = attribute
	}
	return out
}

func identityJSON(s *tfprotov6.ResourceIdentitySchema) object {
	attributes := object{}
	for _, a := range s.IdentityAttributes {
		attribute := object{"type": a.Type}
		attribute.set("description", a.Description)
		attribute.set("required_for_import", a.RequiredForImport)
		attribute.set("optional_for_import", a.OptionalForImport)
		attributes[a.Name] = attribute
	}
	out := object{"version": s.Version}
	out.set("attributes", attributes)
	return out
}

func functionJSON(f *tfprotov6.Function) object {
	out := object{"return_type": f.Return.Type}
	out.set("summary", f.Summary)
	out.set("description", f.Description)
	out.set("deprecation_message", f.DeprecationMessage)
	if len(f.Parameters) > 0 {
		parameters := make([]object, 0, len(f.Parameters))
		for _, p := range f.Parameters {
			parameters = append(parameters, parameterJSON(p))
		}
		out["parameters"] = parameters
	}
	if f.VariadicParameter != nil {
		out["variadic_parameter"] = parameterJSON(f.VariadicParameter)
	}
	return out
}

func parameterJSON(p *tfprotov6.FunctionParameter) object {
	out := object{"type": p.Type}
	out.set("name", p.Name)
	out.set("description", p.Description)
	out.set("is_nullable", p.AllowNullValue)
	return out
}

func kindJSON(k tfprotov6.StringKind) string {
	if k == tfprotov6.StringKindMarkdown {
		return "markdown"
	}
	return "plain"
}
