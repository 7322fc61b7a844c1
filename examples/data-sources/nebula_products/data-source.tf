# All machines with an H100, also those that are not available now.
data "nebula_products" "h100" {
  gpu_type  = "H100"
  available = false
}

output "h100" {
  value = [for p in data.nebula_products.h100.products : "${p.gpu_count} x ${p.gpu} in ${p.region}: ${p.price_per_hour} per hour, stock ${p.stock}"]
}
