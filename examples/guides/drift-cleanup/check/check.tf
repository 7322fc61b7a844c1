variable "allowed_key_ids" {
  type = set(string)
}

# Not inside of the check: Terraform would read it again in every apply, and
# every plan would end with the exit code of one that has changes.
data "nebula_api_keys" "all" {}

check "no_unmanaged_api_keys" {
  assert {
    condition = length(setsubtract(data.nebula_api_keys.all.ids, var.allowed_key_ids)) == 0
    error_message = "API keys that nobody manages: ${join(", ", [
      for key in data.nebula_api_keys.all.api_keys : "${key.id} (${key.name})" if !contains(var.allowed_key_ids, key.id)
    ])}."
  }
}
