package provider_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Of a fraction where a whole number is due, people are told in plain words. The
// framework's own type calls it an error in the provider.
func TestFractionsAreNoDefectOfTheProvider(t *testing.T) {
	t.Parallel()
	server, all := serve(t, nil), schemas(t)
	check := func(name string, schema *tfprotov6.Schema, validate func(*tfprotov6.DynamicValue) []*tfprotov6.Diagnostic) {
		for _, a := range schema.Block.Attributes {
			if !(a.Optional || a.Required) || a.Type == nil || !a.Type.Is(tftypes.Number) {
				continue
			}
			for _, d := range validate(only(t, schema, a.Name, 1.5)) {
				if strings.Contains(d.Detail, "error in the provider") {
					t.Errorf("%s, %s: %s: %s", name, a.Name, d.Summary, d.Detail)
				}
			}
		}
	}
	check("provider", all.Provider, func(config *tfprotov6.DynamicValue) []*tfprotov6.Diagnostic {
		got, err := server.ValidateProviderConfig(t.Context(), &tfprotov6.ValidateProviderConfigRequest{Config: config})
		if err != nil {
			t.Fatal(err)
		}
		return got.Diagnostics
	})
	for name, schema := range all.DataSourceSchemas {
		check(name, schema, func(config *tfprotov6.DynamicValue) []*tfprotov6.Diagnostic {
			got, err := server.ValidateDataResourceConfig(t.Context(), &tfprotov6.ValidateDataResourceConfigRequest{TypeName: name, Config: config})
			if err != nil {
				t.Fatal(err)
			}
			return got.Diagnostics
		})
	}
	for name, schema := range all.ResourceSchemas {
		check(name, schema, func(config *tfprotov6.DynamicValue) []*tfprotov6.Diagnostic {
			got, err := server.ValidateResourceConfig(t.Context(), &tfprotov6.ValidateResourceConfigRequest{TypeName: name, Config: config})
			if err != nil {
				t.Fatal(err)
			}
			return got.Diagnostics
		})
	}
}

// only is a configuration with one argument.
func only(t *testing.T, schema *tfprotov6.Schema, argument string, value any) *tfprotov6.DynamicValue {
	t.Helper()
	kind, ok := schema.ValueType().(tftypes.Object)
	if !ok {
		t.Fatalf("%T", schema.ValueType())
	}
	values := map[string]tftypes.Value{}
	for name, attribute := range kind.AttributeTypes {
		values[name] = tftypes.NewValue(attribute, nil)
	}
	values[argument] = tftypes.NewValue(tftypes.Number, value)
	config, err := tfprotov6.NewDynamicValue(kind, tftypes.NewValue(kind, values))
	if err != nil {
		t.Fatal(err)
	}
	return &config
}
