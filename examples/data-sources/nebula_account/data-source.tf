data "nebula_account" "this" {}

# Warns in each plan and apply when the credit lasts less than a day.
check "credit" {
  assert {
    condition     = data.nebula_account.this.hours_left == null ? true : data.nebula_account.this.hours_left >= 24
    error_message = "The credit of ${data.nebula_account.this.available_balance} US dollars lasts for less than a day at ${data.nebula_account.this.total_price_per_hour} per hour."
  }
}

output "hours_left" {
  value = data.nebula_account.this.hours_left
}
