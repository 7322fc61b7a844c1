resource "nebula_rotating_api_key" "ci" {
  name         = "ci"
  rotate_after = "720h"
  overlap      = "72h"

  # The recipients of .sops.yaml: public keys, which a repository may hold.
  age_recipients = [
    "age1df6ugys5ywttwufclk7uxjcdanc2gau0k3ex2gy5k3s7wpxmvf3snszu66",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0Uum1FxFAUXkWuNRD7Tqh7NUdGzZ4oLlyHgCXEqBDn ci@example.com",
  ]
}

output "ci_key" {
  value = nebula_rotating_api_key.ci.encrypted_key
}
