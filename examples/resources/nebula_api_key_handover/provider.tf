terraform {
  required_providers {
    nebula = {
      source  = "nebulablock/nebula"
      version = "~> 0.1"
    }
  }
}

# The credential comes from the environment, for example from NEBULA_API_KEY.
provider "nebula" {}
