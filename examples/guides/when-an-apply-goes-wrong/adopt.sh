#!/usr/bin/env bash
set -euo pipefail
terraform import nebula_api_key.leftover 5
terraform destroy
