resource "nebula_rotating_api_key" "try" {
  name            = "try"
  rotate_after    = "10s"
  overlap         = "5s"
  retire_previous = "handover"
}

# Stands for whatever publishes the key.
resource "terraform_data" "published" {
  input = nebula_rotating_api_key.try.fingerprint
}

resource "nebula_api_key_handover" "try" {
  rotation   = nebula_rotating_api_key.try.rotation
  depends_on = [terraform_data.published]
}

output "generation" {
  value = nebula_rotating_api_key.try.generation
}

output "valid_keys" {
  value = nebula_rotating_api_key.try.ids
}
