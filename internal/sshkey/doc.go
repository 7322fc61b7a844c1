// Package sshkey is everything that users see of SSH keys: the resource
// nebula_ssh_key, its data sources and its list resource. What a public key is
// stands in publickey.go; how entries are made, found, renamed and deleted
// safely in registry.go, which knows nothing of Terraform.
package sshkey
