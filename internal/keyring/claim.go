package keyring

import (
	"strings"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

// certainlyOlder is how much older than its create a key must be to be another's:
// no clock that works is that wrong.
const certainlyOlder = 24 * time.Hour

// claim checks that a success is about a key that this try made. An id in an
// answer is no proof: an API with unique names may answer with an object that
// is there already, and a proxy may repeat another answer.
func (k *Keyring) claim(a attempt, answer nebula.CreatedAPIKey) error {
	if reason := a.contradicts(answer); reason != "" {
		return &ForeignAnswerError{ID: answer.ID, Reason: reason}
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.made[answer.ID] {
		return &ForeignAnswerError{ID: answer.ID, Reason: "names a key that another create of this run got"}
	}
	k.made[answer.ID] = true
	return nil
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
	case answer.Name != nil && !StoredForm(a.spec.Name, *answer.Name):
		return "is about a key of another name"
	case a.before(answer.ID):
		return "names a key that was listed before"
	case !answer.CreatedAt.IsZero() && answer.CreatedAt.Before(a.begun.Add(-certainlyOlder)):
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
	return description == "" || StoredForm(strings.ToLower(sent), strings.ToLower(description))
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
