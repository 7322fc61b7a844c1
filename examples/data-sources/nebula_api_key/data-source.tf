data "nebula_api_key" "by_name" {
  name = "ci"
}

data "nebula_api_key" "by_id" {
  id = data.nebula_api_key.by_name.id
}

output "ci" {
  value = data.nebula_api_key.by_id
}
