variable "age_recipients" {
  description = "Public keys of those who may read the key: age1..., ssh-ed25519 ... or ssh-rsa ..."
  type        = list(string)
}

resource "nebula_api_key" "sealed" {
  name           = "sealed"
  age_recipients = var.age_recipients
}

# Not a secret: only the holders of the private keys can read it.
output "sealed_key" {
  value = nebula_api_key.sealed.encrypted_key
}
