package sshkey

import (
	"cmp"
	"context"
	"errors"
	"sync"
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

	mu sync.Mutex
	// made are the ids that creates of this process have got.
	made map[nebula.ID]bool
}

func newRegistry(client *nebula.Client, c clock.Clock) *registry {
	r := &registry{client: client, clock: c, made: map[nebula.ID]bool{}}
	r.list = listing.New(listing.Options[entry]{
		Clock: c,
		Words: listing.Words{One: "SSH key", Many: "SSH keys"},
		ID:    func(e entry) nebula.ID { return e.ID },
		Fetch: r.fetch,
	})
	return r
}

func (r *registry) fetch(ctx context.Context) ([]entry, string, error) {
	keys, err := r.client.ListSSHKeys(ctx)
	if err != nil {
		return nil, "", err
	}
	entries := make([]entry, len(keys))
	for i, key := range keys {
		entries[i] = entryOf(key)
	}
	return entries, "/ssh-keys", nil
}

const (
	// lateCommit is the age at which a create whose answer was lost, and that no
	// list shows, is given up.
	lateCommit = 10 * time.Minute
	// clockSkew is how far the API's clock may differ from this machine's.
	clockSkew = 5 * time.Minute
)

// ref says which entry is meant: by its id or, while that is not known, by its
// public key and the instant of the create that may have made it.
type ref struct {
	ID          nebula.ID
	Name        string
	Fingerprint string
	// Born is when the entry was made, or may have been; zero when unknown.
	Born time.Time
}

func (r ref) wanted() listing.Wanted[entry] {
	return listing.Wanted[entry]{ID: r.ID, Match: r.matches, Sign: "has the fingerprint " + r.Fingerprint, Born: r.Born}
}

// matches recognises the entry that a create may have made. An entry that says
// that it is of another time is somebody else's.
func (r ref) matches(e entry) bool {
	return r.Fingerprint != "" && e.Fingerprint == r.Fingerprint && (e.CreatedAt.IsZero() || r.Born.IsZero() ||
		!e.CreatedAt.Before(r.Born.Add(-clockSkew)) && !e.CreatedAt.After(r.Born.Add(lateCommit+clockSkew)))
}

// find looks an entry up. The errors are those of listing.Look.Find, and a
// *hiddenError for an entry without an id where the list shows one of its name
// whose public key cannot be seen.
func (r *registry) find(ctx context.Context, look listing.Look[entry], wanted ref) (entry, error) {
	found, err := look.Find(ctx, wanted.wanted())
	if err == nil || wanted.ID != "" || !listing.IsAbsent(err) {
		return found, err
	}
	rows, listErr := look.All(ctx)
	if listErr != nil {
		return entry{}, listErr
	}
	var hidden []nebula.ID
	for _, row := range rows {
		if row.Fingerprint == "" && row.Name == wanted.Name {
			hidden = append(hidden, row.ID)
		}
	}
	if len(hidden) > 0 {
		return entry{}, &hiddenError{IDs: hidden}
	}
	return entry{}, err
}

// mayStillAppear reports whether an entry that no list shows is recent enough
// that it may yet appear.
func (r *registry) mayStillAppear(born time.Time) bool {
	return r.clock.Now().Sub(born) < lateCommit
}

// believable reports whether a recorded instant can be true: it does not lie
// ahead by more than the clocks may differ.
func (r *registry) believable(at time.Time) bool { return !at.After(r.clock.Now().Add(clockSkew)) }

// rename gives an entry another name, and returns the name that the API keeps,
// "" where it does not say. What an answer leaves open, the list decides.
func (r *registry) rename(ctx context.Context, wanted ref, name string) (stored string, err error) {
	renamed, err := r.client.RenameSSHKey(ctx, wanted.ID, name)
	answer := entryOf(renamed)
	switch {
	case err == nil && answer.ID != wanted.ID:
		err = &foreignError{ID: answer.ID, Reason: "is about another SSH key"}
	case err == nil && answer.Name == wanted.Name && wanted.Name != name:
		err = &foreignError{ID: answer.ID, Reason: "shows the old name"}
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
func (r *registry) confirmRename(ctx context.Context, wanted ref, name string, failure error) error {
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
	row, err := r.list.Now().Find(ctx, wanted.wanted())
	switch {
	case err != nil:
		return &renameError{Rename: failure, List: err}
	case row.Name == name:
		return nil
	default:
		return &renameError{Rename: failure}
	}
}

// remove deletes an entry. No error means that it is gone: the API said so, or
// two complete lists lack it, which the Deletion tells.
func (r *registry) remove(ctx context.Context, wanted ref) (listing.Deletion, error) {
	return r.list.Delete(ctx, wanted.wanted(), func(ctx context.Context) error { return r.client.DeleteSSHKey(ctx, wanted.ID) })
}

// isForeign reports an answer that belongs to another call.
func isForeign(err error) bool {
	_, ok := errors.AsType[*foreignError](err)
	return ok
}
