package tfkit

import (
	"math/big"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

// precision is that of Terraform's own numbers, in bits.
const precision = 512

// Decimal is a number with the digits of the API's text: 2.627 stays 2.627,
// which binary floating point cannot hold. It is null where the API says
// nothing.
func Decimal(n nebula.Number) types.Number {
	f, _, err := big.ParseFloat(string(n), 10, precision, big.ToNearestEven)
	if err != nil {
		return types.NumberNull()
	}
	return types.NumberValue(f)
}

// Whole is a whole number; null where the API says nothing, or something else.
func Whole(n nebula.Number) types.Int64 {
	i, ok := n.Int()
	if !ok {
		return types.Int64Null()
	}
	return types.Int64Value(i)
}
