terraform {
  required_providers {
    nebula = {
      source  = "nebulablock/nebula"
      version = "~> 0.1"
    }
  }
}

# Every key that Terraform made, also those that are in no state any more.
data "nebula_api_keys" "made_by_terraform" {
  terraform_managed = true
}

output "made_by_terraform" {
  value = {
    for key in data.nebula_api_keys.made_by_terraform.api_keys :
    key.id => "${key.name}, made ${substr(key.creation_token, 0, 16)}"
  }
}
