package nebula

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/url"
	"strconv"
)

// listOf describes a list of the API.
type listOf[Row any] struct {
	target target
	// member is the member of data that holds the rows. Data that is an array
	// holds them itself.
	member string
	// key tells rows apart; the same key twice is one row. It is nil for rows
	// without ids, which are counted.
	key func(Row) string
	// newest, where it is positive, is how many rows are enough.
	newest int
}

// maxLinks bounds how many links to a next page are followed.
const maxLinks = 1000

// whole reads a list that is not known to come in pages (GET without a query).
// Where the answer says that it is not all, the rest is fetched: by the links
// that it holds, else in pages. A list that stays incomplete is an error.
func whole[Row any](ctx context.Context, c *Client, l listOf[Row]) ([]Row, error) {
	page, err := l.page(ctx, c, l.target)
	if err != nil {
		return nil, err
	}
	if page.claims == noClaims() {
		return page.rows, nil
	}
	got := newGathering(l.key)
	got.add(page)
	if !page.partial(len(got.rows)) {
		return page.rows, nil
	}
	for range maxLinks {
		next, ok := c.linked(l.target, page.next)
		if !ok {
			break
		}
		if page, err = l.page(ctx, c, next); err != nil {
			return nil, err
		}
		if got.add(page) == 0 {
			break
		}
		if !page.more && page.total <= len(got.rows) {
			return got.rows, nil
		}
	}
	all, err := pages(ctx, c, l)
	if IsInvalid(err) {
		return nil, c.incompleteList(l.target, "there are more rows, and the API takes neither limit nor offset")
	}
	return all, err
}

// incompleteList is the error of a list that cannot be had whole.
func (c *Client) incompleteList(t target, reason string) *APIError {
	failure := c.newFailure(reading(t), 1)
	failure.Reason = "the list cannot be read to its end: " + reason
	return failure
}

// pages reads a list that takes limit and offset.
func pages[Row any](ctx context.Context, c *Client, l listOf[Row]) ([]Row, error) {
	p := pager[Row]{
		key:    l.key,
		newest: l.newest,
		habit:  c.known.habit(l.target.requestURI()),
		ask: func(ctx context.Context, limit, offset int) (page[Row], error) {
			query := url.Values{"limit": {strconv.Itoa(limit)}, "offset": {strconv.Itoa(offset)}}
			maps.Copy(query, l.target.query)
			return l.page(ctx, c, l.target.with(query))
		},
	}
	rows, err := p.read(ctx)
	if incomplete, ok := errors.AsType[*incompleteError](err); ok {
		return nil, c.incompleteList(l.target, incomplete.reason)
	}
	if err != nil {
		return nil, err
	}
	c.known.setHabit(l.target.requestURI(), p.habit)
	return rows, nil
}

// page is a part of a list with what the answer says of the whole.
type page[Row any] struct {
	rows []Row
	claims
}

// page asks for one page.
func (l listOf[Row]) page(ctx context.Context, c *Client, t target) (page[Row], error) {
	var p page[Row]
	call := reading(t)
	call.read = func(a answer) (wrong string) {
		p.claims = claimsOf(a)
		p.rows, wrong = l.decode(a)
		return wrong
	}
	if err := c.do(ctx, call); err != nil {
		return page[Row]{}, err
	}
	return p, nil
}

// decode reads the rows. One row that lacks what it must have spoils them all.
func (l listOf[Row]) decode(a answer) (rows []Row, wrong string) {
	const noList = "the answer's data is not the list that the API documents"
	raw, ok := a.members.present("data")
	if !ok {
		return nil, "the answer holds no data"
	}
	if raw[0] == '{' && l.member != "" {
		data, _ := parseObject(raw)
		if raw, ok = data.present(l.member); !ok {
			return nil, noList
		}
	}
	if raw[0] != '[' || json.Unmarshal(raw, &rows) != nil {
		return nil, noList
	}
	for _, row := range rows {
		if wrong := lackOf(row); wrong != "" {
			return nil, wrong
		}
	}
	return rows, ""
}

// linked is where a link of an answer leads, if that is the same route of the
// same API: a credential is sent nowhere else, and no link can name a route that
// changes things.
func (c *Client) linked(from target, link string) (target, bool) {
	base, err := url.Parse(c.baseURL + from.requestURI())
	if err != nil || link == "" {
		return target{}, false
	}
	to, err := base.Parse(link)
	if err != nil || to.Scheme != base.Scheme || to.Host != base.Host || to.User != nil || to.EscapedPath() != base.EscapedPath() {
		return target{}, false
	}
	return from.with(to.Query()), true
}
