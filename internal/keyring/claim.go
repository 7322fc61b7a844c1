package keyring

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/clock"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

// certainlyOlder is how much older than its create a key must be to be another's
// where only this machine's clock tells the time: no clock that works is that
// wrong.
const certainlyOlder = 24 * time.Hour

// claim checks that a success is about a key that this try made. An id in an
// answer is no proof: an API with unique names may answer with an object that
// is there already, and a proxy may repeat another answer.
func (k *Keyring) claim(ctx context.Context, a attempt, answer nebula.CreatedAPIKey) error {
	reason := a.contradicts(answer)
	if reason == "" && a.isBare(answer) {
		reason = k.listContradicts(ctx, a, answer.ID)
	}
	if reason != "" {
		return &ForeignAnswerError{ID: answer.ID, Reason: reason}
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	secret := nebula.Fingerprint(answer.Secret)
	switch {
	case k.made[answer.ID]:
		reason = "names a key that another create of this run got"
	case k.secrets[secret]:
		reason = "shows the secret of a key that another create of this run got"
	case k.client.IsOwnKey(secret):
		reason = "shows the key that the provider itself works with"
	default:
		k.made[answer.ID], k.secrets[secret] = true, true
		return nil
	}
	return &ForeignAnswerError{ID: answer.ID, Reason: reason}
}

// isBare reports an answer that shows neither the name nor the marker of the
// key: nothing in it tells the key from others.
func (a attempt) isBare(answer nebula.CreatedAPIKey) bool {
	if answer.Name != nil {
		return false
	}
	return a.token == "" || answer.Description == nil || !strings.Contains(*answer.Description, a.token)
}

// glance bounds the look at a list after a bare answer: nobody but this process
// knows the new key yet. It is longer than one try that gets no answer (30 s by
// default): a list that hangs must not let another's key pass.
const glance = 40 * time.Second

// listContradicts asks a list about the key of a bare answer. Creates that wait
// at the same time share it. The list only ever speaks against the key: one that
// cannot be had, or does not show the key yet, must not fail a create.
func (k *Keyring) listContradicts(ctx context.Context, a attempt, id nebula.ID) (reason string) {
	ctx, finished := clock.Finishing(ctx, k.clock)
	defer finished()
	ctx, cancel := k.clock.WithTimeout(ctx, glance)
	defer cancel()
	rows, err := k.list.Now().All(ctx)
	if err != nil {
		err = k.list.Watch(ctx, func(listed []nebula.APIKey) bool { rows = listed; return true })
	}
	i := slices.IndexFunc(rows, func(row nebula.APIKey) bool { return row.ID == id })
	if err != nil || i < 0 {
		return ""
	}
	row := rows[i]
	shown := nebula.CreatedAPIKey{ID: id, Description: row.Description}
	if row.Name != "" {
		shown.Name = &row.Name
	}
	if a.date(k); a.slack < certainlyOlder {
		shown.CreatedAt = row.CreatedAt
	}
	return a.contradicts(shown)
}

// contradicts says what of an answer shows that it is about another key, and
// completes "the answer ...". Text that the API stored in another form is no
// contradiction, and this try's own token outweighs everything else.
func (a attempt) contradicts(answer nebula.CreatedAPIKey) string {
	if answer.Description != nil {
		switch _, token := SplitMarker(*answer.Description); token {
		case "":
			if !a.mayBeStoredAs(*answer.Description) {
				return "shows another description"
			}
		case a.token:
			return ""
		default:
			return "carries the ownership marker of another create"
		}
	}
	switch {
	case answer.Name != nil && !nebula.StoredForm(a.spec.Name, *answer.Name):
		return "is about a key of another name"
	case a.before(answer.ID):
		return "names a key that was listed before"
	case !answer.CreatedAt.IsZero() && answer.CreatedAt.Before(a.begun.Add(-a.slack)):
		return "names a key that is older than this create"
	default:
		return ""
	}
}

// mayBeStoredAs reports whether a description without a marker can be what the
// API made of the one that was sent. None at all is no other one: an API may
// keep none.
func (a attempt) mayBeStoredAs(description string) bool {
	sent := MarkDescription(a.spec.Description, a.token)
	return description == "" || nebula.StoredForm(sent, description)
}

func (k *Keyring) isTaken(id nebula.ID) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.made[id]
}

// release forgets a key that is deleted: the API may give its id away again.
func (k *Keyring) release(id nebula.ID) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.made, id)
}
