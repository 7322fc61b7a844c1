// Package apikey offers API keys to Terraform: the resource nebula_api_key and
// the data sources that read keys.
package apikey
