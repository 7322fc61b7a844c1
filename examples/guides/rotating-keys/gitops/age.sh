#!/usr/bin/env bash
# In the pipeline that applies: rotates when that is due, commits the sealed key
# when it has changed, and hands over. The committed file is replaced only by one
# that was checked, so after an error run it again.
set -euo pipefail

file=secrets/nebula.age

fail() {
  echo "age.sh: $1" >&2
  exit 1
}

# Rotates when that is due. It ends no key.
TF_VAR_delivered_key='' terraform apply -target=nebula_rotating_api_key.ci -auto-approve -input=false

# An output that is missing is no error to every version of Terraform, and some
# print a warning in its place.
trap 'rm -f "$file.new"' EXIT
mkdir -p secrets
terraform output -raw sealed_ci_key >"$file.new"
for line in BEGIN END; do
  grep --quiet --line-regexp -e "-----$line AGE ENCRYPTED FILE-----" "$file.new" ||
    fail 'the output sealed_ci_key is not an age file'
done
mv "$file.new" "$file"

git add "$file"
changed=0
git diff --cached --quiet -- "$file" || changed=$?
case $changed in
0) echo 'age.sh: the key has not changed' ;;
1) git commit --message 'Rotate the Nebula Block key' -- "$file" ;;
*) fail "git diff ended with exit code $changed" ;;
esac
git push # also what an earlier run could not

# Hands over what was pushed, and ends the previous key when that is due.
TF_VAR_delivered_key=$(git show "@{upstream}:$file" | age --decrypt --identity "$AGE_IDENTITY_FILE")
export TF_VAR_delivered_key
terraform apply -auto-approve -input=false
