#!/usr/bin/env bash
# In the pipeline that applies: rotates when that is due, turns the sealed key
# into a Kubernetes Secret that SOPS has encrypted, commits it when the key has
# changed, and hands over. Plaintext is in no file, and the committed file is
# replaced only by one that was checked, so after an error run it again.
set -euo pipefail

file=secrets/nebula.yaml

fail() {
  echo "sops.sh: $1" >&2
  exit 1
}

# Rotates when that is due. It ends no key.
TF_VAR_delivered_key='' terraform apply -target=nebula_rotating_api_key.ci -auto-approve -input=false
fingerprint=$(terraform output -raw ci_fingerprint)
[[ $fingerprint =~ ^[0-9a-f]{64}$ ]] || fail 'the output ci_fingerprint is not a fingerprint'

# SOPS writes another file each time. What tells whether the key has changed is
# its fingerprint, which stands in the file as a plain annotation.
if [[ -e $file ]] && grep --quiet --fixed-strings "$fingerprint" "$file"; then
  echo 'sops.sh: the key has not changed'
else
  key=$(terraform output -raw sealed_ci_key | age --decrypt --identity "$AGE_IDENTITY_FILE")
  opened=$(printf %s "$key" | sha256sum)
  [[ ${opened%% *} == "$fingerprint" ]] || fail 'the opened key does not have the fingerprint that the state has'

  trap 'rm -f "$file.new"' EXIT
  mkdir -p secrets
  printf %s "$key" |
    jq --raw-input --slurp --arg fingerprint "$fingerprint" '{
      apiVersion: "v1",
      kind: "Secret",
      metadata: {name: "nebula", annotations: {"nebulablock.com/fingerprint": $fingerprint}},
      stringData: {api_key: .}
    }' |
    sops encrypt --input-type json --output-type yaml --filename-override "$file" /dev/stdin >"$file.new"
  for pattern in "fingerprint: $fingerprint" 'api_key: ENC\['; do
    grep --quiet "$pattern" "$file.new" ||
      fail 'SOPS has encrypted something else than the key: see encrypted_regex in .sops.yaml'
  done
  mv "$file.new" "$file"
fi

git add "$file"
changed=0
git diff --cached --quiet -- "$file" || changed=$?
case $changed in
0) ;;
1) git commit --message 'Rotate the Nebula Block key' -- "$file" ;;
*) fail "git diff ended with exit code $changed" ;;
esac
git push # also what an earlier run could not

# Hands over what was pushed, and ends the previous key when that is due.
TF_VAR_delivered_key=$(git show "@{upstream}:$file" |
  SOPS_AGE_KEY_FILE=$AGE_IDENTITY_FILE sops decrypt --input-type yaml --extract '["stringData"]["api_key"]' /dev/stdin)
export TF_VAR_delivered_key
terraform apply -auto-approve -input=false
