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

// timesNote says why times are texts.
const timesNote = "\n\nTimes are texts as the API writes them, such as `EST 2024-10-29 14:19:32`. They are wall-clock time of Montreal, and the label says EST also in summer, when that time is another: so they cannot be computed with."

// NewInvoicesDataSource is the data source nebula_invoices.
func NewInvoicesDataSource() datasource.DataSource {
	return &tfkit.Plural[invoicesModel]{DataSource: tfkit.DataSource{Type: "invoices"}, To: "list invoices",
		Contents: invoicesSchema, Fill: (*invoicesModel).fill}
}

type invoicesModel struct {
	Limit    types.Int64    `tfsdk:"limit"`
	Invoices []invoiceModel `tfsdk:"invoices"`
}

type invoiceModel struct {
	ID     types.String `tfsdk:"id"`
	Number types.String `tfsdk:"number"`
	Time   types.String `tfsdk:"time"`
	Amount types.Number `tfsdk:"amount"`
	Type   types.String `tfsdk:"type"`
}

func invoicesSchema() schema.Schema {
	return schema.Schema{
		MarkdownDescription: "Lists the invoices of the account, the newest first. The action `nebula_invoice_download` brings the file of one." + timesNote,
		Attributes: map[string]schema.Attribute{
			"limit": schema.Int64Attribute{
				CustomType:          tfkit.WholeNumber{},
				MarkdownDescription: "How many of the newest invoices to list. Without it all are listed.",
				Optional:            true,
				Validators:          []validator.Int64{int64validator.AtLeast(1)},
			},
			"invoices": tfkit.RowsAttribute("The invoices, the newest first.", map[string]schema.Attribute{
				"id":     schema.StringAttribute{MarkdownDescription: "Identifier of the invoice, for `nebula_invoice_download`.", Computed: true},
				"number": schema.StringAttribute{MarkdownDescription: "Number that stands on the invoice, such as `#NB-20241029181932-266`.", Computed: true},
				"time":   schema.StringAttribute{MarkdownDescription: "When the invoice was made, as a text.", Computed: true},
				"amount": schema.NumberAttribute{MarkdownDescription: "Amount in US dollars, taxes included, with the API's own digits.", Computed: true},
				"type":   schema.StringAttribute{MarkdownDescription: "Kind of invoice, such as `Reload`.", Computed: true},
			}),
		},
	}
}

func (m *invoicesModel) fill(ctx context.Context, op *tfkit.Operation) error {
	invoices, err := op.Client.ListInvoices(ctx, int(m.Limit.ValueInt64()))
	m.Invoices = tfkit.Rows(invoices, func(i nebula.Invoice) invoiceModel {
		return invoiceModel{
			ID: types.StringValue(string(i.ID)), Number: types.StringValue(string(i.Number)), Time: types.StringValue(string(i.Time)),
			Amount: tfkit.Decimal(i.Amount), Type: types.StringValue(string(i.Type)),
		}
	})
	return err
}
