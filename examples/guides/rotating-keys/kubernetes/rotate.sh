#!/usr/bin/env bash
# In the pipeline: publishes the key, reads back what the cluster has, and hands
# over. After an error run it again.
set -euo pipefail

# Rotates when that is due, and publishes. It ends no key.
TF_VAR_delivered_key='' terraform apply -target=kubernetes_secret_v1.ci -auto-approve -input=false

# Hands over, and ends the previous key when that is due.
TF_VAR_delivered_key=$(kubectl --namespace ci get secret nebula --output 'go-template={{ index .data "api_key" | base64decode }}')
export TF_VAR_delivered_key
terraform apply -auto-approve -input=false
