package keyring

import (
	"context"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

// matches is what a list shows of an ambiguous create.
type matches struct {
	// own are the keys that carry its marker. More than one is possible only
	// where somebody copied a description.
	own []nebula.ID
	// candidates are keys that may be the one, where no marker can tell. They
	// may well be somebody else's, so they are never deleted.
	candidates []nebula.ID
	// hidden says that the list shows no markers.
	hidden bool
}

// reconcile looks for the key that an ambiguous create may have made, at
// growing intervals, until a list shows one or the time is up. A list that is
// refused ends it at once. The error is nil when lists were had and showed
// nothing.
func (k *Keyring) reconcile(ctx context.Context, a attempt) (m matches, unread error) {
	unread = k.list.Watch(ctx, func(rows []nebula.APIKey) bool {
		m = k.match(rows, a)
		return len(m.own) > 0 || len(m.candidates) > 0 && (a.token == "" || m.hidden)
	})
	return m, unread
}

// matchAttempt finds the keys that carry exactly this try's marker, and else
// those that may be the one in spite of it.
func matchAttempt(rows []nebula.APIKey, a attempt) matches {
	m := matches{hidden: a.token != "" && hideMarkers(rows)}
	for _, row := range rows {
		switch {
		case a.token != "" && tokenOf(row) == a.token:
			m.own = append(m.own, row.ID)
		case a.mayBe(row):
			m.candidates = append(m.candidates, row.ID)
		}
	}
	if len(m.own) > 0 {
		m.candidates = nil
	}
	return m
}

// clockSkew is how far the API's clock may differ from this machine's.
const clockSkew = 5 * time.Minute

// mayBe reports whether a row can be the try's key although its marker does not
// say so: it has the name and does not show another text, was not there before,
// belongs to no other create, and is not older than the try.
func (a attempt) mayBe(row nebula.APIKey) bool {
	switch {
	case !nebula.StoredForm(a.spec.Name, row.Name), a.before(row.ID), a.taken(row.ID):
		return false
	case row.Description != nil && (a.token != "" || !nebula.StoredForm(a.spec.Description, *row.Description)):
		return false
	default:
		return row.CreatedAt.IsZero() || !row.CreatedAt.Before(a.begun.Add(-clockSkew))
	}
}
