# Publishes the key. It is written again when the generation changes.
resource "vault_kv_secret_v2" "ci" {
  mount = "secret"
  name  = "ci/nebula"

  data_json_wo         = jsonencode({ api_key = ephemeral.nebula_unsealed_api_key.ci.key })
  data_json_wo_version = nebula_rotating_api_key.ci.generation

  lifecycle {
    postcondition {
      condition     = timecmp(self.metadata.created_time, nebula_rotating_api_key.ci.created_at) >= 0
      error_message = "Vault holds a secret that is older than the key: apply with -replace=vault_kv_secret_v2.ci."
    }
  }
}

# What consumers get.
ephemeral "vault_kv_secret_v2" "ci" {
  mount      = vault_kv_secret_v2.ci.mount
  mount_id   = vault_kv_secret_v2.ci.id # not known, so nothing is read, before the secret exists
  name       = vault_kv_secret_v2.ci.name
  depends_on = [vault_kv_secret_v2.ci]
}

resource "nebula_api_key_handover" "ci" {
  rotation         = nebula_rotating_api_key.ci.rotation
  delivered_key_wo = try(ephemeral.vault_kv_secret_v2.ci.data.api_key, "") # an empty one is an error
  depends_on       = [vault_kv_secret_v2.ci]
}
