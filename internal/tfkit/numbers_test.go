package tfkit_test

import (
	"testing"

	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// Money keeps the digits of the API's text, however many there are.
func TestDecimalKeepsItsDigits(t *testing.T) {
	t.Parallel()
	for _, text := range []nebula.Number{"2.627", "0.1", "12345678901234567890.12345678901234567890", "-3", "0"} {
		got := tfkit.Decimal(text)
		if got.IsNull() || got.ValueBigFloat().Text('f', len(text)-1-len(integer(text))) != string(text) && got.ValueBigFloat().Text('f', 0) != string(text) {
			t.Errorf("%s becomes %s", text, got)
		}
	}
	for _, text := range []nebula.Number{"", "much", "$3"} {
		if got := tfkit.Decimal(text); !got.IsNull() {
			t.Errorf("%q becomes %s", text, got)
		}
	}
}

// integer is the part before the point.
func integer(n nebula.Number) string {
	for i, c := range n {
		if c == '.' {
			return string(n[:i])
		}
	}
	return string(n)
}
