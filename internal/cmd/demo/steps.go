package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"filippo.io/age"

	"github.com/nebulablock/terraform-provider-nebula/internal/sealing"
)

// step is one scene. It fails when anything is not as told.
type step struct {
	title string
	show  func(context.Context, *demo) error
}

// steps are shown in this order. A key younger than ten seconds is never
// believed gone, so what loses a key comes late: nobody has to wait for it.
var steps = []step{
	{"A plan that only creates needs no API", planFirst},
	{"A key is created", create},
	{"Nothing changed, and one list shows it", unchanged},
	{"Another team applies the same example: names may repeat", duplicate},
	{"A key is sealed the moment it arrives", seal},
	{"Somebody deletes the key elsewhere: it is planned anew", deletedElsewhere},
	{"Somebody edits a description elsewhere: the plan shows it", editedElsewhere},
	{"Somebody makes a key by hand, and a query finds it", query},
	{"Nothing else may exist: a plan names the key, and only then it goes", exclusive},
	{"Destroying revokes the key, by its id", revoke},
	{"The rest goes, and the account is empty", empty},
}

const (
	keyExample    = "resources/nebula_api_key/resource.tf"
	sealedExample = "resources/nebula_api_key/sealed.tf"

	queryExample     = "list-resources/nebula_api_key/list-resource.tfquery.hcl"
	exclusiveExample = "resources/nebula_api_keys_exclusive/resource.tf"
)

// The calls that the story is made of.
const (
	created = "POST /api-keys -> 200"
	listed  = "GET /api-keys -> 200"
)

func deleted(id string) string { return "DELETE /api-keys/" + id + " -> 200" }

func planFirst(ctx context.Context, d *demo) (err error) {
	if d.ci, err = d.open("ci", nil, keyExample); err != nil {
		return err
	}
	return d.ci.plan(ctx, somethingToDo, "")
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
	return d.consume(ctx, d.ciKey, http.StatusOK)
}

func unchanged(ctx context.Context, d *demo) error {
	return d.ci.plan(ctx, nothingToDo, "", listed)
}

func duplicate(ctx context.Context, d *demo) (err error) {
	if d.team, err = d.open("team", nil, keyExample); err != nil {
		return err
	}
	if err := d.team.plan(ctx, somethingToDo, ""); err != nil {
		return err
	}
	if err := d.team.apply(ctx, created); err != nil {
		return err
	}
	d.tell.say("Two keys are named \"ci\" now; each state knows its own by id.")
	return d.expectKeys("ci", "ci")
}

func seal(ctx context.Context, d *demo) (err error) {
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		return err
	}
	recipients := fmt.Sprintf("age_recipients=[%q]", identity.Recipient())
	if d.sealed, err = d.open("sealed", []string{recipients}, sealedExample); err != nil {
		return err
	}
	if err := d.sealed.plan(ctx, somethingToDo, ""); err != nil {
		return err
	}
	if err := d.sealed.apply(ctx, created); err != nil {
		return err
	}
	armored, err := d.sealed.output(ctx, "sealed_key")
	if err != nil {
		return err
	}
	key, err := sealing.Unseal(armored, identity.String())
	if err != nil {
		return err
	}
	switch plain, err := d.sealed.inState(key); {
	case err != nil:
		return err
	case plain:
		return errors.New("the sealed key is in the state")
	}
	d.tell.say("The state holds only its encrypted form. Whoever has the private key decrypts it:")
	return d.consume(ctx, key, http.StatusOK)
}

func deletedElsewhere(ctx context.Context, d *demo) error {
	if !d.api.DeleteKey(d.idOf(d.ciKey)) {
		return errors.New("there is no key to delete")
	}
	if err := d.consume(ctx, d.ciKey, http.StatusUnauthorized); err != nil {
		return err
	}
	d.tell.say("One list without the key proves little, so a second one is made at least two seconds later.")
	if err := d.ci.plan(ctx, somethingToDo, "", listed, listed); err != nil {
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
	if err := d.team.plan(ctx, somethingToDo, "", listed); err != nil {
		return err
	}
	if err := d.team.apply(ctx, deleted(id), created); err != nil {
		return err
	}
	return d.team.plan(ctx, nothingToDo, "", listed)
}

func query(ctx context.Context, d *demo) (err error) {
	d.strayID, _ = d.api.AddKey("ci-by-hand", "")
	if !d.cli.HasQuery() {
		d.tell.say("Left out: this is %s, and queries need Terraform 1.14 or later.", d.cli.Version())
		return nil
	}
	w, err := d.open("inventory", nil, queryExample)
	if err != nil {
		return err
	}
	return w.show(ctx, 0, []string{"query"}, []string{listed})
}

func exclusive(ctx context.Context, d *demo) error {
	var others []string
	for _, key := range d.api.Keys() {
		if key.ID != d.strayID {
			others = append(others, strconv.Quote(key.ID))
		}
	}
	w, err := d.open("platform", []string{"other_key_ids=[" + strings.Join(others, ",") + "]"}, exclusiveExample)
	if err != nil {
		return err
	}
	if err := w.plan(ctx, somethingToDo, ""); err != nil {
		return err
	}
	if err := w.apply(ctx, created, listed); err != nil {
		return err
	}
	d.tell.say("Creating it deletes nothing. The next plan names what will go:")
	if err := w.plan(ctx, somethingToDo, "", listed); err != nil {
		return err
	}
	if err := w.apply(ctx, listed, deleted(d.strayID)); err != nil {
		return err
	}
	if err := w.plan(ctx, nothingToDo, "", listed); err != nil {
		return err
	}
	d.tell.say("Destroying it deletes the key that it manages, and no other.")
	managed := d.api.Keys()[len(d.api.Keys())-1].ID
	if err := w.plan(ctx, somethingToDo, "-destroy", listed); err != nil {
		return err
	}
	return w.apply(ctx, deleted(managed))
}

func revoke(ctx context.Context, d *demo) error {
	id := d.idOf(d.ciKey)
	if err := d.ci.plan(ctx, somethingToDo, "-destroy", listed); err != nil {
		return err
	}
	if err := d.ci.apply(ctx, deleted(id)); err != nil {
		return err
	}
	if err := d.consume(ctx, d.ciKey, http.StatusUnauthorized); err != nil {
		return err
	}
	d.tell.say("The other team's key of the same name is untouched.")
	return d.expectKeys("sealed", "ci")
}

func empty(ctx context.Context, d *demo) error {
	for _, w := range []*workspace{d.team, d.sealed} {
		if err := w.plan(ctx, somethingToDo, "-destroy", listed); err != nil {
			return err
		}
		keys := d.api.Keys()
		id := keys[0].ID
		if w == d.team {
			id = keys[len(keys)-1].ID // It was replaced after the other was made.
		}
		if err := w.apply(ctx, deleted(id)); err != nil {
			return err
		}
	}
	if err := d.expectKeys(); err != nil {
		return err
	}
	d.tell.say("No key is left.")
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
