variable "awake" {
  type        = bool
  description = "Whether the machine is to run. A stopped machine may still be billed."
}

variable "ssh_key_id" {
  type = string
}

resource "nebula_instance" "desk" {
  name                = "desk"
  product_id          = "expd0ce88325-aeb0-48d0-8216-09506b58f1dd"
  image               = "Ubuntu Server 22.04 LTS R535 CUDA 12.2"
  ssh_key_id          = var.ssh_key_id
  power_state         = var.awake ? "running" : "stopped"
  wait_for            = "ssh"
  deletion_protection = true

  timeouts {
    create = "45m"
  }
}
