terraform {
  required_providers {
    nebula = {
      source = "nebulablock/nebula"
    }
  }
}

variable "keys" {
  description = "The keys that may exist. One with an import_id exists already and is adopted."
  type = map(object({
    name        = string
    description = optional(string, "")
    import_id   = optional(string)
  }))
  default  = {}
  nullable = false
}

variable "other_key_ids" {
  description = "Keys that other configurations manage, and the key that this pipeline uses."
  type        = set(string)
}

resource "nebula_api_key" "managed" {
  for_each = var.keys

  name        = each.value.name
  description = each.value.description
}

import {
  for_each = { for key, value in var.keys : key => value.import_id if value.import_id != null }

  to = nebula_api_key.managed[each.key]
  id = each.value
}

resource "nebula_api_keys_exclusive" "account" {
  allowed_ids = setunion(var.other_key_ids, [for key in nebula_api_key.managed : key.id])
}
