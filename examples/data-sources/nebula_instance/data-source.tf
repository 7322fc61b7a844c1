data "nebula_instance" "train" {
  name = "train"
}

output "cost_so_far" {
  value = data.nebula_instance.train.total_cost
}
