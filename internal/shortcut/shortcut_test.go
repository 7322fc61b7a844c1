package shortcut_test

import (
	"context"
	"maps"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/nebulablock/terraform-provider-nebula/internal/shortcut"
)

// thing is a resource with these attributes and blocks besides its name.
type thing struct {
	resource.ResourceWithIdentity

	attributes map[string]schema.Attribute
	blocks     map[string]schema.Block
}

func (r thing) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema.Attributes = map[string]schema.Attribute{"name": schema.StringAttribute{Required: true}}
	maps.Copy(resp.Schema.Attributes, r.attributes)
	resp.Schema.Blocks = r.blocks
}

func (thing) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema.Attributes = map[string]identityschema.Attribute{"name": identityschema.StringAttribute{RequiredForImport: true}}
}

// framework answers by a warning, so that its answers are known from others.
type framework struct {
	tfprotov6.ProviderServer
	tfprotov6.ListResourceServer
	tfprotov6.ActionServer
}

const asked = "the framework was asked"

func (framework) ValidateResourceConfig(context.Context, *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	return &tfprotov6.ValidateResourceConfigResponse{Diagnostics: []*tfprotov6.Diagnostic{{Summary: asked}}}, nil
}

func TestWhoDeclinesLeavesTheAnswerToTheFramework(t *testing.T) {
	t.Parallel()
	object := tftypes.Object{AttributeTypes: map[string]tftypes.Type{"name": tftypes.String}}
	config := func(name any) *tfprotov6.DynamicValue {
		encoded, err := tfprotov6.NewDynamicValue(object, tftypes.NewValue(object, map[string]tftypes.Value{"name": tftypes.NewValue(tftypes.String, name)}))
		if err != nil {
			t.Fatal(err)
		}
		return &encoded
	}
	valid := func(config shortcut.Object) bool {
		if config.IsUnknown("name") {
			panic("CANARY")
		}
		name, ok := config.Text("name")
		return ok && name == "good"
	}
	server := shortcut.Server(framework{}, map[string]shortcut.Resource{"known": shortcut.New(thing{}, shortcut.Rules{Valid: valid})})
	for name, test := range map[string]struct {
		resourceType string
		config       *tfprotov6.DynamicValue
		asked        bool
	}{
		"plain":         {"known", config("good"), false},
		"declined":      {"known", config("bad"), true},
		"null":          {"known", config(nil), true},
		"a panic":       {"known", config(tftypes.UnknownValue), true},
		"no value":      {"known", nil, true},
		"not decodable": {"known", &tfprotov6.DynamicValue{MsgPack: []byte{0xc1}}, true},
		"other type":    {"other", config("good"), true},
	} {
		resp, err := server.ValidateResourceConfig(t.Context(), &tfprotov6.ValidateResourceConfigRequest{TypeName: test.resourceType, Config: test.config})
		if err != nil || (len(resp.Diagnostics) == 1) != test.asked {
			t.Errorf("%s: %v, %v", name, resp, err)
		}
	}
}

// What rules cannot fit is refused when the provider starts, not answered
// wrongly later.
func TestUnfitResourcesAreRefused(t *testing.T) {
	t.Parallel()
	made := map[string]schema.Attribute{"made": schema.StringAttribute{Computed: true}}
	with := func(attribute schema.Attribute) thing {
		return thing{attributes: map[string]schema.Attribute{"odd": attribute}}
	}
	for name, unfit := range map[string]resource.ResourceWithIdentity{
		"computed list":     with(schema.ListAttribute{Computed: true, ElementType: types.StringType}),
		"write-only":        with(schema.StringAttribute{Optional: true, WriteOnly: true}),
		"nested":            with(schema.SingleNestedAttribute{Optional: true, Attributes: made}),
		"custom type":       with(schema.StringAttribute{Optional: true, CustomType: timetypes.RFC3339Type{}}),
		"computed in block": thing{blocks: map[string]schema.Block{"odd": schema.SingleNestedBlock{Attributes: made}}},
		"modifies its plan": modifying{},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: accepted", name)
				}
			}()
			shortcut.New(unfit, shortcut.Rules{})
		}()
	}
}

type modifying struct{ thing }

func (modifying) ModifyPlan(context.Context, resource.ModifyPlanRequest, *resource.ModifyPlanResponse) {
}
