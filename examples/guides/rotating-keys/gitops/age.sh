# In the pipeline that applies: commit the sealed key.
terraform apply -auto-approve
terraform output -raw ci_key >secrets/nebula.age
git add secrets/nebula.age
git diff --cached --quiet || git commit -m "Rotate the Nebula Block key"

# In the pipeline that deploys: open it.
NEBULA_API_KEY=$(age --decrypt --identity "$AGE_IDENTITY_FILE" secrets/nebula.age)
