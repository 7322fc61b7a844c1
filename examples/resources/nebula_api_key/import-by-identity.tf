import {
  to = nebula_api_key.ci
  identity = {
    id = "5"
  }
}

resource "nebula_api_key" "ci" {
  name        = "ci"
  description = "Used by the build pipeline"
}
