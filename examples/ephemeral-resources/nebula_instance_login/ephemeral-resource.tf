variable "instance_id" {
  type = string
}

# The password reaches the machine that runs Terraform, and no plan and no state.
ephemeral "nebula_instance_login" "train" {
  instance_id = var.instance_id
}

resource "terraform_data" "set_up" {
  triggers_replace = var.instance_id

  connection {
    host     = ephemeral.nebula_instance_login.train.host
    port     = ephemeral.nebula_instance_login.train.port
    user     = ephemeral.nebula_instance_login.train.user_name
    password = ephemeral.nebula_instance_login.train.password
  }

  provisioner "remote-exec" {
    inline = ["nvidia-smi"]
  }
}
