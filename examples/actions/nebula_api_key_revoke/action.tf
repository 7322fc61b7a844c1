# Nothing happens until somebody runs
#   terraform apply -invoke=action.nebula_api_key_revoke.leaked
action "nebula_api_key_revoke" "leaked" {
  config {
    id   = "5"
    name = "ci" # optional: with another name the key is not revoked
  }
}
