# The ten newest invoices.
data "nebula_invoices" "newest" {
  limit = 10
}

output "invoices" {
  value = [for i in data.nebula_invoices.newest.invoices : "${i.number} of ${i.time}: ${i.amount}"]
}
