resource "nebula_api_key" "ci" {
  name        = "ci"
  description = "Used by the build pipeline"
  keepers     = { rotation = local.rotation }

  lifecycle {
    create_before_destroy = true
  }
}
