# The cheapest machine with this GPU that is available now.
data "nebula_product" "gpu" {
  gpu      = "RTX-A6000"
  cheapest = true
}

resource "nebula_ssh_key" "me" {
  name       = "me"
  public_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILzFSdxYzqxqMWTMw5MPXkdc6UkWQKvCNYWbnqtHH5sU me@laptop"
}

resource "nebula_instance" "train" {
  name_prefix        = "train"
  product_id         = data.nebula_product.gpu.id
  image              = "Ubuntu Server 22.04 LTS R535 CUDA 12.2"
  ssh_key_id         = nebula_ssh_key.me.id
  max_price_per_hour = 1.50

  lifecycle {
    # The cheapest product may be another one tomorrow. That is no reason to
    # replace a machine that works.
    ignore_changes = [product_id]
  }
}

output "price_per_hour" {
  value = data.nebula_product.gpu.price_per_hour
}

output "ssh" {
  value = "ssh ${nebula_instance.train.user_name}@${nebula_instance.train.public_ipv4}"
}
