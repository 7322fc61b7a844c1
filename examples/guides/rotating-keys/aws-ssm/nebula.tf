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
  name            = "ci"
  rotate_after    = "30d"
  overlap         = "3d"
  retire_previous = "handover"
  age_recipients  = var.age_recipients
}

# Opens the key for this run. It is in no state and in no plan.
ephemeral "nebula_unsealed_api_key" "ci" {
  encrypted_key = nebula_rotating_api_key.ci.encrypted_key
  age_identity  = var.age_identity
}
