# Turn the sealed key into a Kubernetes secret that SOPS has encrypted.
# Plaintext passes through pipes only.
terraform output -raw ci_key |
  age --decrypt --identity "$AGE_IDENTITY_FILE" |
  kubectl create secret generic nebula --from-file=api_key=/dev/stdin --dry-run=client --output=json |
  sops encrypt --input-type json --output-type yaml --filename-override secrets/nebula.yaml /dev/stdin >secrets/nebula.yaml.new
mv secrets/nebula.yaml.new secrets/nebula.yaml
