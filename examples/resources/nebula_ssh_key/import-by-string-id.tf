import {
  to = nebula_ssh_key.laptop
  id = "5"
}

resource "nebula_ssh_key" "laptop" {
  name       = "laptop"
  public_key = file("${path.module}/laptop.pub")
}
