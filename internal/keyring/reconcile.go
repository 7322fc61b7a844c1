package keyring

import (
	"context"
	"errors"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

// reconcileDelays are the pauses before the lists in which an ambiguous create
// is looked for.
var reconcileDelays = []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 15 * time.Second}

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
	for _, delay := range reconcileDelays {
		if k.clock.Sleep(ctx, delay) != nil {
			break
		}
		rows, err := k.list.Now().All(ctx)
		unread = err
		if err != nil {
			if isFinal(err) {
				break
			}
			continue
		}
		m = k.match(rows, a)
		if len(m.own) > 0 || len(m.candidates) > 0 && (a.token == "" || m.hidden) {
			break
		}
	}
	return m, unread
}

// isFinal tells an answer that will not change from a fault.
func isFinal(err error) bool {
	var e *nebula.APIError
	return !errors.As(err, &e) || e.Class == nebula.Refused
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
	case !StoredForm(a.spec.Name, row.Name), a.before(row.ID), a.taken(row.ID):
		return false
	case row.Description != nil && (a.token != "" || !StoredForm(a.spec.Description, *row.Description)):
		return false
	default:
		return row.CreatedAt.IsZero() || !row.CreatedAt.Before(a.begun.Add(-clockSkew))
	}
}
