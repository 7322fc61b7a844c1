resource "tls_private_key" "deploy" {
  algorithm = "ED25519"
}

resource "nebula_ssh_key" "deploy" {
  name       = "deploy"
  public_key = tls_private_key.deploy.public_key_openssh

  lifecycle {
    # A new key is not known while planning, so this says that it is another one.
    replace_triggered_by = [tls_private_key.deploy]
  }
}
