resource "nebula_rotating_api_key" "ci" {
  name         = "ci"
  description  = "Used by the build pipeline"
  rotate_after = "720h" # 30 days
  overlap      = "72h"  # 3 days in which the old key still works
}

output "ci_key" {
  value     = nebula_rotating_api_key.ci.key
  sensitive = true
}
