package main

import (
	"context"

	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
)

// lost is a create whose answer does not arrive.
const lost = "POST /api-keys -> no answer"

const unluckyKey = `resource "nebula_api_key" "unlucky" {
  name = "unlucky"

  timeouts {
    create = "3s"
  }
}
`

func loseAnswer(ctx context.Context, d *demo) (err error) {
	if d.unlucky, err = d.open("unlucky", nil); err != nil {
		return err
	}
	d.unlucky.inAnyOrder = true
	if err := d.unlucky.write("main.tf", unluckyKey); err != nil {
		return err
	}
	// The first lists after it do not show the key yet.
	d.api.Inject(
		fakenebula.Fault{Operation: fakenebula.OpCreateKey, Drop: true, Commit: true},
		fakenebula.Fault{Operation: fakenebula.OpListKeys, Times: -1, Omit: func(o fakenebula.Object) bool { return o.Name == "unlucky" }},
	)
	d.tell.say("The API makes the key, the connection breaks, and no list shows the key yet.")
	if err := d.unlucky.do(ctx, "apply", 1, lost, listed); err != nil {
		return err
	}
	d.tell.say("The key exists, and nobody knows its secret. The state has its ownership marker.")
	return nil
}

func applyAgain(ctx context.Context, d *demo) error {
	d.api.ClearFaults()
	keys := d.api.Keys()
	id := keys[len(keys)-1].ID
	d.tell.say("Now the list shows the key. The next apply finds it by its marker, deletes it, and makes another.")
	if err := d.unlucky.do(ctx, "apply", 0, listed, deleted(id), created); err != nil {
		return err
	}
	if err := d.unlucky.do(ctx, "destroy", 0, listed, deleted(d.api.Keys()[len(keys)-1].ID)); err != nil {
		return err
	}
	d.tell.say("Nothing of it is left.")
	return nil
}
