package sweep

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/keyring"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// leftoverKey tells a key that an acceptance test forgot: it has the tests' name
// and an ownership marker, whose time lies well back. A key that lacks either
// may be somebody's.
func leftoverKey(key keyring.Key, now time.Time) bool {
	made, marked := keyring.TokenTime(key.Token)
	return strings.HasPrefix(key.Name, prefix) && marked && now.Sub(made) > grace
}

// Keys deletes the leftovers of an account and returns their ids. One that
// cannot be deleted does not stop the others.
func Keys(ctx context.Context, keys *keyring.Keyring, now time.Time) ([]nebula.ID, error) {
	all, err := keys.Now().All(ctx)
	if err != nil {
		return nil, err
	}
	var swept []nebula.ID
	var failures []error
	for _, key := range all {
		if !leftoverKey(key, now) {
			continue
		}
		if _, err := keys.Delete(ctx, keyring.Ref{ID: key.ID}); err != nil {
			failures = append(failures, fmt.Errorf("key %s (%s): %w", key.ID, tfkit.Quoted(key.Name), err))
			continue
		}
		swept = append(swept, key.ID)
	}
	return swept, errors.Join(failures...)
}
