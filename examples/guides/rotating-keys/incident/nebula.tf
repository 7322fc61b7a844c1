resource "nebula_rotating_api_key" "ci" {
  name         = "ci"
  description  = "Used by the build pipeline"
  rotate_after = "720h"
  overlap      = "0s"                        # was "72h"
  keepers      = { incident = "2026-11-23" } # new
}
