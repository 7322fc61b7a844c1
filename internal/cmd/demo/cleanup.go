package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
)

func makeStray(_ context.Context, d *demo) error {
	d.strayID, _ = d.api.AddKey("ci-by-hand", "")
	d.tell.say("At the console a colleague makes the key %s, named \"ci-by-hand\".", d.strayID)
	return nil
}

func query(ctx context.Context, d *demo) (err error) {
	if !d.cli.HasQuery() {
		return &leftOutError{fmt.Sprintf("this is %s, and queries need Terraform 1.14 or later", d.cli.Version())}
	}
	w, err := d.open("inventory", nil, queryExample)
	if err != nil {
		return err
	}
	return w.show(ctx, 0, []string{"query"}, []string{"query", "-no-color"}, []string{listed})
}

func exclusive(ctx context.Context, d *demo) error {
	var others []string
	for _, key := range d.api.Keys() {
		if key.ID != d.strayID {
			others = append(others, strconv.Quote(key.ID))
		}
	}
	allowed := strings.Join(others, ",")
	w, err := d.open("platform", []string{"other_key_ids=[" + allowed + "]"}, exclusiveExample)
	if err != nil {
		return err
	}
	d.tell.say("Allowed are the keys of the other workspaces, %s, and one of this one.", strings.ReplaceAll(allowed, `"`, ""))
	if err := w.do(ctx, "apply", 0, created, listed); err != nil {
		return err
	}
	d.tell.say("Creating it deletes nothing. The next plan names what will go:")
	if err := w.plan(ctx, somethingToDo, listed); err != nil {
		return err
	}
	if err := w.apply(ctx, listed, deleted(d.strayID)); err != nil {
		return err
	}
	d.tell.say("Destroying it deletes the key that it manages, and no other.")
	return w.do(ctx, "destroy", 0, listed, deleted(d.api.Keys()[len(d.api.Keys())-1].ID))
}
