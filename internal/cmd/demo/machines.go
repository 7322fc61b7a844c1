package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/nebulablock/terraform-provider-nebula/examples"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
)

// The calls about SSH keys and machines.
const (
	sshKeyCreated   = "POST /ssh-keys -> 200"
	sshKeysListed   = "GET /ssh-keys -> 200"
	machinesListed  = "GET /computing/instances -> 200"
	machineLost     = "POST /computing/instance -> no answer"
	productsListed  = "GET /computing/products -> 200"
	machineRead     = "GET /computing/instance/2 -> 200"
	imagesListed    = "GET /computing/images -> 200"
	creditRead      = "GET /users/credits -> 200"
	deletedMachines = "GET /computing/deleted-instances -> 200"
)

func sshKey(ctx context.Context, d *demo) error {
	w, err := d.open("laptop", nil, sshKeyExample, publicKeyExample)
	if err != nil {
		return err
	}
	if err := w.do(ctx, "apply", 0, sshKeysListed, sshKeyCreated); err != nil {
		return err
	}
	d.tell.say("The comment in laptop.pub changes. It is the same key, so only the state changes.")
	if err := w.write("laptop.pub", strings.Replace(examples.Text(publicKeyExample), "me@laptop", "me@new-laptop", 1)); err != nil {
		return err
	}
	if err := w.do(ctx, "apply", 0, sshKeysListed); err != nil {
		return err
	}
	return w.do(ctx, "destroy", 0, sshKeysListed, "DELETE /ssh-keys/1 -> 200")
}

func planMachine(ctx context.Context, d *demo) (err error) {
	key := strings.TrimSpace(examples.Text(publicKeyExample))
	if d.gpu, err = d.open("gpu", []string{"public_key=" + key}); err != nil {
		return err
	}
	d.gpu.inAnyOrder = true
	if err := d.gpu.write("provider.tf", "provider \"nebula\" {}\n"); err != nil { // The example has the rest.
		return err
	}
	if err := d.gpu.write("main.tf", examples.Text(machineExample)+`
output "hours_left" {
  value = data.nebula_account.this.hours_left
}

output "credit_in_dollars" {
  value = data.nebula_account.this.available_balance
}
`); err != nil {
		return err
	}
	// The account pays for something already.
	d.api.AddInstance("notebook")
	d.tell.say("The account has one machine already. The catalogue says what another costs.")
	return d.gpu.plan(ctx, somethingToDo, creditRead, machinesListed, productsListed)
}

func createMachine(ctx context.Context, d *demo) error {
	d.api.Inject(fakenebula.Fault{Operation: fakenebula.OpCreateInstance, Drop: true, Commit: true})
	if err := d.gpu.apply(ctx, sshKeysListed, sshKeyCreated, productsListed, imagesListed, machineLost, machinesListed, machineRead); err != nil {
		return err
	}
	machines := d.api.Instances()
	if len(machines) != 2 {
		return fmt.Errorf("the account has %d machines, want 2", len(machines))
	}
	d.tell.say("One machine was made, and its random name %q proves which one it is.", machines[1].Name)
	return nil
}

func destroyMachine(ctx context.Context, d *demo) error {
	id := d.api.Instances()[1].ID
	if err := d.gpu.do(ctx, "destroy", 0, sshKeysListed, creditRead, productsListed, machinesListed, "DELETE /computing/instance/"+id+" -> 200", deletedMachines, "DELETE /ssh-keys/2 -> 200"); err != nil {
		return err
	}
	d.tell.say("The machine that was there before is untouched.")
	d.api.DeleteInstance(d.api.Instances()[0].ID)
	return nil
}
