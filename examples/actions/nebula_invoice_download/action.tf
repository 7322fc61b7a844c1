data "nebula_invoices" "newest" {
  limit = 1
}

# terraform apply -invoke=action.nebula_invoice_download.newest
action "nebula_invoice_download" "newest" {
  config {
    id   = data.nebula_invoices.newest.invoices[0].id
    path = "newest-invoice.pdf"
  }
}
