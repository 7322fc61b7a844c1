// Package fleet creates, finds and deletes machines so that none is paid for
// that nobody knows of. It knows nothing of Terraform.
package fleet

import (
	"context"

	"github.com/nebulablock/terraform-provider-nebula/internal/clock"
	"github.com/nebulablock/terraform-provider-nebula/internal/listing"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

// Fleet is the machines of one account. It is safe for concurrent use.
type Fleet struct {
	client *nebula.Client
	clock  clock.Clock
	list   *listing.List[nebula.Instance]
}

// New makes a Fleet. It calls nothing.
func New(client *nebula.Client, c clock.Clock) *Fleet {
	return &Fleet{client: client, clock: c, list: listing.New(listing.Options[nebula.Instance]{
		Clock: c,
		Words: listing.Words{One: "instance", Many: "instances"},
		ID:    func(i nebula.Instance) nebula.ID { return i.ID },
		Fetch: func(ctx context.Context) ([]nebula.Instance, string, error) {
			rows, err := client.ListInstances(ctx)
			return rows, "/computing/instances", err
		},
	})}
}

// ForRead is the list for data sources and the like; see listing.
func (f *Fleet) ForRead() listing.Look[nebula.Instance] { return f.list.ForRead() }
