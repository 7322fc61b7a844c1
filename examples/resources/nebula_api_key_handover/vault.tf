terraform {
  required_providers {
    nebula = {
      source = "nebulablock/nebula"
    }
    vault = {
      source  = "hashicorp/vault"
      version = ">= 5.0"
    }
  }
}

resource "nebula_rotating_api_key" "ci" {
  name            = "ci"
  rotate_after    = "30d"
  overlap         = "3d"
  retire_previous = "handover"
}

resource "vault_kv_secret_v2" "ci" {
  mount = "secret"
  name  = "ci"

  data_json = jsonencode({ api_key = nebula_rotating_api_key.ci.key })
}

# What consumers get.
ephemeral "vault_kv_secret_v2" "ci" {
  mount      = "secret"
  name       = "ci"
  depends_on = [vault_kv_secret_v2.ci]
}

# A key that did not reach Vault, whatever Terraform believes, is an error here,
# and the previous one stays valid.
resource "nebula_api_key_handover" "ci" {
  rotation         = nebula_rotating_api_key.ci.rotation
  delivered_key_wo = ephemeral.vault_kv_secret_v2.ci.data.api_key
  depends_on       = [vault_kv_secret_v2.ci]
}
