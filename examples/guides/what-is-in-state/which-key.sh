fingerprint=$(printf %s "$FOUND_KEY" | sha256sum | cut -c 1-64)
terraform state pull |
  jq --raw-output --arg fingerprint "$fingerprint" '.resources[].instances[].attributes |
    if .fingerprint == $fingerprint then .id
    elif .previous_fingerprint == $fingerprint then .previous_id
    else empty end'
