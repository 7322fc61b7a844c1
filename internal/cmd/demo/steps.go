package main

import (
	"context"
	"errors"
	"net/http"
)

// step is one scene. It fails when anything is not as told.
type step struct {
	title string
	show  func(context.Context, *demo) error
}

// leftOutError says why a step cannot be shown here.
type leftOutError struct{ why string }

func (e *leftOutError) Error() string { return e.why }

// steps are shown in this order. A key younger than ten seconds is never
// believed gone, so what loses a key comes late: nobody has to wait for it.
var steps = []step{
	{"A plan that only creates needs no API", planFirst},
	{"A key is created", create},
	{"Nothing changed, and one list shows it", unchanged},
	{"Another team applies the same example: names may repeat", duplicate},
	{"A key is sealed the moment it arrives", seal},
	{"A rotation begins: the old key and the new one work", rotate},
	{"The answer to a create is lost", loseAnswer},
	{"The way out: apply again", applyAgain},
	{"The rotation ends: only the new key works", endRotation},
	{"Somebody deletes a key elsewhere: it is created again", deletedElsewhere},
	{"Somebody edits a description elsewhere: the plan shows it", editedElsewhere},
	{"Somebody makes a key by hand: it is in no state", makeStray},
	{"A query finds that key", query},
	{"Nothing else may exist: a plan names the key, then it goes", exclusive},
	{"An SSH key: another comment is no other key", sshKey},
	{"A GPU machine: its price is in the plan", planMachine},
	{"The answer to its creation is lost, and it is found by name", createMachine},
	{"The machine is proven to be gone", destroyMachine},
	{"Destroying revokes a key, by its id", revoke},
	{"The rest goes, and the account is empty", empty},
}

// Examples of the documentation that the demo applies.
const (
	keyExample       = "resources/nebula_api_key/resource.tf"
	sealedExample    = "resources/nebula_api_key/sealed.tf"
	queryExample     = "list-resources/nebula_api_key/list-resource.tfquery.hcl"
	exclusiveExample = "resources/nebula_api_keys_exclusive/resource.tf"
	sshKeyExample    = "resources/nebula_ssh_key/resource.tf"
	publicKeyExample = "resources/nebula_ssh_key/laptop.pub"
	machineExample   = "guides/gpu-machines/main.tf"
)

// The calls that the story is made of.
const (
	created = "POST /api-keys -> 200"
	listed  = "GET /api-keys -> 200"
)

func deleted(id string) string { return "DELETE /api-keys/" + id + " -> 200" }

// pipeline is who uses the keys.
const pipeline = "The pipeline, with its key,"

func planFirst(ctx context.Context, d *demo) (err error) {
	if d.ci, err = d.open("ci", nil, keyExample); err != nil {
		return err
	}
	return d.ci.plan(ctx, somethingToDo)
}

func create(ctx context.Context, d *demo) (err error) {
	if err := d.ci.apply(ctx, created); err != nil {
		return err
	}
	return d.handOver(ctx)
}

// handOver gives the pipeline its key, as Terraform has it now.
func (d *demo) handOver(ctx context.Context) (err error) {
	if d.ciKey, err = d.ci.output(ctx, "ci_key"); err != nil {
		return err
	}
	return d.consume(ctx, pipeline, d.ciKey, http.StatusOK)
}

func unchanged(ctx context.Context, d *demo) error {
	return d.ci.plan(ctx, nothingToDo, listed)
}

func duplicate(ctx context.Context, d *demo) (err error) {
	if d.team, err = d.open("team", nil, keyExample); err != nil {
		return err
	}
	if err := d.team.do(ctx, "apply", 0, created); err != nil {
		return err
	}
	d.tell.say("Two keys are named \"ci\" now. Each state has its own by id.")
	return d.expectKeys("ci", "ci")
}

func deletedElsewhere(ctx context.Context, d *demo) error {
	if !d.api.DeleteKey(d.idOf(d.ciKey)) {
		return errors.New("there is no key to delete")
	}
	if err := d.consume(ctx, pipeline, d.ciKey, http.StatusUnauthorized); err != nil {
		return err
	}
	d.tell.say("One list without the key proves little. A second one is made two seconds later.")
	if err := d.ci.plan(ctx, somethingToDo, listed, listed); err != nil {
		return err
	}
	if err := d.ci.apply(ctx, created); err != nil {
		return err
	}
	return d.handOver(ctx)
}

func editedElsewhere(ctx context.Context, d *demo) error {
	key, err := d.team.output(ctx, "ci_key")
	if err != nil {
		return err
	}
	id := d.idOf(key)
	if !d.api.SetDescription(id, "do not use") {
		return errors.New("there is no key to edit")
	}
	if err := d.team.plan(ctx, somethingToDo, listed); err != nil {
		return err
	}
	return d.team.apply(ctx, deleted(id), created)
}

func revoke(ctx context.Context, d *demo) error {
	if err := d.ci.do(ctx, "destroy", 0, listed, deleted(d.idOf(d.ciKey))); err != nil {
		return err
	}
	if err := d.consume(ctx, pipeline, d.ciKey, http.StatusUnauthorized); err != nil {
		return err
	}
	d.tell.say("The other team's key of the same name is untouched.")
	return d.expectKeys("sealed", "ci-TIME", "ci")
}

func empty(ctx context.Context, d *demo) error {
	for _, w := range []*workspace{d.sealed, d.rotating, d.team} {
		// The oldest key is that of the workspace.
		if err := w.do(ctx, "destroy", 0, listed, deleted(d.api.Keys()[0].ID)); err != nil {
			return err
		}
	}
	if err := d.expectKeys(); err != nil {
		return err
	}
	d.tell.say("No key is left, and no machine.")
	return nil
}

// idOf is the id of the key with a secret, which only the fake can tell.
func (d *demo) idOf(secret string) string {
	for _, key := range d.api.Issued() {
		if d.api.Secret(key.ID) == secret {
			return key.ID
		}
	}
	return ""
}
