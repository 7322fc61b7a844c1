# The ids of all keys that this state knows.
terraform state pull |
  jq --raw-output '.resources[] | select(.mode == "managed" and (.type | test("^nebula_(rotating_)?api_key$"))) | .instances[].attributes | .id, .previous_id, .leftover_ids[]? | values'
