#!/usr/bin/env bash
# nightly.sh report: what would be deleted. Ends with 2 when there is something.
# nightly.sh remove: deletes what the report has named, and nothing else.
set -euo pipefail

case "${1:-report}" in
report)
  code=0
  terraform plan -input=false -detailed-exitcode -out=nightly.tfplan || code=$?
  exit "$code"
  ;;
remove)
  terraform apply -input=false nightly.tfplan
  ;;
*)
  echo "nightly.sh report | remove" >&2
  exit 1
  ;;
esac
