# Run terraform query -generate-config-out=generated.tf for import blocks.
list "nebula_ssh_key" "ci" {
  provider = nebula

  config {
    name_regex = "^ci-"
  }
}
