# Nothing happens until somebody runs
#   terraform apply -invoke=action.nebula_instance_delete.train
action "nebula_instance_delete" "train" {
  config {
    instance_id = "102cade84ea-e703-4400-b77d-8ed545d198ee"
    name        = "train" # optional: with another name nothing is done
  }
}
