// Package fleet creates, finds and deletes machines so that none is paid for
// that nobody knows of. It knows nothing of Terraform.
//
// The API answers a create without an id, names may repeat, and a row shows
// neither product nor image nor SSH key. So a machine is known by its name
// alone until it has been found in a list, and what may be taken for it is the
// subject of create.go.
package fleet

import (
	"context"
	"net"
	"sync"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/clock"
	"github.com/nebulablock/terraform-provider-nebula/internal/listing"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

// Fleet is the machines of one account. It is safe for concurrent use.
type Fleet struct {
	client *nebula.Client
	clock  clock.Clock
	list   *listing.List[nebula.Instance]
	// deleted are the machines that the API shows as deleted.
	deleted *listing.List[nebula.Instance]
	dial    func(ctx context.Context, network, address string) (net.Conn, error)

	mu sync.Mutex
	// making are the names that creates of this process are busy with.
	making map[string]bool
}

// New makes a Fleet. It calls nothing.
func New(client *nebula.Client, c clock.Clock) *Fleet {
	dialer := &net.Dialer{}
	return &Fleet{
		client: client, clock: c, dial: dialer.DialContext, making: map[string]bool{},
		list:    listOf(c, client, "/computing/instances", client.ListInstances),
		deleted: listOf(c, client, "/computing/deleted-instances", client.ListDeletedInstances),
	}
}

// listed are the words for machines.
func listed() listing.Words { return listing.Words{One: "instance", Many: "instances"} }

func listOf(c clock.Clock, client *nebula.Client, route string, fetch func(context.Context) ([]nebula.Instance, error)) *listing.List[nebula.Instance] {
	return listing.New(listing.Options[nebula.Instance]{
		Clock: c,
		When:  client.When,
		Words: listed(),
		ID:    func(i nebula.Instance) nebula.ID { return i.ID },
		Fetch: listing.From(route, fetch),
	})
}

// List is the shared list of the account's machines.
func (f *Fleet) List() *listing.List[nebula.Instance] { return f.list }

// ForRead is the list for data sources and the like; see listing.
func (f *Fleet) ForRead() listing.Look[nebula.Instance] { return f.list.ForRead() }

// Deleted is the shared list of the machines that the API shows as deleted.
func (f *Fleet) Deleted() listing.Look[nebula.Instance] { return f.deleted.ForRead() }

// Time is the present instant by the API's clock, as far as its answers tell,
// else by this machine's. What is recorded, and what is compared with that or
// with what a row tells, goes by it: the next command may run on a machine with
// another clock.
func (f *Fleet) Time() time.Time { return f.client.Now() }

// Detail is what only the detail of a machine tells. It holds a password.
func (f *Fleet) Detail(ctx context.Context, id nebula.ID) (nebula.InstanceDetail, error) {
	return f.client.InstanceDetail(ctx, id)
}
