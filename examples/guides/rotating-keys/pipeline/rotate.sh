#!/usr/bin/env bash
# A run of the pipeline: applies what is due, and nothing when nothing is.
set -euo pipefail

# The plan holds the secrets of keys that are not sealed.
trap 'rm -f rotate.tfplan' EXIT
code=0
terraform plan -input=false -detailed-exitcode -out=rotate.tfplan || code=$?
case $code in
0) ;;
2) terraform apply -input=false rotate.tfplan ;;
*) exit "$code" ;;
esac
