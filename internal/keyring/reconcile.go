package keyring

import (
	"context"
	"errors"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

// reconciled is what lists show of an ambiguous create.
type reconciled struct {
	// own are the keys that carry its marker. More than one is possible only
	// where somebody copied a description.
	own []nebula.ID
	// candidates are keys that may be the one, where no marker can tell.
	candidates []nebula.ID
	// hidden says that the list shows no markers.
	hidden bool
}

// reconcile looks for the key that an ambiguous create may have made, at
// growing intervals, until a list shows one or the time is up. A list that is
// refused ends it at once. The error is nil when lists were had and showed
// nothing.
func (k *Keyring) reconcile(ctx context.Context, a attempt) (reconciled, error) {
	var unread error
	var last reconciled
	for _, delay := range reconcileDelays {
		if err := k.clock.Sleep(ctx, delay); err != nil {
			return last, unread
		}
		rows, err := k.list.Now().All(ctx)
		if err != nil {
			if isFinal(err) {
				return last, err
			}
			unread = err
			continue
		}
		unread = nil
		last = reconciled{hidden: a.token != "" && len(withoutDescription(rows)) > 0}
		ids := make([]nebula.ID, 0, 1)
		for _, row := range k.match(rows, a) {
			ids = append(ids, row.ID)
		}
		switch {
		case len(ids) == 0:
			continue
		case a.token == "" || last.hidden && !carries(rows, ids, a.token):
			last.candidates = ids
		default:
			last.own = ids
		}
		return last, nil
	}
	return last, unread
}

// carries reports whether the rows with these ids carry the marker.
func carries(rows []nebula.APIKey, ids []nebula.ID, token string) bool {
	for _, row := range rows {
		for _, id := range ids {
			if row.ID == id && tokenOf(row) != token {
				return false
			}
		}
	}
	return true
}

// isFinal tells an answer that will not change from a fault.
func isFinal(err error) bool {
	var e *nebula.APIError
	return !errors.As(err, &e) || e.Class == nebula.Refused
}

// clockSkew is how far the API's clock may differ from this machine's.
const clockSkew = 5 * time.Minute

// matchAttempt finds the keys that carry exactly this try's marker. Where no
// marker can tell, it names the keys that may be the one, for people to look
// at: they have its name, were not there before, and are not older than the
// try. They may well be somebody else's, so they are never deleted.
func matchAttempt(rows []nebula.APIKey, a attempt) []nebula.APIKey {
	var marked, candidates []nebula.APIKey
	for _, row := range rows {
		switch {
		case a.token != "" && tokenOf(row) == a.token:
			marked = append(marked, row)
		case a.token != "" && row.Description != nil,
			!StoredForm(a.spec.Name, row.Name),
			row.Description != nil && !StoredForm(a.spec.Description, *row.Description),
			a.before(row.ID), a.taken(row.ID),
			!row.CreatedAt.IsZero() && row.CreatedAt.Before(a.begun.Add(-clockSkew)):
		default:
			candidates = append(candidates, row)
		}
	}
	if len(marked) > 0 {
		return marked
	}
	return candidates
}
