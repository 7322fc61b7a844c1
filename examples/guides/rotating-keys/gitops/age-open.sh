#!/usr/bin/env bash
# In the pipeline that deploys: runs a program with the opened key in its
# environment.
#
#   age-open.sh PROGRAM [ARGUMENT ...]
set -euo pipefail

NEBULA_API_KEY=$(age --decrypt --identity "$AGE_IDENTITY_FILE" secrets/nebula.age)
if [[ -z $NEBULA_API_KEY ]]; then
  echo 'age-open.sh: secrets/nebula.age holds no key' >&2
  exit 1
fi
export NEBULA_API_KEY
exec "$@"
