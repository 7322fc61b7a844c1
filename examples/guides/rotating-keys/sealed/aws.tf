terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.0"
    }
  }
}

resource "aws_secretsmanager_secret" "ci" {
  name = "ci/nebula"
}

resource "aws_secretsmanager_secret_version" "ci" {
  secret_id = aws_secretsmanager_secret.ci.id

  secret_string_wo         = ephemeral.nebula_unsealed_api_key.ci.key
  secret_string_wo_version = local.ci_version
}
