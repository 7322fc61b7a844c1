resource "time_rotating" "ci" {
  rotation_days = 30
}

locals {
  rotation = time_rotating.ci.id
}
