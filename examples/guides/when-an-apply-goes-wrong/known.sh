#!/usr/bin/env bash
# Lists the ids of all keys that this state knows. A state that cannot be read
# is an error: no output would look like "knows none".
set -euo pipefail
terraform state pull |
  jq --raw-output --slurp '
    if length == 0 then error("there is no state here") else .[].resources[] end |
    select(.mode == "managed" and (.type | test("^nebula_(rotating_)?api_key$"))) |
    .instances[].attributes | .id, .previous_id, .leftover_ids[]? | values'
