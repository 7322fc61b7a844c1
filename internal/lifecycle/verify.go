package lifecycle

import (
	"context"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

// verifyDelays are the pauses before further tries of a new key that the API
// does not accept: it may not be known everywhere yet.
var verifyDelays = []time.Duration{time.Second, 2 * time.Second, 4 * time.Second}

// Verify tries a new key's secret against the API. It is no error only when
// the API accepted it.
func (k *Keeper) Verify(ctx context.Context, secret string) error {
	err := k.client.VerifyAPIKey(ctx, secret)
	for _, delay := range verifyDelays {
		if !nebula.IsUnauthorized(err) {
			return err
		}
		if k.clock.Sleep(ctx, delay) != nil {
			return err
		}
		err = k.client.VerifyAPIKey(ctx, secret)
	}
	return err
}

// Finishing gives a context in which work that must not stop half-way can come
// to an end: an interrupt of ctx ends it only after a minute, the operation's
// time-out as ever.
func (k *Keeper) Finishing(ctx context.Context) (context.Context, context.CancelFunc) {
	return k.finishing(ctx)
}
