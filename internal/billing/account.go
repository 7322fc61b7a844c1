// Package billing offers what an account has and spends: the data sources
// nebula_account, nebula_invoices and nebula_payments, and the action
// nebula_invoice_download.
package billing

import (
	"context"
	"math/big"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/fleet"
	"github.com/nebulablock/terraform-provider-nebula/internal/machinekit"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

var _ datasource.DataSourceWithConfigure = (*accountDataSource)(nil)

type accountDataSource struct{ tfkit.DataSource }

// NewAccountDataSource is the data source nebula_account.
func NewAccountDataSource() datasource.DataSource {
	return &accountDataSource{tfkit.DataSource{Type: "account"}}
}

type accountModel struct {
	AvailableBalance  types.Number `tfsdk:"available_balance"`
	TotalPricePerHour types.Number `tfsdk:"total_price_per_hour"`
	HoursLeft         types.Number `tfsdk:"hours_left"`
}

func (d *accountDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "What the account has to spend, what its machines cost per hour, and how long the credit lasts. It is meant for `check` and `precondition` blocks.",
		Attributes: map[string]schema.Attribute{
			"available_balance": schema.NumberAttribute{
				MarkdownDescription: "Credit in US dollars, with the API's own digits.",
				Computed:            true,
			},
			"total_price_per_hour": schema.NumberAttribute{
				MarkdownDescription: "What all machines of the account cost per hour together, in US dollars. Machines that are stopped count, because they may still be billed; reserved ones, and those that are being deleted, do not.",
				Computed:            true,
			},
			"hours_left": schema.NumberAttribute{
				MarkdownDescription: "How many hours the credit lasts at `total_price_per_hour`, with one decimal. It is null when nothing costs anything.",
				Computed:            true,
			},
		},
	}
}

// Read asks for the balance and for the machines.
func (d *accountDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var m accountModel
	d.Run(ctx, tfkit.Looking("read account", &m, req, resp), func(ctx context.Context, op *tfkit.Operation) {
		credits, err := op.Client.Credits(ctx)
		if err != nil {
			op.Fail(tfkit.Failure{Err: err})
			return
		}
		machines, err := machinekit.Fleet(op.Services).ForRead().All(ctx)
		if err != nil {
			op.Fail(tfkit.Failure{Err: err})
			return
		}
		m = account(credits, machines)
		op.Save(ctx, &m)
	})
}

// account computes exactly: money is no binary fraction.
func account(credits nebula.Credits, machines []nebula.Instance) accountModel {
	perHour := new(big.Rat)
	for _, machine := range machines {
		price, ok := new(big.Rat).SetString(string(machine.PricePerHour))
		if ok && fleet.IsBilled(machine) {
			perHour.Add(perHour, price)
		}
	}
	m := accountModel{
		AvailableBalance:  tfkit.Decimal(credits.AvailableBalance),
		TotalPricePerHour: tfkit.Decimal(decimal(perHour)),
		HoursLeft:         types.NumberNull(),
	}
	if balance, ok := new(big.Rat).SetString(string(credits.AvailableBalance)); ok && perHour.Sign() > 0 {
		if balance.Sign() < 0 {
			balance.SetInt64(0)
		}
		m.HoursLeft = tfkit.Decimal(nebula.Number(balance.Quo(balance, perHour).FloatString(1)))
	}
	return m
}

// decimal writes a sum of decimal numbers with all its digits.
func decimal(r *big.Rat) nebula.Number {
	digits, _ := r.FloatPrec()
	return nebula.Number(r.FloatString(digits))
}
