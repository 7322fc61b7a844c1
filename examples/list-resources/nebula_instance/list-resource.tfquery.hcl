# Machines of the account. Run with:
#   terraform query
#   terraform query -generate-config-out=adopted.tf
# The API shows neither product nor image nor SSH key: add them to adopted.tf.
list "nebula_instance" "training" {
  provider = nebula
  limit    = 1000 # without it, 100

  config {
    name_regex = "^train-"
  }
}
