// Package keyring creates, finds and deletes API keys so that none is lost,
// orphaned or deleted by mistake. The API makes that hard: names may repeat, a
// secret is shown once, and there is no idempotency key. What follows from that
// is here, and nothing of Terraform is. How the list is shared, and when an
// absence is believed, is package listing's.
package keyring

import (
	"crypto/rand"
	"io"
	"sync"

	"github.com/nebulablock/terraform-provider-nebula/internal/clock"
	"github.com/nebulablock/terraform-provider-nebula/internal/listing"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

// Options is what a Keyring is made of.
type Options struct {
	Client *nebula.Client
	// Clock measures all waits; nil means the machine's.
	Clock clock.Clock
	// OwnershipMarker says whether created keys carry a marker in their
	// description. Without it an ambiguous create cannot be resolved.
	OwnershipMarker bool
	// Random is the source of creation tokens; nil means crypto/rand.
	Random io.Reader
}

// Keyring looks after the keys of one account. It is safe for concurrent use.
type Keyring struct {
	client *nebula.Client
	clock  clock.Clock
	marker bool
	random io.Reader
	list   *listing.List[nebula.APIKey]
	// match finds the keys that an ambiguous create may have made. It is a
	// field so that a test can show what happens with a weaker rule.
	match func(rows []nebula.APIKey, a attempt) matches

	mu sync.Mutex
	// made are the ids that creates of this process have got, secrets the
	// fingerprints of what they were shown.
	made    map[nebula.ID]bool
	secrets map[string]bool
}

// New makes a Keyring. It calls nothing.
func New(o Options) *Keyring {
	k := &Keyring{client: o.Client, clock: o.Clock, marker: o.OwnershipMarker, random: o.Random, match: matchAttempt, made: map[nebula.ID]bool{}, secrets: map[string]bool{}}
	if k.clock == nil {
		k.clock = clock.System()
	}
	if k.random == nil {
		k.random = rand.Reader
	}
	k.list = listing.New(listing.Options[nebula.APIKey]{
		Clock: k.clock,
		When:  k.client.When,
		Words: listing.Words{One: "key", Many: "keys"},
		ID:    func(row nebula.APIKey) nebula.ID { return row.ID },
		Fetch: k.client.ListAPIKeys,
	})
	return k
}
