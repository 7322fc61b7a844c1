terraform {
  required_providers {
    vault = {
      source  = "hashicorp/vault"
      version = "~> 5.0"
    }
  }
}

resource "vault_kv_secret_v2" "ci" {
  mount = "secret"
  name  = "ci/nebula"

  data_json_wo         = jsonencode({ api_key = ephemeral.nebula_unsealed_api_key.ci.key })
  data_json_wo_version = local.ci_version
}
