package keyring

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/listing"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

// deleteCase is a cell of the fault table's column "delete". The key to delete
// is key 4, with the token, unless the case is about another one.
type deleteCase struct {
	fixture fixtureOptions
	faults  []fakenebula.Fault
	arrange func(*fixture)
	ref     Ref
	timeout time.Duration // five minutes when zero

	want counts
	gone bool // whether key 4 is gone in the end
	// absent says that the API did not confirm the delete.
	absent bool
	took   time.Duration
	// check sees the error; nil means that there must be none.
	check func(*testing.T, error)
}

func (c deleteCase) run(t *testing.T) {
	t.Helper()
	o := withForeign(c.fixture)
	bubble(t, o, func(t *testing.T, r *fixture) {
		r.server.AddKey("n", MarkDescription("text", keyFourToken))
		time.Sleep(time.Hour) // the key is not young
		if c.arrange != nil {
			c.arrange(r)
		}
		r.server.Inject(c.faults...)
		timeout := 5 * time.Minute
		if c.timeout > 0 {
			timeout = c.timeout
		}
		ctx, cancel := context.WithTimeout(t.Context(), timeout)
		defer cancel()
		ref := c.ref
		if ref == (Ref{}) {
			ref = Ref{ID: "4", Token: keyFourToken}
		}
		start := time.Now()
		absent, err := r.delete(ctx, ref)
		if c.took != 0 {
			took(t, start, c.took)
		}
		r.noSecrets(err)
		if absent != c.absent {
			t.Errorf("its absence is all that is known: %v, want %v", absent, c.absent)
		}
		if c.want.del < 0 {
			c.want.del = r.counts().del // depends on the back-off
		}
		r.wantCounts(c.want)
		if named := r.deletes(); len(named) > 1 || len(named) == 1 && named[0] != "4" {
			t.Errorf("DELETE named %v", named)
		}
		if gone := !slices.Contains(r.made(), "4"); gone != c.gone {
			t.Errorf("key 4 is gone: %v, want %v; left are %v", gone, c.gone, r.made())
		}
		switch {
		case c.check != nil:
			c.check(t, err)
		case err != nil:
			t.Error(err)
		}
	})
}

// keyFourToken is as old as the bubble's clock.
const keyFourToken = "20000101T000000Z-aaaaaaaaaaaaaaaa"

func TestDelete(t *testing.T) {
	t.Parallel()
	foreignlyDeleted := func(r *fixture) { r.server.DeleteKey("4") }
	del := func(f fakenebula.Fault) []fakenebula.Fault { f.Operation = opDelete; return []fakenebula.Fault{f} }
	always := func(f fakenebula.Fault) []fakenebula.Fault { f.Times = -1; return del(f) }
	keeps := func(is func(error) bool) func(*testing.T, error) {
		return func(t *testing.T, err error) {
			t.Helper()
			var still *listing.StillListedError
			if err == nil || listing.IsAbsent(err) || errors.As(err, &still) || !is(err) {
				t.Errorf("error %T: %v", err, err)
			}
		}
	}
	anyError := func(error) bool { return true }
	stillListed := func(is func(error) bool) func(*testing.T, error) {
		return func(t *testing.T, err error) {
			t.Helper()
			var still *listing.StillListedError
			if !errors.As(err, &still) || !is(err) {
				t.Errorf("error %T: %v", err, err)
			}
		}
	}
	// Neither spelling of the route is known, so the error names both.
	bothRoutes := func(t *testing.T, err error) {
		t.Helper()
		stillListed(nebula.IsNotFound)(t, err)
		var e *nebula.APIError
		if !errors.As(err, &e) || !slices.Equal(e.Routes, []string{"/api-keys/{id}", "/keys/{id}"}) {
			t.Errorf("error %+v", e)
		}
	}
	unconfirmed := func(t *testing.T, err error) {
		t.Helper()
		var u *listing.UnconfirmedError
		if !errors.As(err, &u) || u.Delete == nil || u.List == nil || !errors.Is(err, u.Delete) || !errors.Is(err, u.List) {
			t.Errorf("error %T: %v", err, err)
		}
	}
	several := func(t *testing.T, err error) {
		t.Helper()
		var s *listing.SeveralError
		if !errors.As(err, &s) || len(s.IDs) != 2 {
			t.Errorf("error %T: %v", err, err)
		}
	}
	noRetry := fixtureOptions{retries: -1}
	byToken := Ref{Token: keyFourToken}

	cases := map[string]deleteCase{
		"200":                  {want: counts{del: 1}, gone: true},
		"200, body ignored":    {faults: del(fakenebula.Fault{Rewrite: fakenebula.WithData(`"?"`)}), want: counts{del: 1}, gone: true},
		"200, marker unknown":  {ref: Ref{ID: "4"}, want: counts{del: 1}, gone: true},
		"404, key gone":        {arrange: foreignlyDeleted, want: counts{0, 2, 1}, gone: true, absent: true, took: 2 * time.Second},
		"404, key listed":      {faults: del(fakenebula.Fault{Answer: fakenebula.Failed(404, "no")}), want: counts{0, 2, 1}, check: bothRoutes},
		"404 page, key listed": {faults: del(fakenebula.Fault{Answer: fakenebula.HTML(404)}), want: counts{0, 2, 1}, check: bothRoutes},
		"405, key gone":        {arrange: foreignlyDeleted, faults: del(fakenebula.Fault{Answer: fakenebula.Failed(405, "no")}), want: counts{0, 2, 1}, gone: true, absent: true},
		"405, key listed":      {faults: del(fakenebula.Fault{Answer: fakenebula.Failed(405, "no")}), want: counts{0, 2, 1}, check: bothRoutes},
		"404, key in second list": {faults: append(del(fakenebula.Fault{Answer: fakenebula.Failed(404, "no")}),
			fakenebula.Fault{Operation: opList, Omit: func(k fakenebula.Object) bool { return k.ID == "4" }}), want: counts{0, 3, 1}, check: bothRoutes},
		"404, list refused":         {arrange: foreignlyDeleted, faults: []fakenebula.Fault{{Operation: opList, Times: -1, Answer: fakenebula.Failed(403, "no")}}, want: counts{0, 1, 1}, gone: true, check: unconfirmed},
		"404, list is no list":      {fixture: noRetry, arrange: foreignlyDeleted, faults: []fakenebula.Fault{{Operation: opList, Times: -1, Rewrite: fakenebula.WithData("null")}}, want: counts{0, 1, 1}, gone: true, check: unconfirmed},
		"404, second list fails":    {fixture: noRetry, arrange: foreignlyDeleted, faults: []fakenebula.Fault{{Operation: opList, Skip: 1, Drop: true}}, want: counts{0, 2, 1}, gone: true, check: unconfirmed},
		"404, no route of the list": {fixture: fixtureOptions{fake: fakenebula.Options{Keys: fakenebula.KeyOptions{ListRoutes: fakenebula.ListSpellings()}}}, arrange: foreignlyDeleted, faults: []fakenebula.Fault{{Operation: opList, Times: -1, Answer: fakenebula.Failed(404, "no")}}, want: counts{0, 3, 1}, gone: true, check: unconfirmed},

		"200 with failed, key gone":   {faults: del(fakenebula.Fault{Answer: fakenebula.Failed(200, "no"), Commit: true}), want: counts{0, 2, 1}, gone: true, absent: true},
		"200 with failed, key listed": {faults: del(fakenebula.Fault{Answer: fakenebula.Failed(200, "no")}), want: counts{0, 1, 1}, check: stillListed(nebula.IsFailedEnvelope)},
		"200 page, key gone":          {faults: del(fakenebula.Fault{Answer: fakenebula.HTML(200), Commit: true}), want: counts{0, 2, 1}, gone: true, absent: true},
		"200 page, key listed":        {faults: del(fakenebula.Fault{Answer: fakenebula.HTML(200)}), want: counts{0, 1, 1}, check: stillListed(nebula.IsAmbiguous)},

		"400, key gone":                    {arrange: foreignlyDeleted, fixture: fixtureOptions{fake: fakenebula.Options{Keys: fakenebula.KeyOptions{UnknownIDStatus: 400}}}, want: counts{0, 2, 1}, gone: true, absent: true},
		"422, key gone":                    {arrange: foreignlyDeleted, fixture: fixtureOptions{fake: fakenebula.Options{Keys: fakenebula.KeyOptions{UnknownIDStatus: 422}}}, want: counts{0, 2, 1}, gone: true, absent: true},
		"400, key listed":                  {faults: del(fakenebula.Fault{Answer: fakenebula.Failed(400, "no")}), want: counts{0, 1, 1}, check: stillListed(nebula.IsInvalid)},
		"410, key gone":                    {arrange: foreignlyDeleted, faults: del(fakenebula.Fault{Answer: fakenebula.Failed(410, "gone")}), want: counts{0, 2, 1}, gone: true, absent: true},
		"410, key listed":                  {faults: del(fakenebula.Fault{Answer: fakenebula.Failed(410, "gone")}), want: counts{0, 1, 1}, check: stillListed(anyError)},
		"401":                              {faults: del(fakenebula.Fault{Answer: fakenebula.Failed(401, "no")}), want: counts{del: 1}, check: keeps(nebula.IsUnauthorized)},
		"403":                              {faults: del(fakenebula.Fault{Answer: fakenebula.Failed(403, "no")}), want: counts{del: 1}, check: keeps(nebula.IsForbidden)},
		"403, key gone":                    {arrange: foreignlyDeleted, faults: del(fakenebula.Fault{Answer: fakenebula.Failed(403, "no")}), want: counts{del: 1}, gone: true, check: keeps(nebula.IsForbidden)},
		"409 until the time-out":           {faults: always(fakenebula.Fault{Answer: fakenebula.Failed(409, "in use")}), want: counts{del: -1}, check: keeps(nebula.IsConflict)},
		"409 for a while":                  {faults: del(fakenebula.Fault{Answer: fakenebula.Failed(409, "in use"), Times: 8}), want: counts{del: 9}, gone: true},
		"429":                              {faults: del(fakenebula.Fault{Answer: fakenebula.TooManyRequests("3"), Times: 7}), want: counts{del: 8}, gone: true, took: 21 * time.Second},
		"429 for longer than the time-out": {faults: del(fakenebula.Fault{Answer: fakenebula.TooManyRequests("3600")}), want: counts{del: 1}, check: keeps(nebula.IsRateLimited)},

		"N: refused once":      {faults: del(fakenebula.Fault{NotSent: fakenebula.ConnectionRefused()}), want: counts{del: 1}, gone: true},
		"N: refused for good":  {faults: always(fakenebula.Fault{NotSent: fakenebula.ConnectionRefused()}), check: keeps(anyError)},
		"certificate error":    {faults: always(fakenebula.Fault{NotSent: fakenebula.UnknownAuthority()}), check: keeps(anyError)},
		"A: once":              {faults: del(fakenebula.Fault{Drop: true}), want: counts{del: 2}, gone: true},
		"A: once, deleted":     {faults: del(fakenebula.Fault{Drop: true, Commit: true}), want: counts{0, 2, 2}, gone: true, absent: true},
		"A: then not sent":     {faults: append(del(fakenebula.Fault{Drop: true, Commit: true}), always(fakenebula.Fault{Skip: 1, NotSent: fakenebula.ConnectionRefused()})...), want: counts{0, 2, 1}, gone: true, absent: true},
		"A: then refused":      {faults: append(del(fakenebula.Fault{Drop: true, Commit: true}), del(fakenebula.Fault{Answer: fakenebula.Failed(403, "no")})...), want: counts{del: 2}, gone: true, check: keeps(nebula.IsForbidden)},
		"A: for good, no list": {faults: []fakenebula.Fault{{Operation: fakenebula.OpAny, Times: -1, Drop: true}}, want: counts{0, 5, 5}, check: unconfirmed},
		"A: then a stale list": {fixture: noRetry, faults: append(del(fakenebula.Fault{Drop: true}),
			fakenebula.Fault{Operation: opList, Omit: func(k fakenebula.Object) bool { return k.ID == "4" }}), want: counts{0, 2, 1}, check: stillListed(nebula.IsAmbiguous)},
		"A: time-out": {timeout: 10 * time.Second, faults: del(fakenebula.Fault{Hang: true, Commit: true}), want: counts{del: 1}, gone: true, took: 10 * time.Second, check: unconfirmed},

		"by token, one":                {ref: byToken, want: counts{0, 1, 1}, gone: true},
		"by token, none":               {ref: byToken, arrange: foreignlyDeleted, want: counts{0, 2, 0}, gone: true, took: 2 * time.Second},
		"by token, several":            {ref: byToken, arrange: func(r *fixture) { r.server.AddKey("copy", MarkDescription("", keyFourToken)) }, want: counts{get: 1}, check: several},
		"by token, marker edited away": {ref: byToken, arrange: func(r *fixture) { r.server.SetDescription("4", "text") }, want: counts{get: 2}},
		"by token, list refused":       {ref: byToken, faults: []fakenebula.Fault{{Operation: opList, Answer: fakenebula.Failed(403, "no")}}, want: counts{get: 1}, check: keeps(nebula.IsForbidden)},
		"by token, one, answer lost":   {ref: byToken, fixture: noRetry, faults: del(fakenebula.Fault{Drop: true, Commit: true}), want: counts{0, 3, 1}, gone: true, absent: true},
		// The id decides, even where another key carries the token by now.
		"by id, token elsewhere": {arrange: func(r *fixture) { r.server.AddKey("copy", MarkDescription("", keyFourToken)) }, want: counts{del: 1}, gone: true},
		"by a hostile id":        {ref: Ref{ID: "../4"}, check: keeps(anyError)},
	}
	for name, fault := range map[string]fakenebula.Fault{
		"connection closed": {Drop: true}, "no answer": {Hang: true}, "redirect": {Answer: fakenebula.Redirect(302, "/elsewhere")},
		"500": {Answer: fakenebula.Failed(500, "no")}, "502 page": {Answer: fakenebula.HTML(502)}, "503": {Answer: fakenebula.Failed(503, "no")}, "504": {Answer: fakenebula.HTML(504)},
	} {
		committed := fault
		committed.Commit = true
		cases["A: "+name+" for good, key gone"] = deleteCase{faults: always(committed), want: counts{0, 2, 5}, gone: true, absent: true}
		cases["A: "+name+" for good, key listed"] = deleteCase{faults: always(fault), want: counts{0, 1, 5}, check: stillListed(nebula.IsAmbiguous)}
		cases["A: "+name+", retries off"] = deleteCase{fixture: noRetry, faults: always(committed), want: counts{0, 2, 1}, gone: true, absent: true}
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.run(t)
		})
	}
}

// DELETE /api-keys/{id} is tried first, always. Where the API does not know it
// the list decides, and which spelling answered is remembered.
func TestDeleteFindsTheRoute(t *testing.T) {
	t.Parallel()
	bubble(t, of(year2025, fakenebula.KeyOptions{}), func(t *testing.T, r *fixture) {
		var paths []string
		r.server.OnRequest(func(q fakenebula.Request) {
			if q.Method == http.MethodDelete {
				paths = append(paths, q.Path)
			}
		})
		for _, name := range []string{"a", "b"} {
			id, _ := r.server.AddKey(name, "")
			if absent, err := r.delete(t.Context(), Ref{ID: nebula.ID(id)}); err != nil || absent {
				t.Errorf("absent %v, %v", absent, err)
			}
		}
		if want := []string{"/api/v1/api-keys/2", "/api/v1/keys/2", "/api/v1/keys/3"}; !slices.Equal(paths, want) {
			t.Errorf("tried %q", paths)
		}
		r.wantCounts(counts{get: 1, del: 2})
	})
}

// A key that somebody else deleted is gone under every spelling of the route,
// and the absence is told.
func TestDeleteOfAKeyThatIsGoneWhereTheRouteIsUnknown(t *testing.T) {
	t.Parallel()
	bubble(t, of(year2025, fakenebula.KeyOptions{}), func(t *testing.T, r *fixture) {
		r.server.AddKey("a", "")
		if absent, err := r.delete(t.Context(), Ref{ID: "77", Token: r.token(time.Hour)}); err != nil || !absent {
			t.Errorf("absent %v, %v", absent, err)
		}
		r.wantCounts(counts{get: 2})
	})
}

// Another spelling of the list may be that of another API, or of none.
func TestAbsenceIsNotBelievedWhenTheRouteOfTheListChanges(t *testing.T) {
	t.Parallel()
	o := fixtureOptions{fake: fakenebula.Options{Keys: fakenebula.KeyOptions{ListRoutes: fakenebula.ListSpellings()}}}
	bubble(t, o, func(t *testing.T, r *fixture) {
		id, _ := r.server.AddKey("a", "")
		if _, err := r.keys.ForRefresh().Find(t.Context(), Ref{ID: nebula.ID(id)}); err != nil {
			t.Error(err)
		}
		usual := func(q fakenebula.Request) bool { return q.Path == "/api/v1/api-keys" }
		r.server.Inject(
			fakenebula.Fault{Operation: opList, Match: usual, Times: -1, Answer: fakenebula.Failed(404, "no")},
			fakenebula.Fault{Operation: opList, Times: -1, Rewrite: fakenebula.WithData("[]")},
			fakenebula.Fault{Operation: opDelete, Answer: fakenebula.Failed(404, "no")},
		)
		_, err := r.delete(t.Context(), Ref{ID: nebula.ID(id), Token: r.token(time.Hour)})
		var moved *listing.MovedError
		if !errors.As(err, &moved) || moved.Source != "/api_keys" || len(r.live()) != 1 {
			t.Errorf("error %v, left %v", err, r.live())
		}
	})
}

func TestInterruptedDelete(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault fakenebula.Fault
		want  counts
		took  time.Duration
		gone  bool
		ok    bool
	}{
		"answer on its way": {fakenebula.Fault{Delay: 10 * time.Second}, counts{del: 1}, 10 * time.Second, true, true},
		"answer lost":       {fakenebula.Fault{Drop: true, Commit: true, Delay: 10 * time.Second}, counts{0, 2, 1}, 12 * time.Second, true, true},
		"request lost":      {fakenebula.Fault{Drop: true, Delay: 10 * time.Second}, counts{0, 1, 1}, 10 * time.Second, false, false},
		"waiting out a 429": {fakenebula.Fault{Answer: fakenebula.TooManyRequests("60")}, counts{del: 1}, 5 * time.Second, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bubble(t, fixtureOptions{}, func(t *testing.T, r *fixture) {
				id, _ := r.server.AddKey("n", "")
				c.fault.Operation = opDelete
				r.server.Inject(c.fault)
				ctx, interrupt := context.WithCancel(t.Context())
				start := time.Now()
				defer time.AfterFunc(5*time.Second, interrupt).Stop()
				_, err := r.delete(ctx, Ref{ID: nebula.ID(id)})
				took(t, start, c.took)
				r.wantCounts(c.want)
				if (err == nil) != c.ok || (len(r.live()) == 0) != c.gone {
					t.Errorf("error %v, left %v", err, r.live())
				}
			})
		})
	}
}
