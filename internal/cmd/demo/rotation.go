package main

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

// overlap is how long both keys are valid: seconds in place of days.
const overlap = 3 * time.Second

// rotatingKey is a configuration whose key rotates when generation changes.
func rotatingKey(generation int) string {
	return fmt.Sprintf(`resource "nebula_rotating_api_key" "ci" {
  name    = "ci"
  overlap = %q
  keepers = { rotation = "%d" }
}

output "current" {
  value     = nebula_rotating_api_key.ci.key
  sensitive = true
}

output "previous" {
  value     = nebula_rotating_api_key.ci.previous_key
  sensitive = true
}
`, overlap, generation)
}

func rotate(ctx context.Context, d *demo) (err error) {
	if d.rotating, err = d.open("rotating", nil); err != nil {
		return err
	}
	d.tell.say("The key rotates when its keepers change, or by age; overlap is %s here.", overlap)
	if err := d.rotating.write("main.tf", rotatingKey(1)); err != nil {
		return err
	}
	if err := d.rotating.do(ctx, "apply", 0, created); err != nil {
		return err
	}
	if err := d.rotating.write("main.tf", rotatingKey(2)); err != nil {
		return err
	}
	d.tell.say("The keepers change. The new key is tried before it becomes the current one.")
	if err := d.rotating.do(ctx, "apply", 0, listed, created, listed); err != nil {
		return err
	}
	return d.consumeBoth(ctx, http.StatusOK)
}

// consumeBoth tries the previous key of the rotation, and the current one.
func (d *demo) consumeBoth(ctx context.Context, wantOfPrevious int) (err error) {
	if d.oldKey == "" {
		if d.oldKey, err = d.rotating.output(ctx, "previous"); err != nil {
			return err
		}
		if d.newKey, err = d.rotating.output(ctx, "current"); err != nil {
			return err
		}
	}
	if err := d.consume(ctx, "A consumer with the old key", d.oldKey, wantOfPrevious); err != nil {
		return err
	}
	return d.consume(ctx, "A consumer with the new key", d.newKey, http.StatusOK)
}

func endRotation(ctx context.Context, d *demo) error {
	if err := d.rotating.plan(ctx, somethingToDo, listed); err != nil {
		return err
	}
	if err := d.rotating.apply(ctx, deleted(d.idOf(d.oldKey))); err != nil {
		return err
	}
	return d.consumeBoth(ctx, http.StatusUnauthorized)
}
