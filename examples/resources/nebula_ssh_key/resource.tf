resource "nebula_ssh_key" "laptop" {
  name       = "laptop"
  public_key = file("${path.module}/laptop.pub")
}

output "fingerprint" {
  value = nebula_ssh_key.laptop.fingerprint
}
