#!/usr/bin/env bash
# Prints the id of the key in FOUND_KEY, if this state knows it.
set -euo pipefail
fingerprint=$(printf %s "$FOUND_KEY" | sha256sum)
terraform state pull |
  jq --raw-output --slurp --arg fingerprint "${fingerprint%% *}" '
    if length == 0 then error("there is no state here") else .[].resources[].instances[].attributes end |
    if .fingerprint == $fingerprint then .id
    elif .previous_fingerprint == $fingerprint then .previous_id
    else empty end'
