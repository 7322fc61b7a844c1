#!/bin/sh
# Finds, adopts and removes API keys that the configuration does not know.
#
#   drift.sh report        saves a plan as drift.tfplan, its text as report.txt,
#                          and all keys in keys.jsonl (Terraform 1.14 and later).
#                          Exit code 0: nothing to do. 2: there is. 1: error.
#   drift.sh adopt REGEX   writes configuration for the keys whose names match
#                          into adopted.tf. Needs Terraform 1.14.
#   drift.sh remove        applies drift.tfplan. Exit code 0: done. 1: error.
set -eu
terraform=${TERRAFORM:-terraform}

fail() {
  echo "drift.sh: $1" >&2
  exit 1
}

report() {
  rm -f keys.jsonl drift.tfplan report.txt
  code=0
  "$terraform" plan -no-color -input=false -detailed-exitcode -out=drift.tfplan >report.txt 2>&1 || code=$?
  cat report.txt
  case $code in
  0 | 2) ;;
  *) fail "the plan failed, see above" ;;
  esac
  # Terraform before 1.14, and OpenTofu, have no query.
  if "$terraform" query -help >/dev/null 2>&1; then
    if ! "$terraform" query -json >keys.jsonl; then
      grep '"@level":"error"' keys.jsonl >&2 || cat keys.jsonl >&2
      fail "the keys could not be listed, see above"
    fi
    echo "Keys in the account: $(grep -c '"type":"list_resource_found"' keys.jsonl || true)"
  fi
  return "$code"
}

adopt() {
  if [ -e adopted.tf ]; then
    fail "adopted.tf is there already: move what is in it to other files first"
  fi
  if ! "$terraform" query -no-color -var "name_regex=$1" -generate-config-out=adopted.tf; then
    rm -f adopted.tf
    fail "nothing was adopted"
  fi
  if [ ! -s adopted.tf ]; then
    fail "no key has a name that matches $1"
  fi
  echo
  echo "Add these ids to other_key_ids in the same change. Otherwise the next"
  echo "plan names the adopted keys for deletion:"
  sed -n 's/^ *id *= *\("[^"]*"\)$/  \1,/p' adopted.tf
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
