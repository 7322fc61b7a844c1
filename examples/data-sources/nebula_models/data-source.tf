data "nebula_models" "text" {
  type       = "Text"
  name_regex = "(?i)llama"
}

output "models" {
  value = { for m in data.nebula_models.text.models : m.name => m.context_length }
}
