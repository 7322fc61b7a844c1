variable "age_recipients" {
  description = "Public keys of those who may read the key."
  type        = list(string)
}

variable "age_identity" {
  description = "Private key of one of the recipients."
  type        = string
  sensitive   = true
  ephemeral   = true
}

resource "nebula_api_key" "ci" {
  name           = "ci"
  age_recipients = var.age_recipients
}

ephemeral "nebula_unsealed_api_key" "ci" {
  encrypted_key = nebula_api_key.ci.encrypted_key
  age_identity  = var.age_identity
}

# Any ephemeral place takes the key: a write-only argument, a provider's
# configuration or, as here, the environment of a program.
resource "terraform_data" "hand_over" {
  triggers_replace = nebula_api_key.ci.fingerprint

  provisioner "local-exec" {
    command = "printf %s \"$API_KEY\" | gh secret set NEBULA_API_KEY --repo example/app"
    environment = {
      API_KEY = ephemeral.nebula_unsealed_api_key.ci.key
    }
  }
}
