#!/bin/sh
# Finds, adopts and removes API keys that the configuration does not know.
#
#   drift.sh report        lists all keys in keys.jsonl, saves a plan as
#                          drift.tfplan, and its text as report.txt.
#                          Exit code 0: nothing to do. 2: there is. 1: error.
#   drift.sh adopt REGEX   writes configuration for the keys whose names match
#                          into adopted.tf. Needs Terraform 1.14.
#   drift.sh remove        applies drift.tfplan. Exit code 0: done. 1: error.
set -eu
terraform=${TERRAFORM:-terraform}

report() {
  rm -f keys.jsonl drift.tfplan report.txt
  # Terraform before 1.14, and OpenTofu, have no query.
  if "$terraform" query -help >/dev/null 2>&1; then
    "$terraform" query -json >keys.jsonl
    echo "Keys in the account: $(grep -c '"type":"list_resource_found"' keys.jsonl || true)"
  fi
  code=0
  "$terraform" plan -no-color -input=false -detailed-exitcode -out=drift.tfplan >report.txt 2>&1 || code=$?
  cat report.txt
  return "$code"
}

adopt() {
  rm -f adopted.tf
  "$terraform" query -no-color -var "name_regex=$1" -generate-config-out=adopted.tf
}

remove() {
  "$terraform" apply -no-color -input=false drift.tfplan
  rm drift.tfplan # a plan is applied once
}

case "${1:-}" in
report) report ;;
adopt) adopt "${2:?a regular expression is needed}" ;;
remove) remove ;;
*)
  echo "usage: drift.sh report | adopt REGEX | remove" >&2
  exit 64
  ;;
esac
