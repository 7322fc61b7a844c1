package tfkit_test

import (
	"math/big"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// A number that is none for this argument is reported in plain words, and on the
// argument.
func TestWholeNumber(t *testing.T) {
	t.Parallel()
	huge, _ := new(big.Float).SetString("1e30")
	for name, test := range map[string]struct {
		given any
		value types.Int64
		want  string
	}{
		"whole":      {big.NewFloat(3), types.Int64Value(3), ""},
		"negative":   {big.NewFloat(-3), types.Int64Value(-3), ""},
		"null":       {nil, types.Int64Null(), ""},
		"unknown":    {tftypes.UnknownValue, types.Int64Unknown(), ""},
		"a fraction": {big.NewFloat(1.5), types.Int64{}, "1.5 is not a whole number.\n\nNext: Give a number without a fraction."},
		"huge":       {huge, types.Int64{}, "1e+30 is out of range.\n\nNext: Give a number that is closer to zero."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			kind := tftypes.Object{AttributeTypes: map[string]tftypes.Type{"n": tftypes.Number}}
			config := tfsdk.Config{
				Raw:    tftypes.NewValue(kind, map[string]tftypes.Value{"n": tftypes.NewValue(tftypes.Number, test.given)}),
				Schema: schema.Schema{Attributes: map[string]schema.Attribute{"n": schema.Int64Attribute{Optional: true, CustomType: tfkit.WholeNumber{}}}},
			}
			var value types.Int64
			diags := config.GetAttribute(t.Context(), path.Root("n"), &value)
			switch {
			case test.want == "" && (len(diags) > 0 || !value.Equal(test.value)):
				t.Errorf("%v, %v", value, diags)
			case test.want != "" && (len(diags) != 1 || diags[0].Detail() != test.want):
				t.Errorf("%v, want %q", diags, test.want)
			}
		})
	}
}
