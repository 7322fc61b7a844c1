package apikey

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/keykit"
	"github.com/nebulablock/terraform-provider-nebula/internal/keyring"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

const terraformManagedDescription = "With `true` only keys that carry an ownership marker are listed, with `false` only keys without. " +
	"A marker tells that this provider made a key, not that a state still knows it."

// search finds keys for data sources.
func search(s *tfkit.Services) tfkit.Search[keyring.Key] {
	keys := keykit.Keys(s)
	return tfkit.Search[keyring.Key]{
		Thing: "API key", Things: "API keys",
		ForRead: func(ctx context.Context) ([]keyring.Key, error) { return keys.ForRead().All(ctx) },
		Now:     func(ctx context.Context) ([]keyring.Key, error) { return keys.Now().All(ctx) },
		ID:      func(key keyring.Key) string { return string(key.ID) },
	}
}

func nameOf(key keyring.Key) string { return key.Name }

// managedIs is the filter terraform_managed; null filters nothing.
func managedIs(managed types.Bool) func(keyring.Key) bool {
	return func(key keyring.Key) bool {
		return managed.IsNull() || managed.ValueBool() == (key.Token != "")
	}
}
