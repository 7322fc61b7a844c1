variable "nebula_access_token" {
  description = "Access token that Terraform authenticates with. It is valid for two hours."
  type        = string
  sensitive   = true
  ephemeral   = true
}

provider "nebula" {
  access_token = var.nebula_access_token
}
