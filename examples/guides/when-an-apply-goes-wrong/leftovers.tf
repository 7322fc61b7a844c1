# Every key that a Terraform made, whether or not a state still knows it.
data "nebula_api_keys" "made_by_terraform" {
  terraform_managed = true
}

output "made_by_terraform" {
  value = {
    for key in data.nebula_api_keys.made_by_terraform.api_keys :
    key.id => "${key.name}, made ${substr(key.creation_token, 0, 16)}"
  }
}
