# The name does not matter: the key is only destroyed.
resource "nebula_api_key" "leftover" {
  name = "leftover"
}
