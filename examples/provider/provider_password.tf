variable "nebula_password" {
  description = "Password of the user who Terraform logs in as."
  type        = string
  sensitive   = true
  ephemeral   = true
}

provider "nebula" {
  username = "terraform@example.com"
  password = var.nebula_password
}
