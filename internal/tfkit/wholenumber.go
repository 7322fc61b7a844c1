package tfkit

import (
	"context"
	"math/big"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// WholeNumber is the type of an Int64 argument. Of a fraction the framework's own
// type says "This is always an error in the provider", because it converts a
// value before it validates it. This type converts it into an unknown value, and
// then Validate says what is wrong.
type WholeNumber struct{ basetypes.Int64Type }

// Equal reports whether the other type is this one or the framework's own: the
// values of both are the same.
func (w WholeNumber) Equal(other attr.Type) bool {
	_, ok := other.(WholeNumber)
	return ok || w.Int64Type.Equal(other)
}

// String names the type in the framework's messages.
func (WholeNumber) String() string { return "tfkit.WholeNumber" }

// ValueFromTerraform is the number that Terraform gives. It has no error for a
// number.
func (w WholeNumber) ValueFromTerraform(ctx context.Context, in tftypes.Value) (attr.Value, error) {
	if _, bad := notWhole(in); bad {
		return types.Int64Unknown(), nil
	}
	return w.Int64Type.ValueFromTerraform(ctx, in)
}

// notWhole is a known number that an Int64 cannot hold.
func notWhole(in tftypes.Value) (number *big.Float, bad bool) {
	number = new(big.Float)
	if !in.IsKnown() || in.IsNull() || in.As(&number) != nil {
		return nil, false
	}
	_, accuracy := number.Int64()
	return number, accuracy != big.Exact
}

// Validate reports a number that the type cannot hold. The framework asks it
// whenever it reads the argument.
func (WholeNumber) Validate(_ context.Context, in tftypes.Value, at path.Path) diag.Diagnostics {
	number, bad := notWhole(in)
	if !bad {
		return nil
	}
	m := Message{Title: "Invalid number", Attribute: at, What: number.Text('g', 10) + " is not a whole number.", Next: "Give a number without a fraction."}
	if number.IsInt() {
		m.What, m.Next = number.Text('g', 10)+" is out of range.", "Give a number that is closer to zero."
	}
	return diag.Diagnostics{m.Error()}
}
