package fakenebula

import (
	"cmp"
	"fmt"
	"net/http"
	"strconv"
)

// OffsetMeaning is what the query's offset counts.
type OffsetMeaning int

// The meanings of offset. The reference says rows; the vendor's console asks
// for the first page with 1 in one list and with 0 in another.
const (
	OffsetRows OffsetMeaning = iota
	OffsetPagesFromZero
	OffsetPagesFromOne // 0 is the first page, too
)

// TotalKind is how the total that a page states relates to the rows there are.
type TotalKind int

// The kinds of totals.
const (
	TotalRight TotalKind = iota
	TotalTooSmall
	TotalTooLarge // so it is never reached
	TotalAbsent
)

// Paging is how a list is cut into pages.
type Paging struct {
	Offset OffsetMeaning
	// DefaultLimit is the size of a page when the request names none, 100 when
	// zero.
	DefaultLimit int
	// MaxLimit is the largest size of a page; a request for more gets that
	// many. No bound when zero.
	MaxLimit int
	// RefuseLimit refuses a request for more than MaxLimit instead.
	RefuseLimit bool
	Total       TotalKind
}

// paging is that of an operation.
func (s *Server) paging(operation Operation) Paging {
	if p, own := s.options.PagesOf[operation]; own {
		return p
	}
	return s.options.Pages
}

// paged is the page of rows that the call asks for, and the total to state
// beside it, nil for none. A refusal has a status.
func paged[R any](s *Server, c *call, rows []R) (page []R, total *int, refusal Answer) {
	p := s.paging(c.route.operation)
	limit, ok := queryNumber(c, "limit", cmp.Or(p.DefaultLimit, 100))
	if !ok || limit < 1 || p.RefuseLimit && limit > p.MaxLimit {
		return nil, nil, s.refuseQuery(c, "limit")
	}
	offset, ok := queryNumber(c, "offset", 0)
	if !ok || offset < 0 {
		return nil, nil, s.refuseQuery(c, "offset")
	}
	if p.MaxLimit > 0 {
		limit = min(limit, p.MaxLimit)
	}
	first := offset
	switch p.Offset {
	case OffsetRows:
	case OffsetPagesFromZero:
		first = offset * limit
	case OffsetPagesFromOne:
		first = max(offset-1, 0) * limit
	}
	first = min(first, len(rows))
	return rows[first:min(first+limit, len(rows))], p.total(len(rows)), Answer{}
}

func (p Paging) total(n int) *int {
	switch p.Total {
	case TotalRight:
	case TotalTooSmall:
		n /= 2
	case TotalTooLarge:
		n += 5
	case TotalAbsent:
		return nil
	}
	return &n
}

// queryNumber is a number in the query, the default when it is not there.
func queryNumber(c *call, name string, byDefault int) (int, bool) {
	if !c.query.Has(name) {
		return byDefault, true
	}
	n, err := strconv.Atoi(c.query.Get(name))
	return n, err == nil
}

func (s *Server) refuseQuery(c *call, name string) Answer {
	return s.refuseField(http.StatusBadRequest, FieldError{Type: "value_error", Loc: []string{"query", name},
		Msg: fmt.Sprintf("Invalid %s", name), Input: c.query.Get(name)})
}
