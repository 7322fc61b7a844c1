package listing

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

// refusal is an answer of the API that says that it did nothing.
func refusal(status int) *nebula.APIError {
	return &nebula.APIError{Method: "DELETE", Route: "/things/{id}", Status: status, Class: nebula.Refused}
}

// lostAnswer is a call that may have been acted on.
func lostAnswer() *nebula.APIError {
	return &nebula.APIError{Method: "DELETE", Route: "/things/{id}", Class: nebula.Ambiguous}
}

func elsewhere(err *nebula.APIError, route string) *nebula.APIError {
	err.Route = route
	return err
}

// way is a call that deletes thing 4, or not, and answers.
type way struct {
	acts bool
	err  error
}

// deleteCase is the delete of thing 4, which stands beside thing 3.
type deleteCase struct {
	ways    []way
	arrange func(*fakeAPI)
	lists   int
	tried   int // ways that were tried; one when zero
	gone    bool
	absent  bool // whether the absence is all that is known
	check   func(*testing.T, error)
}

func (c deleteCase) run(t *testing.T) {
	t.Helper()
	bubble(t, func(t *testing.T, a *fakeAPI, l *List[thing]) {
		a.set("3", "4")
		if c.arrange != nil {
			c.arrange(a)
		}
		tried := 0
		var ways []func(context.Context) error
		for _, w := range c.ways {
			ways = append(ways, func(context.Context) error {
				tried++
				if w.acts {
					a.remove("4")
				}
				return w.err
			})
		}
		deletion, err := l.Delete(t.Context(), born("4", time.Hour), ways...)
		if want := max(c.tried, 1); tried != want {
			t.Errorf("%d ways were tried, want %d", tried, want)
		}
		a.wantLists(t, c.lists)
		if absent := deletion.Absent; (absent != nil) != c.absent || absent != nil && (absent.ID != "4" || absent.Source != "/things") {
			t.Errorf("absent: %+v", absent)
		}
		if gone := !slices.ContainsFunc(a.rows, func(row thing) bool { return row.ID == "4" }); gone != c.gone {
			t.Errorf("gone: %v, want %v", gone, c.gone)
		}
		switch {
		case c.check != nil:
			c.check(t, err)
		case err != nil:
			t.Error(err)
		}
		// What is known to be gone is not shown any more, whatever the list says.
		a.set("3", "4")
		a.edit(func(a *fakeAPI) { a.err, a.source = nil, "/things" })
		want := []nebula.ID{"3", "4"}
		if err == nil {
			want = want[:1]
		}
		see(t, l.Now(), want...)
	})
}

func TestDelete(t *testing.T) {
	t.Parallel()
	keeps := func(is func(error) bool) func(*testing.T, error) {
		return func(t *testing.T, err error) {
			t.Helper()
			var still *StillListedError
			var unconfirmed *UnconfirmedError
			if !is(err) || errors.As(err, &still) || errors.As(err, &unconfirmed) {
				t.Errorf("error %T: %v", err, err)
			}
		}
	}
	stillListed := func(is func(error) bool, routes ...string) func(*testing.T, error) {
		return func(t *testing.T, err error) {
			t.Helper()
			var still *StillListedError
			var e *nebula.APIError
			if !errors.As(err, &still) || !is(err) || !errors.As(err, &e) || !slices.Equal(e.Routes, routes) {
				t.Errorf("error %T: %v", err, err)
			}
		}
	}
	unconfirmed := func(t *testing.T, err error) {
		t.Helper()
		var u *UnconfirmedError
		if !errors.As(err, &u) || !errors.Is(err, u.Delete) || !errors.Is(err, u.List) || u.Delete == nil || u.List == nil {
			t.Errorf("error %T: %v", err, err)
		}
	}
	done := way{acts: true}
	refused := func(status int) way { return way{err: refusal(status)} }
	acted := func(err error) way { return way{acts: true, err: err} }
	already := func(a *fakeAPI) { a.remove("4") }
	failedEnvelope := &nebula.APIError{Method: "DELETE", Route: "/things/{id}", Status: 200, Class: nebula.Refused}

	for name, c := range map[string]deleteCase{
		"the API says so": {ways: []way{done, refused(500)}, gone: true},

		"404, gone":                   {ways: []way{refused(404)}, arrange: already, lists: 2, gone: true, absent: true},
		"404, listed":                 {ways: []way{refused(404)}, lists: 1, check: stillListed(nebula.IsNotFound)},
		"405, gone":                   {ways: []way{refused(405)}, arrange: already, lists: 2, gone: true, absent: true},
		"405, listed":                 {ways: []way{refused(405)}, lists: 1, check: stillListed(nebula.IsNotFound)},
		"400, gone":                   {ways: []way{refused(400)}, arrange: already, lists: 2, gone: true, absent: true},
		"422, gone":                   {ways: []way{refused(422)}, arrange: already, lists: 2, gone: true, absent: true},
		"422, listed":                 {ways: []way{refused(422), done}, lists: 1, check: stillListed(nebula.IsInvalid)},
		"404, in the second list":     {ways: []way{refused(404)}, arrange: func(a *fakeAPI) { a.hide("4", 1) }, lists: 2, check: stillListed(nebula.IsNotFound)},
		"404, no list":                {ways: []way{refused(404), done}, arrange: func(a *fakeAPI) { a.fail(errNoList) }, lists: 1, check: unconfirmed},
		"200 with failed, gone":       {ways: []way{acted(failedEnvelope)}, lists: 2, gone: true, absent: true},
		"200 with failed, listed":     {ways: []way{{err: failedEnvelope}}, lists: 1, check: stillListed(nebula.IsFailedEnvelope)},
		"answer lost, gone":           {ways: []way{acted(lostAnswer())}, lists: 2, gone: true, absent: true},
		"answer lost, listed":         {ways: []way{{err: lostAnswer()}, done}, lists: 1, check: stillListed(nebula.IsAmbiguous)},
		"answer lost, list moves":     {ways: []way{acted(lostAnswer())}, arrange: moves, lists: 2, gone: true, check: unconfirmed},
		"401":                         {ways: []way{refused(401), done}, check: keeps(nebula.IsUnauthorized)},
		"403":                         {ways: []way{refused(403), done}, check: keeps(nebula.IsForbidden)},
		"403, gone":                   {ways: []way{refused(403)}, arrange: already, gone: true, check: keeps(nebula.IsForbidden)},
		"409":                         {ways: []way{refused(409), done}, check: keeps(nebula.IsConflict)},
		"429":                         {ways: []way{refused(429), done}, check: keeps(nebula.IsRateLimited)},
		"never sent":                  {ways: []way{{err: &nebula.APIError{Class: nebula.NotSent}}, done}, check: keeps(func(err error) bool { return err != nil })},
		"interrupted before the call": {ways: []way{{err: context.Canceled}, done}, check: keeps(func(err error) bool { return errors.Is(err, context.Canceled) })},

		"the second way":                {ways: []way{refused(404), done}, lists: 1, tried: 2, gone: true},
		"the second way, answer lost":   {ways: []way{refused(405), acted(lostAnswer())}, lists: 3, tried: 2, gone: true, absent: true},
		"the second way refuses":        {ways: []way{refused(404), refused(403)}, lists: 1, tried: 2, check: keeps(nebula.IsForbidden)},
		"no way, gone":                  {ways: []way{refused(404), refused(404)}, arrange: already, lists: 2, gone: true, absent: true},
		"no way, listed":                {ways: []way{refused(404), {err: elsewhere(refusal(405), "/other/{id}")}}, lists: 2, tried: 2, check: stillListed(nebula.IsNotFound, "/things/{id}", "/other/{id}")},
		"gone after the second way 404": {ways: []way{refused(404), acted(refusal(404))}, lists: 3, tried: 2, gone: true, absent: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.run(t)
		})
	}
}

// moves makes the list answer at another address from the second one on.
func moves(a *fakeAPI) {
	a.edit(func(a *fakeAPI) {
		a.during = func() { a.edit(func(a *fakeAPI) { a.source = "/other" }) }
	})
}

func TestDeleteNeedsAWay(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, _ *fakeAPI, l *List[thing]) {
		if _, err := l.Delete(t.Context(), byID("4")); err == nil {
			t.Error("deleted")
		}
	})
}

// A row with an id that no request may carry stays in the list. It is never
// deleted, and stops nothing behind it.
func TestRowWithAnIDThatNoRequestCanCarry(t *testing.T) {
	t.Parallel()
	for _, id := range []nebula.ID{"../../admin", "key:41001", "a b", "\x1b[31mred", "\u202e4", "ak_WT2l5Rw8Rv8Mp7Q7fLh7dFgEDl_EMAntCsqlxhEsu", "", "-1", ".", "..", "%35", "５", "5/", "5?x", nebula.ID(strings.Repeat("9", 65))} {
		bubble(t, func(t *testing.T, a *fakeAPI, l *List[thing]) {
			a.set("3", id, "4")
			if row := finds(t, l.ForRefresh(), byName("thing "+string(id))); row.ID != id {
				t.Errorf("found %v", row)
			}
			finds(t, l.ForRefresh(), byID("4"))
			_, err := l.Delete(t.Context(), byID(id), func(context.Context) error {
				t.Errorf("a request went out for %q", id)
				return nil
			})
			var undeletable *UndeletableError
			if !errors.As(err, &undeletable) || undeletable.ID != id {
				t.Errorf("error %v", err)
			}
			a.wantLists(t, 1)
			if _, err := l.Delete(t.Context(), byID("4"), func(context.Context) error { return nil }); err != nil {
				t.Errorf("the one behind it: %v", err)
			}
		})
	}
}

// An object that this process made a moment ago is laid over lists that lag.
// Once its delete may have happened, that must not make it look alive.
func TestDeleteOfAFreshObjectWhoseAnswerIsLost(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		committed bool
		hidden    int // in so many lists
	}{
		"deleted":                       {committed: true},
		"not deleted":                   {},
		"not deleted, the list lags":    {hidden: 1},
		"deleted, never seen in a list": {committed: true, hidden: 9},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bubble(t, func(t *testing.T, a *fakeAPI, l *List[thing]) {
				see(t, l.Now()) // from before the object
				time.Sleep(time.Minute)
				l.Created(thing{ID: "4"})
				a.set("4")
				a.hide("4", c.hidden)
				_, err := l.Delete(t.Context(), byID("4"), func(context.Context) error {
					if c.committed {
						a.remove("4")
					}
					return lostAnswer()
				})
				var still *StillListedError
				if c.committed && err != nil || !c.committed && !errors.As(err, &still) {
					t.Errorf("error %v", err)
				}
			})
		})
	}
}

// An interrupt does not keep the list from deciding: the answer says what stays
// in the state.
func TestInterruptedDeleteIsDecidedAllTheSame(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, a *fakeAPI, l *List[thing]) {
		ctx, interrupt := context.WithCancel(t.Context())
		start := time.Now()
		deletion, err := l.Delete(ctx, byID("4"), func(context.Context) error {
			interrupt()
			return lostAnswer()
		})
		if err != nil || deletion.Absent == nil {
			t.Errorf("%+v, %v", deletion, err)
		}
		took(t, start, 4*time.Second)
		a.wantLists(t, 2)
	})
	// But not for longer than a minute.
	bubble(t, func(t *testing.T, a *fakeAPI, l *List[thing]) {
		a.edit(func(a *fakeAPI) { a.hangs = true })
		ctx, interrupt := context.WithCancel(t.Context())
		start := time.Now()
		_, err := l.Delete(ctx, byID("4"), func(context.Context) error {
			interrupt()
			return lostAnswer()
		})
		if _, ok := errors.AsType[*UnconfirmedError](err); !ok {
			t.Errorf("error %v", err)
		}
		took(t, start, time.Minute)
	})
}
