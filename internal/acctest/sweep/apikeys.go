package sweep

import (
	"context"
	"strings"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/keyring"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

// leftoverKey tells a key that an acceptance test forgot: it has the tests' name
// and an ownership marker, whose time lies well back. A key that lacks either
// may be somebody's.
func leftoverKey(key keyring.Key, now time.Time) bool {
	made, marked := keyring.TokenTime(key.Token)
	return strings.HasPrefix(key.Name, prefix) && marked && now.Sub(made) > grace
}

// Keys deletes the leftovers of an account and returns their ids.
func Keys(ctx context.Context, keys *keyring.Keyring, now time.Time) ([]nebula.ID, error) {
	return kind[keyring.Key]{
		one: "key", list: keys.Now().All, leftover: leftoverKey,
		id: func(key keyring.Key) nebula.ID { return key.ID }, name: func(key keyring.Key) string { return key.Name },
		remove: func(ctx context.Context, key keyring.Key) error {
			_, err := keys.Delete(ctx, keyring.Ref{ID: key.ID})
			return err
		},
	}.sweep(ctx, now)
}
