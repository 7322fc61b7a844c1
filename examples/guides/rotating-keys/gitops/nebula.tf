resource "nebula_rotating_api_key" "ci" {
  name            = "ci"
  rotate_after    = "30d"
  overlap         = "3d"
  retire_previous = "handover"

  # Public keys, which a repository may hold. The pipeline has one of the private
  # keys.
  age_recipients = [
    "age1df6ugys5ywttwufclk7uxjcdanc2gau0k3ex2gy5k3s7wpxmvf3snszu66",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0Uum1FxFAUXkWuNRD7Tqh7NUdGzZ4oLlyHgCXEqBDn ci@example.com",
  ]
}

variable "delivered_key" {
  description = "The key that was pushed, opened by the pipeline for this run only."
  type        = string
  sensitive   = true
  ephemeral   = true
}

resource "nebula_api_key_handover" "ci" {
  rotation         = nebula_rotating_api_key.ci.rotation
  delivered_key_wo = var.delivered_key
}

output "sealed_ci_key" {
  value = nebula_rotating_api_key.ci.encrypted_key
}

output "ci_fingerprint" {
  value = nebula_rotating_api_key.ci.fingerprint
}
