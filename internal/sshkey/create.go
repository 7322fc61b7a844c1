package sshkey

import (
	"cmp"
	"context"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/clock"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

// attempt is one try to register a public key.
type attempt struct {
	name string
	key  publicKey
	// begun is the time of the try.
	begun time.Time
	// before are the entries that the account had, by id; nil where no list
	// could be had, so that nothing can be known to be new.
	before map[nebula.ID]bool
}

// create registers a public key. When the answer is lost, the entry with this
// public key that was not there before is the one: the API keeps one entry per
// public key, and nothing secret was lost.
//
// The error is
//   - *existsError: the account has the public key already;
//   - *undecidedError: an entry may exist; what it holds must be remembered;
//   - anything else: none was made.
//
// An interrupt of ctx before the request stops it; after that the work goes on
// for up to a minute, until it is known what to remember.
func (r *registry) create(ctx context.Context, name string, key publicKey) (entry, error) {
	a := attempt{name: name, key: key}
	a.before = r.before(ctx)
	if ctx.Err() != nil {
		return entry{}, context.Cause(ctx)
	}
	made, err := r.client.CreateSSHKey(ctx, func() (nebula.SSHKeyRequest, error) {
		a.begun = r.clock.Now()
		return nebula.SSHKeyRequest{Name: name, PublicKey: key.line}, nil
	})
	answer := entryOf(made)
	if err == nil {
		err = r.claim(a, answer)
	}
	switch {
	case err == nil:
		r.list.Created(entry{answer.ID, cmp.Or(answer.Name, name), key.line, key.fingerprint, answer.CreatedAt})
		return answer, nil
	case nebula.IsAmbiguous(err) || isForeign(err):
		r.list.MayHaveChanged()
		return r.settle(ctx, a, err)
	case nebula.IsInvalid(err) || nebula.IsConflict(err) || nebula.IsFailedEnvelope(err):
		return entry{}, r.refused(ctx, a, err)
	default:
		return entry{}, err
	}
}

// before are the ids of the entries that there are, nil where no list can be
// had in time: that is no reason to make nothing.
func (r *registry) before(ctx context.Context) map[nebula.ID]bool {
	ctx, cancel := r.clock.WithTimeout(ctx, time.Minute)
	defer cancel()
	rows, err := r.list.Before(ctx)
	if err != nil {
		return nil
	}
	ids := make(map[nebula.ID]bool, len(rows))
	for _, row := range rows {
		ids[row.ID] = true
	}
	return ids
}

// claim checks that a success is about an entry that this try made. An id in an
// answer is no proof: a proxy may repeat another answer, and an API may answer
// with the entry that is there already.
func (r *registry) claim(a attempt, answer entry) error {
	foreign := func(reason string) error { return &foreignError{ID: answer.ID, Reason: reason} }
	switch {
	case answer.Fingerprint != "" && answer.Fingerprint != a.key.fingerprint:
		return foreign("is about another public key")
	case a.before[answer.ID]:
		return foreign("names an SSH key that was listed before")
	case !r.take(answer.ID):
		return foreign("names an SSH key that another create of this run got")
	}
	return nil
}

// take notes that a create of this process has got an id, and is false when
// another has.
func (r *registry) take(id nebula.ID) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.made[id] {
		return false
	}
	r.made[id] = true
	return true
}

func (r *registry) taken(id nebula.ID) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.made[id]
}

// sightings are the entries of a list that concern an attempt.
type sightings struct {
	// own has the public key and is new.
	own []entry
	// doubtful has it and was there before, or may have it.
	doubtful []nebula.ID
}

func (r *registry) sightings(a attempt, rows []entry) sightings {
	var s sightings
	ours := ref{Fingerprint: a.key.fingerprint, Born: a.begun}
	for _, row := range rows {
		fresh := a.before != nil && !a.before[row.ID] && !r.taken(row.ID)
		switch {
		case fresh && ours.matches(row):
			s.own = append(s.own, row)
		case row.Fingerprint == a.key.fingerprint,
			row.Fingerprint == "" && a.key.mayBe(row.PublicKey) && (fresh || a.before == nil && row.Name == a.name):
			s.doubtful = append(s.doubtful, row.ID)
		}
	}
	return s
}

// settle looks for the entry of a create whose answer was lost.
func (r *registry) settle(ctx context.Context, a attempt, failure error) (entry, error) {
	ctx, cancel := clock.Finishing(ctx, r.clock)
	defer cancel()
	var seen sightings
	err := r.list.Watch(ctx, func(rows []entry) bool {
		seen = r.sightings(a, rows)
		return len(seen.own)+len(seen.doubtful) > 0
	})
	if len(seen.own) == 1 && len(seen.doubtful) == 0 && r.take(seen.own[0].ID) {
		return seen.own[0], nil
	}
	undecided := &undecidedError{Create: failure, Resolve: err, Begun: a.begun, Candidates: seen.doubtful}
	for _, own := range seen.own {
		undecided.Candidates = append(undecided.Candidates, own.ID)
	}
	undecided.Findable = a.before != nil && len(undecided.Candidates) == 0
	return entry{}, undecided
}

// refused finds out whether a create was refused because the account has the
// public key already. The API's words are not relied upon: the list tells.
func (r *registry) refused(ctx context.Context, a attempt, refusal error) error {
	rows, err := r.list.Now().All(ctx)
	if err != nil {
		return refusal
	}
	var partial []entry
	for _, row := range rows {
		switch {
		case row.Fingerprint == a.key.fingerprint:
			return &existsError{Entry: row, Certain: true, Refusal: refusal}
		case row.Fingerprint == "" && row.PublicKey != "" && a.key.mayBe(row.PublicKey):
			partial = append(partial, row)
		}
	}
	if len(partial) == 1 {
		return &existsError{Entry: partial[0], Refusal: refusal}
	}
	return refusal
}
