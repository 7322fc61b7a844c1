package nebula

import (
	"context"
	"errors"
	"strings"
	"sync"
)

// knowledge is what the answers so far have shown of an API whose sources
// contradict each other. It lives as long as the client.
type knowledge struct {
	mu sync.Mutex
	// spellings is, for each kind of call, the index of the route that answered.
	spellings map[string]int
	// forms is, for each kind of call, the index of the form that was taken.
	forms map[string]int
	// paging is, for each list, how it is read in pages.
	paging map[string]pagingHabit
}

// spelling is the index of the route that answered a kind of call last.
func (k *knowledge) spelling(kind string) int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.spellings[kind]
}

func (k *knowledge) setSpelling(kind string, index int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.spellings == nil {
		k.spellings = map[string]int{}
	}
	k.spellings[kind] = index
}

// form is the index of the form in which the API has taken a kind of call; ok
// is false while none is known.
func (k *knowledge) form(kind string) (index int, ok bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	index, ok = k.forms[kind]
	return index, ok
}

func (k *knowledge) setForm(kind string, index int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.forms == nil {
		k.forms = map[string]int{}
	}
	k.forms[kind] = index
}

func (k *knowledge) habit(list string) pagingHabit {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.paging[list]
}

func (k *knowledge) setHabit(list string, habit pagingHabit) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.paging == nil {
		k.paging = map[string]pagingHabit{}
	}
	k.paging[list] = habit
}

// spellings are the routes under which one kind of call is documented or was
// seen, the first one first. Where the API knows none of them, that is an error
// which names all.
type spellings struct {
	// kind tells this kind of call from others: each is remembered by itself.
	kind   string
	routes []string
}

// order is the indices of the routes, the one that answered last first.
func (s spellings) order(k *knowledge) []int {
	first := k.spelling(s.kind)
	order := []int{first}
	for i := range s.routes {
		if i != first {
			order = append(order, i)
		}
	}
	return order
}

// firstKnown calls one spelling after the other as long as the API answers that
// there is no such route (404 or 405), and returns which one answered. It is
// right for reads, and for creates too: a route that does not exist did nothing.
func firstKnown[T any](ctx context.Context, c *Client, s spellings, send func(context.Context, target) (T, error)) (result T, route string, err error) {
	var missing *APIError
	for _, i := range s.order(&c.known) {
		route := s.routes[i]
		result, err := send(ctx, at(route))
		if err == nil {
			c.known.setSpelling(s.kind, i)
			return result, route, nil
		}
		// A login that is not found is not this route's affair.
		var e *APIError
		if !errors.As(err, &e) || !IsNotFound(e) || e.Route != route {
			return result, "", err
		}
		missing = e
	}
	missing.Routes = s.routes
	missing.Route = strings.Join(s.routes, ", ")
	missing.URL = c.baseURL
	missing.Reason = "the API knows none of the routes under which this call is documented or was seen"
	var none T
	return none, "", missing
}
