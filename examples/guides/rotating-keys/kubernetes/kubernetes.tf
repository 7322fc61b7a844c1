# Publishes the key. It is written again when the generation changes.
resource "kubernetes_secret_v1" "ci" {
  metadata {
    name      = "nebula"
    namespace = "ci"
  }

  data_wo          = { api_key = ephemeral.nebula_unsealed_api_key.ci.key }
  data_wo_revision = nebula_rotating_api_key.ci.generation
}

variable "delivered_key" {
  description = "The key that is in the cluster, for this run only. See rotate.sh."
  type        = string
  sensitive   = true
  ephemeral   = true
}

resource "nebula_api_key_handover" "ci" {
  rotation         = nebula_rotating_api_key.ci.rotation
  delivered_key_wo = var.delivered_key
  depends_on       = [kubernetes_secret_v1.ci]
}
