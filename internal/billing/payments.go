package billing

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// defaultPayments is how many payments are listed unless more are asked for.
// There is one for each hour.
const defaultPayments = 100

// NewPaymentsDataSource is the data source nebula_payments.
func NewPaymentsDataSource() datasource.DataSource {
	return &tfkit.Plural[paymentsModel]{DataSource: tfkit.DataSource{Type: "payments"}, To: "list payments",
		Contents: paymentsSchema, Fill: (*paymentsModel).fill}
}

type paymentsModel struct {
	Limit    types.Int64    `tfsdk:"limit"`
	Payments []paymentModel `tfsdk:"payments"`
}

type paymentModel struct {
	From       types.String `tfsdk:"from"`
	To         types.String `tfsdk:"to"`
	Computing  types.Number `tfsdk:"computing_amount"`
	Serverless types.Number `tfsdk:"serverless_amount"`
	Total      types.Number `tfsdk:"total"`
}

func paymentsSchema() schema.Schema {
	return schema.Schema{
		MarkdownDescription: "Lists what was paid out of the account's credit, one row for each hour, the newest first. Amounts are without taxes." + timesNote,
		Attributes: map[string]schema.Attribute{
			"limit": schema.Int64Attribute{
				CustomType:          tfkit.WholeNumber{},
				MarkdownDescription: "How many of the newest rows to list. Defaults to `100`, because there is one for each hour.",
				Optional:            true,
				Validators:          []validator.Int64{int64validator.AtLeast(1)},
			},
			"payments": tfkit.RowsAttribute("The rows, the newest first.", map[string]schema.Attribute{
				"from":              schema.StringAttribute{MarkdownDescription: "Begin of the hour, as a text.", Computed: true},
				"to":                schema.StringAttribute{MarkdownDescription: "End of the hour, as a text.", Computed: true},
				"computing_amount":  schema.NumberAttribute{MarkdownDescription: "What machines cost, in US dollars.", Computed: true},
				"serverless_amount": schema.NumberAttribute{MarkdownDescription: "What inference cost, in US dollars.", Computed: true},
				"total":             schema.NumberAttribute{MarkdownDescription: "Both together, in US dollars.", Computed: true},
			}),
		},
	}
}

func (m *paymentsModel) fill(ctx context.Context, op *tfkit.Operation) error {
	newest := defaultPayments
	if !m.Limit.IsNull() {
		newest = int(m.Limit.ValueInt64())
	}
	payments, err := op.Client.ListPayments(ctx, newest)
	m.Payments = tfkit.Rows(payments, func(p nebula.Payment) paymentModel {
		return paymentModel{
			From: types.StringValue(string(p.From)), To: types.StringValue(string(p.To)),
			Computing: tfkit.Decimal(p.Computing), Serverless: tfkit.Decimal(p.Serverless), Total: tfkit.Decimal(p.Total),
		}
	})
	return err
}
