variable "nebula_api_key" {
  description = "API key that Terraform authenticates with."
  type        = string
  sensitive   = true
  ephemeral   = true
}

provider "nebula" {
  api_key = var.nebula_api_key
}
