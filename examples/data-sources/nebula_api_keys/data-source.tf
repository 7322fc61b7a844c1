# All keys of the account.
data "nebula_api_keys" "all" {}

# Those that no Terraform made, and whose names begin with "ci-".
data "nebula_api_keys" "made_by_hand" {
  name_regex        = "^ci-"
  terraform_managed = false
}

output "made_by_hand" {
  value = { for key in data.nebula_api_keys.made_by_hand.api_keys : key.id => key.name }
}
