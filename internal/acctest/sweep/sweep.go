// Package sweep removes from a real account what interrupted acceptance tests
// left behind.
//
//	NEBULA_API_KEY=... go test ./internal/acctest/sweep -sweep=all
package sweep

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

const (
	// prefix begins the name of all that an acceptance test makes.
	prefix = "tf-acc-"
	// grace spares what belongs to tests that may still be running.
	grace = 2 * time.Hour
)

// kind is one kind of object that tests make.
type kind[T any] struct {
	// one is what people call it.
	one      string
	list     func(context.Context) ([]T, error)
	leftover func(T, time.Time) bool
	id       func(T) nebula.ID
	name     func(T) string
	remove   func(context.Context, T) error
}

// sweep deletes the leftovers of an account and returns their ids. One that
// cannot be deleted does not stop the others.
func (k kind[T]) sweep(ctx context.Context, now time.Time) ([]nebula.ID, error) {
	all, err := k.list(ctx)
	if err != nil {
		return nil, err
	}
	var swept []nebula.ID
	var failures []error
	for _, object := range all {
		if !k.leftover(object, now) {
			continue
		}
		if err := k.remove(ctx, object); err != nil {
			failures = append(failures, fmt.Errorf("%s %s (%s): %w", k.one, k.id(object), tfkit.Quoted(k.name(object)), err))
			continue
		}
		swept = append(swept, k.id(object))
	}
	return swept, errors.Join(failures...)
}

// leftoverName tells a name that acctest.World.Name made well back. It is for
// objects that carry no other mark; another name may be somebody's.
func leftoverName(name string, now time.Time) bool {
	made, ok := acctest.NameTime(name)
	return ok && now.Sub(made) > grace
}

// connect makes a client of the provider's environment variables.
func connect(getenv func(string) string) (*nebula.Client, error) {
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
	return nebula.New(config)
}
