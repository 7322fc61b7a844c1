package nebula

import (
	"errors"
	"net/url"
	"strings"
)

// target is what a call addresses.
type target struct {
	// route is the template that errors and logs name; path is what is sent.
	route, path string
	query       url.Values
	// err is why no call may be made; see at.
	err error
}

// at fills ids into the template of a route, as in at("/ssh-keys/{id}", id). An
// id that no request may carry makes every call to the target fail before
// anything is sent: no hostile id can address another route.
func at(template string, ids ...ID) target {
	t := target{route: template}
	rest := template
	for _, id := range ids {
		before, after, found := strings.Cut(rest, "{")
		_, after, closed := strings.Cut(after, "}")
		if !found || !closed {
			t.err = errors.New("more ids than " + template + " has places for")
			return t
		}
		segment, err := id.pathSegment()
		if err != nil {
			t.err = err
			return t
		}
		t.path += before + segment
		rest = after
	}
	if strings.Contains(rest, "{") {
		t.err = errors.New("an id is missing for " + template)
	}
	t.path += rest
	return t
}

// with is the target with a query in place of its own.
func (t target) with(query url.Values) target {
	t.query = query
	return t
}

// requestURI is the path with its query.
func (t target) requestURI() string {
	if len(t.query) == 0 {
		return t.path
	}
	return t.path + "?" + t.query.Encode()
}
