# Publishes the key. It is written again when the generation changes.
resource "aws_ssm_parameter" "ci" {
  name = "/ci/nebula"
  type = "SecureString"

  value_wo         = ephemeral.nebula_unsealed_api_key.ci.key
  value_wo_version = nebula_rotating_api_key.ci.generation
}

# What consumers get. The ARN is not known, so nothing is read, before the
# parameter exists.
ephemeral "aws_ssm_parameter" "ci" {
  arn        = aws_ssm_parameter.ci.arn
  depends_on = [aws_ssm_parameter.ci]
}

resource "nebula_api_key_handover" "ci" {
  rotation         = nebula_rotating_api_key.ci.rotation
  delivered_key_wo = ephemeral.aws_ssm_parameter.ci.value
  depends_on       = [aws_ssm_parameter.ci]
}
