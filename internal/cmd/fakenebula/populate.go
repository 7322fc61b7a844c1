package main

import "github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"

// populate fills the account with what people leave in one.
func populate(api *fakenebula.Server) {
	for _, key := range [][2]string{
		{"ci", "Builds and tests"},
		{"ci", "The one before, nobody dared to revoke it"},
		{"notebook", "Experiments"},
		{"inference-production", ""},
		{"inference-staging", ""},
	} {
		api.AddKey(key[0], key[1])
	}
	api.AddSSHKey("laptop", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIF7sDcQZqoM3v3JfAm/anHjByxxkLur/nW4REvN3g+lC me@laptop")
	api.AddSSHKey("old-laptop", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBsyLVMU+Tm3C9S9VEH+LnRH+cgjJx0ui+6V3XHyI5EL")
	api.AddInstance("training-1")
	api.AddInstance("experiment-of-last-week")
	stopped := api.AddInstance("notebook")
	api.SetInstancePhase(stopped, fakenebula.PhaseStopped)
	api.AddReservedInstance("reserved-1")
}
