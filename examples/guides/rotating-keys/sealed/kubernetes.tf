terraform {
  required_providers {
    kubernetes = {
      source  = "hashicorp/kubernetes"
      version = "~> 3.0"
    }
  }
}

resource "kubernetes_secret_v1" "ci" {
  metadata {
    name      = "nebula"
    namespace = "ci"
  }

  data_wo          = { api_key = ephemeral.nebula_unsealed_api_key.ci.key }
  data_wo_revision = local.ci_version
}
