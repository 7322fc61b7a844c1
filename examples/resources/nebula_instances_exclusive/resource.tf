variable "instance_ids" {
  type        = set(string)
  description = "Identifiers of all machines that this and other configurations manage."
}

resource "nebula_instances_exclusive" "account" {
  allowed_ids       = var.instance_ids
  ignore_name_regex = ["^keep-"]
  older_than        = "12h" # a machine that somebody is just trying out is left alone
}

output "leftovers" {
  value = nebula_instances_exclusive.account.unmanaged
}
