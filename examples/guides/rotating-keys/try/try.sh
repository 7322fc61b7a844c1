#!/usr/bin/env bash
set -euo pipefail

terraform apply -auto-approve # the first key
sleep 10
terraform apply -auto-approve # a second key: both are valid
sleep 5
terraform apply -auto-approve # the first key is revoked, as the plan says
terraform destroy -auto-approve
