# What the last 24 hours cost, one row for each.
data "nebula_payments" "day" {
  limit = 24
}

output "cost_of_the_last_day" {
  value = sum(concat([0], data.nebula_payments.day.payments[*].total))
}
