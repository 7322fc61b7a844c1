variable "name_regex" {
  type    = string
  default = "."
}

list "nebula_api_key" "all" {
  provider = nebula
  limit    = 10000

  config {
    name_regex = var.name_regex
  }
}
