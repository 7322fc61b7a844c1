data "nebula_product" "gpu" {
  gpu      = "H100-80G-PCIe"
  cheapest = true
}

# The image with CUDA that fits the product: of its data centre and region.
data "nebula_image" "cuda" {
  product_id = data.nebula_product.gpu.id
  name_regex = "^Ubuntu Server 22.04 LTS .*CUDA"
}

output "image" {
  value = data.nebula_image.cuda.name
}
