// Package sweep removes from a real account what interrupted acceptance tests
// left behind.
//
//	NEBULA_API_KEY=... go test ./internal/acctest/sweep -sweep=all
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

const (
	// prefix begins the name of every key of an acceptance test.
	prefix = "tf-acc-"
	// grace spares the keys of tests that may still be running.
	grace = 2 * time.Hour
)

// leftover tells a key that an acceptance test forgot: it has the tests' name
// and an ownership marker, whose time lies well back. A key that lacks either
// may be somebody's.
func leftover(key keyring.Key, now time.Time) bool {
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
		if !leftover(key, now) {
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

// connect makes a Keyring of the provider's environment variables.
func connect(getenv func(string) string) (*keyring.Keyring, error) {
	value := func(argument string) string { return getenv(tfkit.EnvironmentVariable(argument)) }
	config := nebula.Config{BaseURL: nebula.DefaultBaseURL, RequestTimeout: 30 * time.Second, MaxRetries: 4}
	if url := value(tfkit.ArgAPIURL); url != "" {
		var err error
		if config.BaseURL, err = nebula.ParseBaseURL(url); err != nil {
			return nil, err
		}
	}
	switch {
	case value(tfkit.ArgAPIKey) != "":
		config.Credential = nebula.APIKeyCredential(value(tfkit.ArgAPIKey))
	case value(tfkit.ArgUsername) != "" && value(tfkit.ArgPassword) != "":
		config.Credential = nebula.Password(value(tfkit.ArgUsername), value(tfkit.ArgPassword))
	default:
		return nil, fmt.Errorf("set %s, or %s and %s", tfkit.EnvironmentVariable(tfkit.ArgAPIKey),
			tfkit.EnvironmentVariable(tfkit.ArgUsername), tfkit.EnvironmentVariable(tfkit.ArgPassword))
	}
	client, err := nebula.New(config)
	if err != nil {
		return nil, err
	}
	return keyring.New(keyring.Options{Client: client}), nil
}
