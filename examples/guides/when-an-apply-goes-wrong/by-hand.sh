#!/usr/bin/env bash
#   by-hand.sh list        lists every key that carries an ownership marker
#   by-hand.sh revoke ID   revokes one of them
set -euo pipefail

# call METHOD PATH prints the API's answer, and fails when the API refuses. The
# credential is no argument of curl: everybody on the machine could read it.
call() {
  printf 'Authorization: Bearer %s\n' "$NEBULA_API_KEY" |
    curl --fail --silent --show-error --request "$1" --header @- "https://api.nebulablock.com/api/v1$2" |
    jq 'if .status == "failed" then error(.message) else . end'
}

case "${1:-}" in
list)
  call GET /api-keys |
    jq --raw-output '.data[] | select(.description // "" | test("\\[tf:[0-9TZ]+-[a-z2-7]+\\]$")) | "\(.id)\t\(.name)\t\(.description)"'
  ;;
revoke) call DELETE "/api-keys/${2:?an id is needed}" ;;
*)
  echo 'usage: by-hand.sh list | revoke ID' >&2
  exit 64
  ;;
esac
