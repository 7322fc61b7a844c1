# What stands here does not matter: it is only destroyed.
resource "nebula_api_key" "leftover" {
  name = "leftover"
}
