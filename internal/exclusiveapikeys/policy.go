package exclusiveapikeys

import (
	"context"

	"golang.org/x/text/unicode/norm"

	"github.com/nebulablock/terraform-provider-nebula/internal/exclusivekit"
	"github.com/nebulablock/terraform-provider-nebula/internal/keyring"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// policy says which keys are spared.
type policy struct {
	exclusivekit.Permitted
	// own is the key that the provider authenticates with, where it is known.
	own nebula.ID
	// managed are keys that resources of this configuration manage.
	managed map[nebula.ID]bool
}

func policyOf(ctx context.Context, op *tfkit.Operation, m *model) policy {
	return policy{Permitted: m.Permitted(ctx, op), managed: map[nebula.ID]bool{}}
}

// spares reports whether a key is spared, by the arguments or for what it is.
func (p policy) spares(id nebula.ID, name string) bool {
	return p.Permits(id, name) || p.managed[id] || p.own != "" && p.own == id
}

// doomed gives the named keys that are not spared.
func (p policy) doomed(named exclusivekit.Named) exclusivekit.Named {
	return named.Only(func(id nebula.ID, name string) bool { return !p.spares(id, name) })
}

// composed is a text in the form in which Terraform keeps it (Unicode NFC); an
// API may give another.
func composed(s string) string { return norm.NFC.String(s) }

// observe gives the keys that the policy does not spare.
func observe(keys []keyring.Key, p policy) exclusivekit.Named {
	seen := exclusivekit.Named{}
	for _, key := range keys {
		if !p.spares(key.ID, key.Name) {
			seen[key.ID] = composed(key.Name)
		}
	}
	return seen
}

// toDelete finds among the keys that a plan has named those to delete, and those
// that have another name now. What either name spares is spared.
func toDelete(named exclusivekit.Named, listed []keyring.Key, p policy) (left exclusivekit.Named, doomed, renamed []keyring.Key) {
	return exclusivekit.Judge(named, listed, func(key keyring.Key) nebula.ID { return key.ID },
		func(key keyring.Key, shown string) bool { return p.spares(key.ID, key.Name) || p.spares(key.ID, shown) },
		func(key keyring.Key, shown string) bool { return tfkit.SameText(key.Name, shown) })
}
