# Keys that no Terraform made. Run with:
#   terraform query
#   terraform query -generate-config-out=adopted.tf
list "nebula_api_key" "made_by_hand" {
  provider = nebula
  limit    = 1000 # without it, 100

  config {
    name_regex        = "^ci-"
    terraform_managed = false
  }
}
