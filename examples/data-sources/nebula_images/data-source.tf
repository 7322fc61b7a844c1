data "nebula_images" "ubuntu" {
  os_type = "Ubuntu"
  region  = "CANADA"
}

output "images" {
  value = [for image in data.nebula_images.ubuntu.images : image.name]
}
