import {
  to = nebula_api_key.ci
  id = "5"
}

resource "nebula_api_key" "ci" {
  name        = "ci"
  description = "Used by the build pipeline"
}
