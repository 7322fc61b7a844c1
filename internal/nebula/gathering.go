package nebula

import "fmt"

// gathering is the rows of a list as its pages come in.
type gathering[Row any] struct {
	key  func(Row) string
	seen map[string]bool
	rows []Row
	// pages is how many pages brought rows, the first one counted whatever it
	// brought. last is the number of rows of the latest of them, largest that of
	// the largest.
	pages, last, largest int
	// total is what the first page said of the whole list, and toldPages the number
	// of pages that the latest one spoke of.
	total, toldPages int
	// more says that the latest page spoke of further rows.
	more bool
	// changed says that a later page told another total.
	changed bool
	// counting says that every total so far was the number of rows on its own
	// page; untold that the totals have been shown to mean nothing.
	counting, untold bool
}

func newGathering[Row any](key func(Row) string) *gathering[Row] {
	return &gathering[Row]{key: key, seen: map[string]bool{}, total: noTotal, counting: true}
}

// add takes a page and returns how many of its rows are new. Rows without ids
// are told apart by all that they hold, and a page of which anything is new
// counts whole.
func (g *gathering[Row]) add(p page[Row]) (added int) {
	var fresh []Row
	for _, row := range p.rows {
		key := g.keyOf(row)
		if !g.seen[key] {
			g.seen[key] = true
			fresh = append(fresh, row)
		}
	}
	added = len(fresh)
	if g.key == nil && added > 0 {
		fresh = p.rows
	}
	g.rows = append(g.rows, fresh...)
	if added > 0 || g.pages == 0 {
		g.pages++
		g.last, g.largest = len(p.rows), max(g.largest, len(p.rows))
		g.more, g.toldPages = p.more, p.claims.pages
	}
	g.told(p.total, len(p.rows), added)
	return added
}

func (g *gathering[Row]) keyOf(row Row) string {
	if g.key != nil {
		return g.key(row)
	}
	return fmt.Sprintf("%#v", row)
}

// told compares the total that a page tells with the one before.
func (g *gathering[Row]) told(total, rows, added int) {
	if total == noTotal {
		return
	}
	g.counting = g.counting && total == rows
	switch {
	case g.total == noTotal:
		g.total = total
	case g.total == total:
	case g.counting, added > 0 && total < len(g.rows):
		g.untold = true
	default:
		g.changed = true
	}
}

// reliable says that the total can be believed: one that is smaller than the
// number of rows cannot.
func (g *gathering[Row]) reliable() bool {
	return g.total != noTotal && !g.untold && g.total >= len(g.rows)
}

// reached says that all rows were seen that the total tells of.
func (g *gathering[Row]) reached() bool { return g.reliable() && len(g.rows) == g.total }

// complete says that no further page need be asked for: the total is reached,
// and the last page had room for more. The largest page shows how much an API
// gives that caps the limit.
func (g *gathering[Row]) complete(limit int) bool {
	full := g.last >= limit || g.pages > 1 && g.last >= g.largest
	return g.reached() && !full && !g.promised()
}

// promised says that the latest page spoke of further pages.
func (g *gathering[Row]) promised() bool { return g.more || g.toldPages > g.pages }

func (g *gathering[Row]) incomplete() error {
	if g.reliable() && !g.reached() {
		return &incompleteError{fmt.Sprintf("got %d of %d rows", len(g.rows), g.total)}
	}
	return &incompleteError{fmt.Sprintf("got %d rows, and there are more", len(g.rows))}
}
