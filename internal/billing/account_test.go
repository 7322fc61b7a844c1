package billing

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

func text(n types.Number) string {
	if n.IsNull() {
		return "null"
	}
	return n.ValueBigFloat().Text('f', -1)
}

func TestAccount(t *testing.T) {
	t.Parallel()
	machine := func(status, price, kind string) nebula.Instance {
		return nebula.Instance{ID: "1", Status: nebula.Text(status), PricePerHour: nebula.Number(price), Kind: nebula.Number(kind)}
	}
	for name, test := range map[string]struct {
		balance  string
		machines []nebula.Instance
		want     [3]string
	}{
		"nothing runs":                   {"1228.55600", nil, [3]string{"1228.556", "0", "null"}},
		"binary fractions cannot say it": {"0.3", []nebula.Instance{machine("Running", "0.1", "0"), machine("running", "0.2", "")}, [3]string{"0.3", "0.3", "1"}},
		"stopped and unknown count":      {"10", []nebula.Instance{machine("SHUT OFF", "0.697", ""), machine("Frobnicating", "2.627", "")}, [3]string{"10", "3.324", "3"}},
		"reserved, going and gone do not count": {"10", []nebula.Instance{machine("Running", "14.4", "1"), machine("Deleting", "1", ""), machine("Deleted", "1", ""), machine("Booked", "1", "")},
			[3]string{"10", "0", "null"}},
		"one decimal":      {"1", []nebula.Instance{machine("Running", "0.3", "")}, [3]string{"1", "0.3", "3.3"}},
		"no credit":        {"-5.25", []nebula.Instance{machine("Running", "1", "")}, [3]string{"-5.25", "1", "0"}},
		"no price is none": {"5", []nebula.Instance{machine("Running", "", "")}, [3]string{"5", "0", "null"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := account(nebula.Credits{AvailableBalance: nebula.Number(test.balance)}, test.machines)
			if got := [3]string{text(m.AvailableBalance), text(m.TotalPricePerHour), text(m.HoursLeft)}; got != test.want {
				t.Errorf("balance, price, hours = %v, want %v", got, test.want)
			}
		})
	}
}
