# Every key that carries an ownership marker.
curl --fail --silent --header "Authorization: Bearer $NEBULA_API_KEY" https://api.nebulablock.com/api/v1/api-keys |
  jq --raw-output '.data[] | select(.description // "" | test("\\[tf:[0-9TZ]+-[a-z2-7]+\\]$")) | "\(.id)\t\(.name)\t\(.description)"'

# Revoke one of them, by its id.
curl --fail --silent --request DELETE --header "Authorization: Bearer $NEBULA_API_KEY" https://api.nebulablock.com/api/v1/api-keys/ID
