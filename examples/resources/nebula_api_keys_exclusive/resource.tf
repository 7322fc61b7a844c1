resource "nebula_api_key" "ci" {
  name = "ci"
}

variable "other_key_ids" {
  description = "Keys that other configurations manage, and the key that the provider itself uses."
  type        = set(string)
}

# No other keys, apart from those that people make at the console and name
# accordingly. Applying this for the first time deletes nothing.
resource "nebula_api_keys_exclusive" "account" {
  allowed_ids       = setunion([nebula_api_key.ci.id], var.other_key_ids)
  ignore_name_regex = ["^console-"]
}

# What the next apply would delete.
output "unmanaged_keys" {
  value = nebula_api_keys_exclusive.account.unmanaged
}
