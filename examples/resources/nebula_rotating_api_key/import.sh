# The id is the one that the data source nebula_api_keys shows.
terraform import nebula_rotating_api_key.ci 5
