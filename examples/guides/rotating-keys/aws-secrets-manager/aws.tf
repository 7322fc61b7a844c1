resource "aws_secretsmanager_secret" "ci" {
  name = "ci/nebula"
}

# Publishes the key. A new generation is a new version of the secret.
resource "aws_secretsmanager_secret_version" "ci" {
  secret_id = aws_secretsmanager_secret.ci.id

  secret_string_wo         = ephemeral.nebula_unsealed_api_key.ci.key
  secret_string_wo_version = nebula_rotating_api_key.ci.generation
}

# What consumers get: the version that AWSCURRENT is on. The ARN is that of the
# secret. It is not known, so nothing is read, before the version exists.
ephemeral "aws_secretsmanager_secret_version" "ci" {
  secret_id  = aws_secretsmanager_secret_version.ci.arn
  depends_on = [aws_secretsmanager_secret_version.ci]
}

resource "nebula_api_key_handover" "ci" {
  rotation         = nebula_rotating_api_key.ci.rotation
  delivered_key_wo = ephemeral.aws_secretsmanager_secret_version.ci.secret_string
  depends_on       = [aws_secretsmanager_secret_version.ci]
}
