package nebula

import "context"

// Credits is what an account has to spend (GET /users/credits).
type Credits struct {
	// AvailableBalance is in US dollars.
	AvailableBalance Number `json:"available_balance"`
}

// lacks refuses an answer without the balance.
func (c Credits) lacks() string {
	if c.AvailableBalance == "" {
		return "the answer holds no balance"
	}
	return ""
}

// Credits gives the account's credit.
func (c *Client) Credits(ctx context.Context) (Credits, error) {
	return get[Credits](ctx, c, at("/users/credits"))
}

// Invoice is a row of the list of invoices (GET /users/invoices).
type Invoice struct {
	// ID names the invoice in requests; Number is what stands on it, such as
	// "#NB-20241029181932-266".
	ID     ID   `json:"id"`
	Number Text `json:"invoice_id"`
	// Time is wall-clock time of Montreal with a fixed label ("EST"), also in
	// summer. It cannot be computed with.
	Time Text `json:"invoiced_time"`
	// Amount is in US dollars, taxes included.
	Amount Number `json:"price"`
	Type   Text   `json:"type"`
}

// lacks spoils the list for a row without an id.
func (i Invoice) lacks() string {
	if i.ID == "" {
		return "an invoice in the answer has no id"
	}
	return ""
}

// ListInvoices gives the invoices, the newest first; newest bounds how many, 0
// means all.
func (c *Client) ListInvoices(ctx context.Context, newest int) ([]Invoice, error) {
	return pages(ctx, c, listOf[Invoice]{target: at("/users/invoices"), member: "invoices", newest: newest,
		key: func(i Invoice) string { return string(i.ID) }})
}

// Payment is a row of the payment history (GET /users/credits/history): what an
// hour cost.
type Payment struct {
	// From and To are wall-clock times like Invoice.Time.
	From Text `json:"create_time"`
	To   Text `json:"update_time"`
	// The amounts are in US dollars, without taxes.
	Computing  Number `json:"computing_amount"`
	Serverless Number `json:"serverless_amount"`
	Total      Number `json:"total"`
}

// ListPayments gives the payment history, the newest first; newest bounds how
// many rows, 0 means all. Rows have no ids, so they are counted.
func (c *Client) ListPayments(ctx context.Context, newest int) ([]Payment, error) {
	return pages(ctx, c, listOf[Payment]{target: at("/users/credits/history"), member: "credit_history", newest: newest})
}

// invoiceFile is a PDF file (ISO 32000: it begins with "%PDF-").
var invoiceFile = fileKind{name: "a PDF file", contentTypes: []string{"application/pdf"}, magic: "%PDF-"}

// DownloadInvoice gives the PDF of an invoice (GET
// /users/invoice-download/{id}, with the field id and not invoice_id).
func (c *Client) DownloadInvoice(ctx context.Context, id ID) ([]byte, error) {
	return c.download(ctx, at("/users/invoice-download/{id}", id), invoiceFile)
}
