# The id is the one that the data source nebula_instances shows.
terraform import nebula_instance.train 102cade84ea-e703-4400-b77d-8ed545d198ee
