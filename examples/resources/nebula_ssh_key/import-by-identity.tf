import {
  to = nebula_ssh_key.laptop
  identity = {
    id = "5"
  }
}

resource "nebula_ssh_key" "laptop" {
  name       = "laptop"
  public_key = file("${path.module}/laptop.pub")
}
