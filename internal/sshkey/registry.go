package sshkey

import (
	"cmp"
	"context"
	"time"

	"golang.org/x/text/unicode/norm"

	"github.com/nebulablock/terraform-provider-nebula/internal/clock"
	"github.com/nebulablock/terraform-provider-nebula/internal/listing"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

// entry is an SSH key as the API shows it. What it does not say is empty.
type entry struct {
	ID        nebula.ID
	Name      string
	PublicKey string
	// Fingerprint is empty where the public key is shown in part only, or is
	// none.
	Fingerprint string
	CreatedAt   time.Time
}

func entryOf(key nebula.SSHKey) entry {
	return entry{ID: key.ID, Name: norm.NFC.String(key.Name), PublicKey: key.PublicKey, Fingerprint: fingerprintOf(key.PublicKey), CreatedAt: key.CreatedAt}
}

// registry makes, finds, renames and deletes the SSH keys of one account, so
// that none is orphaned and none is taken for another. Names may repeat; the
// API keeps one entry per public key. It is safe for concurrent use.
type registry struct {
	client *nebula.Client
	clock  clock.Clock
	list   *listing.List[entry]
}

func newRegistry(client *nebula.Client, c clock.Clock) *registry {
	r := &registry{client: client, clock: c}
	r.list = listing.New(listing.Options[entry]{
		Clock: c,
		When:  client.When,
		Words: words(),
		ID:    func(e entry) nebula.ID { return e.ID },
		Fetch: listing.From("/ssh-keys", r.fetch),
	})
	return r
}

func (r *registry) fetch(ctx context.Context) ([]entry, error) {
	keys, err := r.client.ListSSHKeys(ctx)
	if err != nil {
		return nil, err
	}
	entries := make([]entry, len(keys))
	for i, key := range keys {
		entries[i] = entryOf(key)
	}
	return entries, nil
}

// sign is what an entry without an id is recognised by.
const sign = "public key"

// What people call one, several, and one with its article.
const (
	thing  = "SSH key"
	things = "SSH keys"
	aThing = "an SSH key"
)

func words() listing.Words { return listing.Words{One: thing, Many: things, A: aThing} }

// rename gives an entry another name, and returns the name that the API keeps,
// "" where it does not say. What an answer leaves open, the list decides.
func (r *registry) rename(ctx context.Context, wanted listing.Wanted[entry], old, name string) (stored string, err error) {
	renamed, err := r.client.RenameSSHKey(ctx, wanted.ID, name)
	answer := entryOf(renamed)
	switch {
	case err == nil && answer.ID != wanted.ID:
		err = &listing.ForeignError{Words: words(), ID: answer.ID, Reason: "is about another SSH key"}
	case err == nil && answer.Name == old && old != name:
		err = &listing.ForeignError{Words: words(), ID: answer.ID, Reason: "shows the old name"}
	case err == nil:
		r.list.Changed(wanted.ID, func(e entry) entry { e.Name = cmp.Or(answer.Name, name); return e })
		return answer.Name, nil
	case !listing.ListDecides(err):
		return "", err
	}
	r.list.MayHaveChanged()
	ctx, cancel := clock.Finishing(ctx, r.clock)
	defer cancel()
	return "", r.confirmRename(ctx, wanted, name, err)
}

// confirmRename looks whether an entry has its new name although the answer
// did not say so. After a lost answer it is given some time to appear.
func (r *registry) confirmRename(ctx context.Context, wanted listing.Wanted[entry], name string, failure error) error {
	renamed := func(rows []entry) bool {
		for _, row := range rows {
			if row.ID == wanted.ID {
				return row.Name == name
			}
		}
		return false
	}
	if nebula.IsAmbiguous(failure) {
		if err := r.list.Watch(ctx, renamed); err != nil {
			return &renameError{Rename: failure, List: err}
		}
	}
	row, err := r.list.Now().Find(ctx, wanted)
	switch {
	case err != nil:
		return &renameError{Rename: failure, List: err}
	case row.Name == name:
		return nil
	default:
		return &renameError{Rename: failure}
	}
}
