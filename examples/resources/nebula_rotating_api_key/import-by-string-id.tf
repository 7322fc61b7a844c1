import {
  to = nebula_rotating_api_key.ci
  id = "5"
}

resource "nebula_rotating_api_key" "ci" {
  name         = "ci"
  description  = "Used by the build pipeline"
  rotate_after = "720h"
  overlap      = "72h"
}
