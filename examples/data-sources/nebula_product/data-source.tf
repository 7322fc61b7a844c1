# The cheapest machine with one RTX A6000 that is available now, for at most a
# dollar an hour.
data "nebula_product" "gpu" {
  gpu                = "RTX-A6000"
  gpu_count          = 1
  max_price_per_hour = 1.00
  cheapest           = true
}

# The price stands in the plan, before anything is paid.
output "price_per_hour" {
  value = data.nebula_product.gpu.price_per_hour
}
