terraform {
  required_providers {
    nebula = {
      source = "nebulablock/nebula"
    }
  }
}

variable "instance_ids" {
  type        = set(string)
  description = "Identifiers of all machines that some configuration manages."
}

resource "nebula_instances_exclusive" "account" {
  allowed_ids       = var.instance_ids
  ignore_name_regex = ["^keep-"]
  older_than        = "12h"
}

output "unmanaged" {
  value = nebula_instances_exclusive.account.unmanaged
}
