# The API shows neither product nor image nor SSH key of a machine: write down
# what it was made with.
import {
  to = nebula_instance.train
  id = "102cade84ea-e703-4400-b77d-8ed545d198ee"
}

resource "nebula_instance" "train" {
  name       = "train"
  product_id = "expd0ce88325-aeb0-48d0-8216-09506b58f1dd"
  image      = "Ubuntu Server 22.04 LTS R535 CUDA 12.2"
  ssh_key_id = "75"
}
