package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"filippo.io/age"

	"github.com/nebulablock/terraform-provider-nebula/internal/sealing"
)

func seal(ctx context.Context, d *demo) (err error) {
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		return err
	}
	recipients := fmt.Sprintf("age_recipients=[%q]", identity.Recipient())
	if d.sealed, err = d.open("sealed", []string{recipients}, sealedExample); err != nil {
		return err
	}
	if err := d.sealed.do(ctx, "apply", 0, created); err != nil {
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
	d.tell.say("The state holds only its encrypted form.")
	return d.consume(ctx, "Whoever has the private key decrypts it, and", key, http.StatusOK)
}
