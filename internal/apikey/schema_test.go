package apikey

import (
	"context"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/listplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/mapplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Only the first keepers or recipients of a key that Terraform did not make
// are recorded without replacing it.
func TestReplaceUnlessFirst(t *testing.T) {
	t.Parallel()
	var described resource.SchemaResponse
	(&keyResource{}).Schema(context.Background(), resource.SchemaRequest{}, &described)
	if described.Diagnostics.HasError() {
		t.Fatal(described.Diagnostics)
	}
	stateWith := func(fingerprint any) tfsdk.State {
		kind := described.Schema.Type().TerraformType(context.Background()).(tftypes.Object)
		values := map[string]tftypes.Value{}
		for name, attribute := range kind.AttributeTypes {
			values[name] = tftypes.NewValue(attribute, nil)
		}
		values["fingerprint"] = tftypes.NewValue(tftypes.String, fingerprint)
		return tfsdk.State{Schema: described.Schema, Raw: tftypes.NewValue(kind, values)}
	}
	for name, test := range map[string]struct {
		fingerprint any
		had         bool
		replace     bool
	}{
		"made, first value":      {"f00", false, true},
		"made, another value":    {"f00", true, true},
		"imported, first value":  {nil, false, false},
		"imported, second value": {nil, true, true},
	} {
		keepers, recipients := types.MapNull(types.StringType), types.ListNull(types.StringType)
		if test.had {
			keepers = types.MapValueMust(types.StringType, map[string]attr.Value{"a": text("1")})
			recipients = types.ListValueMust(types.StringType, []attr.Value{text("age1")})
		}
		var m mapplanmodifier.RequiresReplaceIfFuncResponse
		replaceUnlessFirstMap(context.Background(), planmodifier.MapRequest{State: stateWith(test.fingerprint), StateValue: keepers}, &m)
		if m.RequiresReplace != test.replace || m.Diagnostics.HasError() {
			t.Errorf("%s: keepers: replace %t, want %t; %v", name, m.RequiresReplace, test.replace, m.Diagnostics)
		}
		var l listplanmodifier.RequiresReplaceIfFuncResponse
		replaceUnlessFirstList(context.Background(), planmodifier.ListRequest{State: stateWith(test.fingerprint), StateValue: recipients}, &l)
		if l.RequiresReplace != test.replace || l.Diagnostics.HasError() {
			t.Errorf("%s: recipients: replace %t, want %t; %v", name, l.RequiresReplace, test.replace, l.Diagnostics)
		}
	}
}
