data "nebula_ssh_keys" "ci" {
  name_regex = "^ci-"
}

output "ci_fingerprints" {
  value = { for key in data.nebula_ssh_keys.ci.ssh_keys : key.name => key.fingerprint }
}
