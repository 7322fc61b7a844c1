resource "nebula_rotating_api_key" "ci" {
  name         = "ci"
  rotate_after = "720h"
  overlap      = "72h"

  # Public keys, which a repository may hold. The pipeline has one of the private
  # keys.
  age_recipients = [
    "age1df6ugys5ywttwufclk7uxjcdanc2gau0k3ex2gy5k3s7wpxmvf3snszu66",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0Uum1FxFAUXkWuNRD7Tqh7NUdGzZ4oLlyHgCXEqBDn ci@example.com",
  ]
}

output "sealed_ci_key" {
  value = nebula_rotating_api_key.ci.encrypted_key
}

output "ci_fingerprint" {
  value = nebula_rotating_api_key.ci.fingerprint
}
