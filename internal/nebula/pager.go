package nebula

import (
	"context"
	"errors"
	"net/http"
	"slices"
)

// meaning is what a list takes "offset" for. The sources contradict each other,
// and a pager that takes one for the other reads a part and believes the rest
// gone.
type meaning int

const (
	unknownMeaning meaning = iota
	// rowsSoFar is documented: the number of rows to skip.
	rowsSoFar
	// pageFromZero and pageFromOne are what the vendor's console sends.
	pageFromZero
	pageFromOne
)

// next is the offset of the next page.
func (m meaning) next(rows, pages int) int {
	switch m {
	case pageFromZero:
		return pages
	case pageFromOne:
		return pages + 1
	default:
		return rows
	}
}

// pagingHabit is what earlier pages have shown of a list.
type pagingHabit struct {
	meaning meaning
	// refused is the smallest limit that was refused, 0 where none was.
	refused int
	// first is the offset of the first page; guessed says that it was not asked
	// for, but tried because the server broke down at another.
	first   int
	guessed bool
}

// pager reads a list in pages and never takes a part for the whole.
//
// A list is complete when as many different rows were seen as the total says
// and the last page was not full, or when one more page brings nothing new,
// asked for in every meaning of offset that is still possible.
type pager[Row any] struct {
	ask    func(ctx context.Context, limit, offset int) (page[Row], error)
	key    func(Row) string
	newest int
	habit  pagingHabit

	limit int
	got   *gathering[Row]
	// wrong are meanings that led past rows in an earlier pass.
	wrong []meaning
	// asked are the offsets of this pass.
	asked map[int]bool
}

// incompleteError is a list of which not all could be had.
type incompleteError struct{ reason string }

func (e *incompleteError) Error() string { return e.reason }

// errAnew says that a list must be read again from its beginning.
var errAnew = errors.New("the pages do not belong together")

// maxPasses is how often a list is begun: once, once more because it changed,
// and once for each meaning that its pages have shown to be wrong.
const maxPasses = 4

// read gives all rows, or the newest of them.
func (p *pager[Row]) read(ctx context.Context) ([]Row, error) {
	changed := false
	for range maxPasses {
		err := p.pass(ctx)
		switch {
		case err == nil && p.enough():
			return p.got.rows[:p.newest], nil
		case err == nil:
			return p.got.rows, nil
		case !errors.Is(err, errAnew):
			return nil, err
		case p.got.changed && changed:
			return nil, &incompleteError{"it changes while it is read"}
		}
		changed = changed || p.got.changed
	}
	return nil, &incompleteError{"its pages do not belong together"}
}

func (p *pager[Row]) enough() bool { return p.newest > 0 && len(p.got.rows) >= p.newest }

// pass reads the list once from its beginning.
func (p *pager[Row]) pass(ctx context.Context) error {
	p.got, p.asked = newGathering(p.key), map[int]bool{}
	first, err := p.open(ctx)
	if err != nil {
		return err
	}
	p.got.add(first)
	proven := unknownMeaning
	for !p.enough() && !p.got.complete(p.limit) {
		found, probed, err := p.further(ctx, proven)
		if err != nil {
			return err
		}
		if found == unknownMeaning {
			return p.end(probed)
		}
		p.habit.meaning = found
		if proven != unknownMeaning && found != proven {
			p.wrong = append(p.wrong, proven)
			return errAnew
		}
		proven = found
	}
	return nil
}

// open asks for the first page, with smaller limits where a limit is refused,
// and from offset 1 where the API does not take 0.
func (p *pager[Row]) open(ctx context.Context) (page[Row], error) {
	var first error
	for _, offset := range slices.Compact([]int{p.habit.first, 1}) {
		refused, guessed := p.habit.refused, p.habit.guessed || brokeDown(first)
		for _, limit := range p.limits() {
			answer, err := p.ask(ctx, limit, offset)
			if err == nil {
				p.limit, p.asked[offset] = limit, true
				p.habit.first, p.habit.refused, p.habit.guessed = offset, refused, guessed
				return answer, nil
			}
			if first == nil {
				first = err
			}
			if brokeDown(err) {
				break
			}
			if !IsInvalid(err) {
				return page[Row]{}, err
			}
			refused = limit
		}
	}
	return page[Row]{}, first
}

// brokeDown says that the server met a fault of its own. Code that counts pages
// from 1 can do so at 0 instead of refusing it.
func brokeDown(err error) bool { return hasStatus(err, http.StatusInternalServerError) }

// limits are how many rows to ask for, in the order in which they are tried.
func (p *pager[Row]) limits() []int {
	var all []int
	for _, limit := range []int{100, 50, 10} {
		if p.newest > 0 {
			limit = min(limit, p.newest)
		}
		if p.habit.refused == 0 || limit < p.habit.refused {
			all = append(all, limit)
		}
	}
	return slices.Compact(all)
}

// probes is what the questions after the last row came to.
type probes struct {
	// answered is how many were not refused; shortest is the least rows that
	// one of them brought, none of them new.
	answered, shortest int
}

// further asks for the next page in each meaning that is still possible, until
// one brings new rows.
func (p *pager[Row]) further(ctx context.Context, proven meaning) (found meaning, probed probes, err error) {
	for _, m := range p.meanings(proven) {
		added, err := p.probe(ctx, m.next(len(p.got.rows), p.got.pages), &probed)
		if err != nil || added > 0 {
			return m, probed, err
		}
	}
	if p.got.reached() {
		return unknownMeaning, probed, nil
	}
	// Nothing says that this is all. The second page, counted from 0 or from 1,
	// must hold known rows whatever offset is, unless the list was read in a
	// meaning that led past it.
	for _, offset := range []int{1, 2} {
		added, err := p.probe(ctx, offset, &probed)
		if err == nil && added > 0 {
			p.wrong, err = append(p.wrong, proven), errAnew
		}
		if err != nil {
			return unknownMeaning, probed, err
		}
	}
	return unknownMeaning, probed, nil
}

// probe asks for the rows at an offset, unless that was done in this pass, and
// returns how many of them are new.
func (p *pager[Row]) probe(ctx context.Context, offset int, probed *probes) (added int, err error) {
	if p.asked[offset] {
		return 0, nil
	}
	p.asked[offset] = true
	answer, err := p.ask(ctx, p.limit, offset)
	if IsInvalid(err) || IsNotFound(err) {
		return 0, nil // There is no such page.
	}
	if err != nil {
		return 0, err
	}
	added = p.got.add(answer)
	if p.got.changed {
		return 0, errAnew
	}
	if added == 0 {
		if probed.answered == 0 || len(answer.rows) < probed.shortest {
			probed.shortest = len(answer.rows)
		}
		probed.answered++
	}
	return added, nil
}

// meanings are the meanings of offset to ask in, the likeliest first. Once all
// rows that the total tells of were seen, the known one is enough.
func (p *pager[Row]) meanings(proven meaning) []meaning {
	known := proven
	if known == unknownMeaning {
		known = p.habit.meaning
	}
	// What a pass that went wrong has shown last is a guess.
	certain := proven != unknownMeaning || len(p.wrong) == 0
	if known != unknownMeaning && certain && p.got.reached() {
		return []meaning{known}
	}
	all := []meaning{known}
	for _, m := range []meaning{rowsSoFar, pageFromZero, pageFromOne} {
		if m != known {
			all = append(all, m)
		}
	}
	return slices.DeleteFunc(all, func(m meaning) bool {
		return m == unknownMeaning || m == rowsSoFar && p.habit.first > 0 || slices.Contains(p.wrong, m)
	})
}

// end decides whether a list to which nothing could be added is complete.
func (p *pager[Row]) end(probed probes) error {
	switch {
	case p.got.reached() && !p.got.promised():
		return nil
	case p.got.promised() || p.got.reliable():
		return p.got.incomplete()
	case probed.answered == 0, p.habit.guessed:
		return p.got.incomplete()
	case p.got.last == p.limit && probed.shortest >= p.limit:
		// A full page, and whatever is asked for is full of the same rows: the
		// API looks at limit and not at offset.
		return p.got.incomplete()
	default:
		return nil
	}
}
