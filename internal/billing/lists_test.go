package billing_test

import (
	"fmt"
	"math/big"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

// rows are the elements of a list of objects.
func rows(t *testing.T, o rehearsal.Object, name string) []map[string]tftypes.Value {
	t.Helper()
	var elements []tftypes.Value
	if err := o[name].As(&elements); err != nil {
		t.Fatal(err)
	}
	all := make([]map[string]tftypes.Value, len(elements))
	for i, element := range elements {
		if err := element.As(&all[i]); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

func digits(t *testing.T, v tftypes.Value) string {
	t.Helper()
	var f *big.Float
	if err := v.As(&f); err != nil || f == nil {
		t.Fatalf("%v is no number", v)
	}
	return f.Text('f', -1)
}

// many is a history that needs several pages, with amounts that binary floating
// point cannot hold.
func many(n int) (invoices []fakenebula.Invoice, payments []fakenebula.Payment) {
	for i := range n {
		amount := fmt.Sprintf("%d.1000000000000000055", n-i)
		invoices = append(invoices, fakenebula.Invoice{ID: n - i, Number: fmt.Sprintf("#NB-%d", n-i), Time: "EST 2026-07-01 00:00:00", Amount: amount, Type: "Reload"})
		payments = append(payments, fakenebula.Payment{From: "EST 2026-07-01 00:00:00", To: "EST 2026-07-01 01:00:00", Computing: amount, Serverless: "0.0", Total: amount})
	}
	return invoices, payments
}

func TestListsAreWholeAndExact(t *testing.T) {
	t.Parallel()
	for name, paging := range map[string]fakenebula.Paging{
		"offset counts rows":         {},
		"offset counts pages from 0": {Offset: fakenebula.OffsetPagesFromZero},
		"offset counts pages from 1": {Offset: fakenebula.OffsetPagesFromOne, Total: fakenebula.TotalTooSmall},
		"smaller pages":              {MaxLimit: 20},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			invoices, payments := many(250)
			s := acctest.NewStage(t, acctest.Options{Fake: fakenebula.Options{Pages: paging, Billing: fakenebula.BillingOptions{Invoices: invoices, Payments: payments}}})
			all, report := s.Data(t.Context(), rehearsal.DataSource{Address: "nebula_invoices" + ".this", Args: nil})
			got := rows(t, all, "invoices")
			if len(got) != 250 || digits(t, got[0]["amount"]) != "250.1000000000000000055" {
				t.Errorf("%d invoices\n%s", len(got), report)
			}
			newest, report := s.Data(t.Context(), rehearsal.DataSource{Address: "nebula_invoices" + ".this", Args: rehearsal.Args{"limit": 7}})
			if got := rows(t, newest, "invoices"); len(got) != 7 || digits(t, got[6]["amount"]) != "244.1000000000000000055" {
				t.Errorf("%d of the newest invoices\n%s", len(got), report)
			}
			paid, report := s.Data(t.Context(), rehearsal.DataSource{Address: "nebula_payments" + ".this", Args: nil})
			if got := rows(t, paid, "payments"); len(got) != 100 {
				t.Errorf("%d payments, want the newest 100\n%s", len(got), report)
			}
			paid, report = s.Data(t.Context(), rehearsal.DataSource{Address: "nebula_payments" + ".this", Args: rehearsal.Args{"limit": 240}})
			if got := rows(t, paid, "payments"); len(got) != 240 || digits(t, got[239]["total"]) != "11.1000000000000000055" {
				t.Errorf("%d payments\n%s", len(got), report)
			}
		})
	}
}

func TestListThatCannotBeCompletedIsAnError(t *testing.T) {
	t.Parallel()
	invoices, _ := many(143)
	s := acctest.NewStage(t, acctest.Options{Fake: fakenebula.Options{Pages: fakenebula.Paging{Total: fakenebula.TotalTooLarge}, Billing: fakenebula.BillingOptions{Invoices: invoices}}})
	if _, report := s.Data(t.Context(), rehearsal.DataSource{Address: "nebula_invoices" + ".this", Args: nil}); !strings.Contains(report.String(), "143 of 148") {
		t.Error(report)
	}
}

func TestAccountOfTheDocumentation(t *testing.T) {
	t.Parallel()
	s := acctest.NewStage(t, acctest.Options{})
	account, report := s.Data(t.Context(), rehearsal.DataSource{Address: "nebula_account" + ".this", Args: nil})
	if digits(t, account["available_balance"]) != "1228.556" || digits(t, account["total_price_per_hour"]) != "0" || !account.Null("hours_left") {
		t.Errorf("%v\n%s", account, report)
	}
}
