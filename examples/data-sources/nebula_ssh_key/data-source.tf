data "nebula_ssh_key" "laptop" {
  fingerprint = "SHA256:hEnhFaWz3RlBgsxVLXzJ3qnF/wXPTleIDrpIKAPNDD8"
}

data "nebula_ssh_key" "by_name" {
  name = "laptop"
}

output "ssh_key_id" {
  value = data.nebula_ssh_key.laptop.id
}
