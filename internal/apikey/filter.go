package apikey

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/keykit"
	"github.com/nebulablock/terraform-provider-nebula/internal/keyring"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

const terraformManagedDescription = "With `true` only keys that carry an ownership marker are listed, with `false` only keys without. " +
	"A marker says that this provider made a key, not that the key is still in a state. " +
	"Keys whose description the API does not show are listed with neither, and a warning says so."

// search finds keys for data sources.
func search(s *tfkit.Services) tfkit.Search[keyring.Key] {
	keys := keykit.Keys(s)
	return tfkit.Search[keyring.Key]{
		Thing: "API key", Things: "API keys",
		ForRead: func(ctx context.Context) ([]keyring.Key, error) { return keys.ForRead().All(ctx) },
		Now:     func(ctx context.Context) ([]keyring.Key, error) { return keys.Now().All(ctx) },
		ID:      func(key keyring.Key) nebula.ID { return key.ID },
		Name:    func(key keyring.Key) string { return key.Name },
	}
}

// managedIs is the filter terraform_managed; null filters nothing. Of a key
// without a description nobody knows whether it carries a marker: such a key
// must not be taken for somebody else's.
func managedIs(op *tfkit.Operation, managed types.Bool) func(keyring.Key) bool {
	if managed.IsNull() {
		return func(keyring.Key) bool { return true }
	}
	return func(key keyring.Key) bool {
		if key.Description == nil {
			op.WarnOnce(tfkit.Message{
				Title: "Ownership markers cannot be seen",
				What:  "The list of keys shows no descriptions, or not of all keys, so it does not tell which keys carry an ownership marker. Keys without a description pass neither value of terraform_managed.",
				Next:  "Leave terraform_managed out, and look the keys up by their names.",
			})
			return false
		}
		return managed.ValueBool() == (key.Token != "")
	}
}
