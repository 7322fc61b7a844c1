data "nebula_deleted_instances" "all" {}

output "gone" {
  value = data.nebula_deleted_instances.all.instances[*].id
}
