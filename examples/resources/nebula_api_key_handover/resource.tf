resource "nebula_rotating_api_key" "ci" {
  name            = "ci"
  rotate_after    = "30d"
  overlap         = "3d"
  retire_previous = "handover"
}

# Whatever hands the key on: a secret in a store, a file, a deployment.
resource "terraform_data" "published" {
  input = nebula_rotating_api_key.ci.fingerprint
}

# Below it: the previous key ends once this has been applied with the new one,
# and its time is over.
resource "nebula_api_key_handover" "ci" {
  rotation   = nebula_rotating_api_key.ci.rotation
  depends_on = [terraform_data.published]
}
