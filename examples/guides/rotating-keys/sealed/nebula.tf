variable "age_recipients" {
  description = "Public keys of those who may read the key."
  type        = list(string)
}

variable "age_identity" {
  description = "Private key of one of the recipients, for this run only."
  type        = string
  sensitive   = true
  ephemeral   = true
}

resource "nebula_rotating_api_key" "ci" {
  name           = "ci"
  rotate_after   = "720h"
  overlap        = "72h"
  age_recipients = var.age_recipients
}

ephemeral "nebula_unsealed_api_key" "ci" {
  encrypted_key = nebula_rotating_api_key.ci.encrypted_key
  age_identity  = var.age_identity
}

locals {
  # A number that changes with each rotation, and only then: it tells a
  # write-only argument when to write. Zero stands for a key that is gone.
  ci_version = try(tonumber(formatdate("YYYYMMDDhhmmss", nebula_rotating_api_key.ci.created_at)), 0)
}
