terraform {
  required_providers {
    nebula = {
      source  = "nebulablock/nebula"
      version = "~> 0.1"
    }
    time = {
      source  = "hashicorp/time"
      version = "~> 0.13"
    }
  }
}

# The credential comes from the environment, for example from NEBULA_API_KEY.
provider "nebula" {}
