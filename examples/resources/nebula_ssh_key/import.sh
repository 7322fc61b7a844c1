# The id is the one that the data source nebula_ssh_keys shows.
terraform import nebula_ssh_key.laptop 5
