terraform {
  required_providers {
    time = {
      source  = "hashicorp/time"
      version = "~> 0.13"
    }
  }
}

resource "time_rotating" "ci" {
  rotation_days = 30
}

locals {
  rotation = time_rotating.ci.id
}
