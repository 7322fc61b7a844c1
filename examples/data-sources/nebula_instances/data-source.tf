data "nebula_instances" "training" {
  name_regex = "^train-"
}

output "per_hour" {
  value = data.nebula_instances.training.total_price_per_hour
}
