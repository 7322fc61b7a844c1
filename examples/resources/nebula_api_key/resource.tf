resource "nebula_api_key" "ci" {
  name        = "ci"
  description = "Used by the build pipeline"
}

output "ci_key" {
  value     = nebula_api_key.ci.key
  sensitive = true
}
