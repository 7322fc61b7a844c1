package fakenebula

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"
)

// The operations on money.
const (
	OpCredits         Operation = "credit balance"
	OpListInvoices    Operation = "list invoices"
	OpDownloadInvoice Operation = "download invoice"
	OpListPayments    Operation = "list payments"
)

// BillingOptions are the knobs of money.
type BillingOptions struct {
	// Balance is what the account has to spend; that of the vendor's
	// documentation when empty.
	Balance string
	// Invoices and Payments are listed as they stand, which is newest first;
	// those of the documentation when nil.
	Invoices []Invoice
	Payments []Payment
	// File is what an invoice's download brings; a small PDF when empty.
	File string
}

// Invoice is a row of the list of invoices. Amount is as it is written.
type Invoice struct {
	ID                   int
	Number, Time, Amount string
	Type                 string
}

// Payment is a row of the payment history. Amounts are as they are written.
type Payment struct{ From, To, Computing, Serverless, Total string }

// DocumentedInvoices are those of the vendor's documentation.
func DocumentedInvoices() []Invoice {
	return []Invoice{
		{3688, "#NB-20241029181932-266", "EST 2024-10-29 14:19:32", "229.95", "Reload"},
		{3687, "#NB-20241029181853-266", "EST 2024-10-29 14:18:54", "11.5", "Reload"},
		{3686, "#NB-20241029181528-266", "EST 2024-10-29 14:15:29", "114.98", "Reload"},
	}
}

// DocumentedPayments are those of the vendor's documentation.
func DocumentedPayments() []Payment {
	return []Payment{
		{"EST 2024-10-10 06:54:58", "EST 2024-10-10 07:54:58", "2.004", "0.0", "2.004"},
		{"EST 2024-10-10 05:54:58", "EST 2024-10-10 06:54:58", "2.004", "0.0", "2.004"},
	}
}

// billing is the part of the API that is about money.
type billing struct {
	server  *Server
	options BillingOptions
}

func newBilling(s *Server) *billing {
	b := &billing{server: s, options: s.options.Billing}
	if b.options.Balance == "" {
		b.options.Balance = "1228.55600"
	}
	if b.options.Invoices == nil {
		b.options.Invoices = DocumentedInvoices()
	}
	if b.options.Payments == nil {
		b.options.Payments = DocumentedPayments()
	}
	if b.options.File == "" {
		b.options.File = "%PDF-1.4\n%%EOF\n"
	}
	return b
}

func (b *billing) routes() []route {
	return []route{
		{method: http.MethodGet, path: "/users/credits", operation: OpCredits, handle: b.credits},
		{method: http.MethodGet, path: "/users/invoices", operation: OpListInvoices, handle: b.listInvoices},
		{method: http.MethodGet, path: "/users/invoice-download/{id}", operation: OpDownloadInvoice, handle: b.download},
		{method: http.MethodGet, path: "/users/credits/history", operation: OpListPayments, handle: b.listPayments},
	}
}

func (b *billing) credits(*call, time.Time) Answer {
	return succeeded("User credit balance successfully retrieved", struct {
		AvailableBalance string `json:"available_balance"`
	}{b.options.Balance})
}

// owner is the account number in the vendor's examples.
const owner = 266

func (b *billing) listInvoices(c *call, _ time.Time) Answer {
	rows, total, refusal := paged(b.server, c, b.options.Invoices)
	if refusal.Status != 0 {
		return refusal
	}
	invoices := make([]json.RawMessage, len(rows))
	for i, row := range rows {
		invoices[i] = marshal(struct {
			Time   string          `json:"invoiced_time"`
			Number string          `json:"invoice_id"`
			Price  json.RawMessage `json:"price"`
			Type   string          `json:"type"`
			ID     int             `json:"id"`
			UserID int             `json:"user_id"`
		}{row.Time, row.Number, json.RawMessage(row.Amount), row.Type, row.ID, owner})
	}
	return succeeded("User invoices retrieved successfully", struct {
		Invoices []json.RawMessage `json:"invoices"`
		Total    *int              `json:"total_invoices,omitempty"`
	}{invoices, total})
}

func (b *billing) download(c *call, _ time.Time) Answer {
	for _, invoice := range b.options.Invoices {
		if strconv.Itoa(invoice.ID) == c.id {
			return Answer{Status: http.StatusOK, ContentType: "application/pdf", Body: b.options.File}
		}
	}
	return b.server.refuse(http.StatusNotFound, "Invoice not found")
}

func (b *billing) listPayments(c *call, _ time.Time) Answer {
	rows, total, refusal := paged(b.server, c, b.options.Payments)
	if refusal.Status != 0 {
		return refusal
	}
	history := make([]json.RawMessage, len(rows))
	for i, row := range rows {
		history[i] = marshal(struct {
			UserID     int             `json:"user_id"`
			Computing  json.RawMessage `json:"computing_amount"`
			Serverless json.RawMessage `json:"serverless_amount"`
			From       string          `json:"create_time"`
			To         string          `json:"update_time"`
			Total      json.RawMessage `json:"total"`
		}{owner, json.RawMessage(row.Computing), json.RawMessage(row.Serverless), row.From, row.To, json.RawMessage(row.Total)})
	}
	return succeeded("User credit history successfully retrieved", struct {
		Balance json.RawMessage   `json:"credit_balance"`
		History []json.RawMessage `json:"credit_history"`
		Total   *int              `json:"total_credit_histories,omitempty"`
	}{json.RawMessage(b.options.Balance), history, total})
}
