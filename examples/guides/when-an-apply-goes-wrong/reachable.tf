data "nebula_api_keys" "reachable" {}
