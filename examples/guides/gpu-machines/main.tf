terraform {
  required_providers {
    nebula = {
      source = "nebulablock/nebula"
    }
  }
}

variable "public_key" {
  type        = string
  description = "One line of authorized_keys: ssh-ed25519 AAAA... me@laptop"
}

variable "most_per_hour" {
  type        = number
  description = "The most that the machine may cost per hour, in US dollars."
  default     = 1.5
}

data "nebula_product" "gpu" {
  gpu                = "RTX-A6000"
  max_price_per_hour = var.most_per_hour
  cheapest           = true
}

data "nebula_account" "this" {}

resource "nebula_ssh_key" "me" {
  name       = "me"
  public_key = var.public_key
}

resource "nebula_instance" "train" {
  name_prefix        = "train"
  product_id         = data.nebula_product.gpu.id
  image              = "Ubuntu Server 22.04 LTS R535 CUDA 12.2"
  ssh_key_id         = nebula_ssh_key.me.id
  max_price_per_hour = var.most_per_hour

  lifecycle {
    ignore_changes = [product_id]

    precondition {
      condition     = data.nebula_account.this.available_balance >= 24 * data.nebula_product.gpu.price_per_hour
      error_message = "The credit (${data.nebula_account.this.available_balance} dollars) does not last for a day of this machine."
    }
  }
}

check "credit" {
  assert {
    condition     = coalesce(data.nebula_account.this.hours_left, 1000) > 48
    error_message = "The credit lasts for ${coalesce(data.nebula_account.this.hours_left, 0)} hours."
  }
}

output "price_per_hour" {
  value = data.nebula_product.gpu.price_per_hour
}

output "ssh" {
  value = "ssh ${nebula_instance.train.user_name}@${nebula_instance.train.public_ipv4}"
}
