package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/keykit"
	"github.com/nebulablock/terraform-provider-nebula/internal/keyring"
)

const (
	// writeTimeout bounds making, looking at and revoking a key.
	writeTimeout = 5 * time.Minute
	keyName      = "terraform-provider-nebula-apicheck"
	// keyDescription has what an API may store in another form.
	keyDescription = "a & b <c>\nsecond line "
)

// write makes one key, looks at it, and revokes it.
func (c *checker) write(ctx context.Context) {
	ctx, cancel := c.services.Clock.WithTimeout(ctx, writeTimeout)
	defer cancel()
	keys := keykit.Keys(c.services)
	created, err := keys.Create(ctx, keyring.Spec{Name: keyName, Description: keyDescription})
	const question = "Writing: how does making a key answer?"
	if err != nil {
		open := ""
		if _, undecided := errors.AsType[*keyring.UndecidedError](err); undecided {
			open = "Whether a key was made: look for one named " + keyName + ", and delete it."
		}
		c.found(question, refusal(err), "no key can be made with this credential", open)
		return
	}
	c.found(question, "a key; "+told("its name", created.Name != nil)+", "+told("its description", created.Description != nil)+", "+
		told("when it was made", !created.CreatedAt.IsZero()), textConclusion(created), "")
	c.listed(ctx, keys, created)
	err = keys.Verify(ctx, created, keyring.VerifyTime)
	c.found("Writing: is the new key accepted at once?", outcome(err, "yes"), "a rotation would go on", "")
	deletion, err := keys.Delete(ctx, keyring.Ref{ID: created.ID, Token: created.Token})
	answer := outcome(err, "the API says so")
	if deletion.Absent != nil {
		answer = "the API does not say so; two lists lack the key"
	}
	open := ""
	if err != nil {
		open = "The key named " + keyName + " may still be valid: delete it."
	}
	c.found("Writing: is the key revoked?", answer, "terraform destroy works", open)
}

// listed looks how the list shows the new key.
func (c *checker) listed(ctx context.Context, keys *keyring.Keyring, created keyring.Created) {
	const question = "Writing: how does the list show the new key?"
	key, err := keys.Now().Find(ctx, keyring.Ref{ID: created.ID, Token: created.Token})
	if err != nil {
		c.found(question, refusal(err), "a new key may be missing from lists", "How long.")
		return
	}
	answer := told("its description", key.Description != nil) + ", " + told("when it was made", !key.CreatedAt.IsZero()) + ", " + told("whether it is active", key.Active != nil) + ", " +
		told("a text that may be its secret", key.Fingerprint != "")
	conclusion := "the ownership marker cannot be seen"
	if key.Token == created.Token && created.Token != "" {
		conclusion = "the ownership marker can be seen"
	}
	c.found(question, answer, conclusion, "")
}

func textConclusion(created keyring.Created) string {
	switch {
	case created.Description == nil:
		return "the first list shows what was stored"
	case created.MarkerLost():
		return "the ownership marker does not survive"
	case *created.Description == keyring.MarkDescription(keyDescription, created.Token):
		return "text is stored as it is sent"
	default:
		return "text is stored in another form; the provider takes the stored form for the baseline"
	}
}

func told(what string, known bool) string {
	if known {
		return "it tells " + what
	}
	return "it does not tell " + what
}

func outcome(err error, success string) string {
	if err != nil {
		return fmt.Sprintf("no: %s", refusal(err))
	}
	return success
}
