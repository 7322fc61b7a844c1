package keyring

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

const (
	opCreate = fakenebula.OpCreateKey
	opList   = fakenebula.OpListKeys
	opDelete = fakenebula.OpDeleteKey
)

// spec is what the tests create. Foreign keys of the same name and text stand
// beside it in every test, and none may ever be touched.
func spec() Spec { return Spec{Name: "n", Description: "text"} }

func withForeign(o fixtureOptions) fixtureOptions {
	o.fake.APIKeys = []fakenebula.SeedKey{
		{Name: "n", Description: "text"},
		{Name: "n", Description: "text [tf:" + someToken + "]"},
	}
	return o
}

// made are the live keys but the foreign ones of withForeign.
func (r *fixture) made() []string {
	r.t.Helper()
	live := r.live()
	if len(live) < 2 || live[0] != "2" || live[1] != "3" {
		r.t.Fatalf("a foreign key was deleted: %v are left", live)
	}
	return live[2:]
}

// createCase is a cell of the fault table's column "create".
type createCase struct {
	fixture fixtureOptions
	faults  []fakenebula.Fault
	arrange func(*fixture)
	timeout time.Duration // five minutes when zero

	want counts
	made int // keys that are left in the end
	took time.Duration
	// check sees the outcome; nil means that the create must have succeeded.
	check func(*testing.T, *fixture, error)
}

func (c createCase) run(t *testing.T) {
	t.Helper()
	bubble(t, withForeign(c.fixture), func(t *testing.T, r *fixture) {
		r.server.Inject(c.faults...)
		if c.arrange != nil {
			c.arrange(r)
		}
		timeout := 5 * time.Minute
		if c.timeout > 0 {
			timeout = c.timeout
		}
		ctx, cancel := context.WithTimeout(t.Context(), timeout)
		defer cancel()
		start := time.Now()
		created, err := r.keys.Create(ctx, spec())
		if c.took != 0 {
			took(t, start, c.took)
		}
		r.noSecrets(err)
		r.wantCounts(c.want)
		made := r.made()
		if len(made) != c.made {
			t.Errorf("%v are left, want %d", made, c.made)
		}
		if err != nil && created != (Created{}) {
			t.Errorf("with an error: %+v", created)
		}
		if c.check != nil {
			c.check(t, r, err)
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if r.server.Secret(string(created.ID)) != created.Secret || !r.server.Valid(created.Secret) {
			t.Errorf("%v does not work", created)
		}
		if len(made) == 1 && nebula.ID(made[0]) != created.ID {
			t.Errorf("%v is left, created %v", made, created.ID)
		}
		if !c.fixture.noMarker {
			key, err := r.keys.Now().Find(ctx, Ref{Token: created.Token})
			wantKey(t, key, err, created.ID, "n", "text", created.Token)
		}
	})
}

// isRefusal expects an error that leaves nothing to remember.
func isRefusal(is func(error) bool) func(*testing.T, *fixture, error) {
	return func(t *testing.T, _ *fixture, err error) {
		t.Helper()
		var u *UndecidedError
		var lost *SecretLostError
		if err == nil || errors.As(err, &u) || errors.As(err, &lost) || !is(err) {
			t.Errorf("error %T: %v", err, err)
		}
	}
}

// tokenOnly expects an undecided create of which only the token is known.
func tokenOnly(t *testing.T, r *fixture, err error) {
	t.Helper()
	u := undecided(t, err)
	if u.Token == "" || u.ID != "" || len(u.Candidates) > 0 || !nebula.IsAmbiguous(u.Create) {
		t.Errorf("undecided: %+v", u)
	}
	if sent := r.sentTokens(); !slices.Equal(sent, []string{u.Token}) {
		t.Errorf("token %q, but sent were %q", u.Token, sent)
	}
}

// withID expects an undecided create whose key is known.
func withID(id nebula.ID) func(*testing.T, *fixture, error) {
	return func(t *testing.T, _ *fixture, err error) {
		t.Helper()
		if u := undecided(t, err); u.ID != id || u.Resolve == nil || len(u.Candidates) > 0 {
			t.Errorf("undecided: %+v", u)
		}
	}
}

// named expects an undecided create whose answer named a key that nothing
// proves to be its own.
func named(id nebula.ID) func(*testing.T, *fixture, error) {
	return func(t *testing.T, r *fixture, err error) {
		t.Helper()
		if u := undecided(t, err); u.Named != id || u.ID != "" || u.Token != r.sentTokens()[0] {
			t.Errorf("undecided: %+v", u)
		}
	}
}

func secretLost(t *testing.T, _ *fixture, err error) {
	t.Helper()
	if _, ok := errors.AsType[*SecretLostError](err); !ok {
		t.Errorf("error is %T: %v", err, err)
	}
}

// sentTokens are the creation tokens of the POSTs.
func (r *fixture) sentTokens() []string {
	r.t.Helper()
	var tokens []string
	for _, e := range r.server.Journal() {
		if e.Operation == opCreate {
			text, token := SplitMarker(e.Facts[fakenebula.FactDescription])
			if text != "text" {
				r.t.Errorf("sent the description %q", e.Facts[fakenebula.FactDescription])
			}
			tokens = append(tokens, token)
		}
	}
	return tokens
}

func TestCreate(t *testing.T) {
	t.Parallel()
	always := func(f fakenebula.Fault) []fakenebula.Fault { f.Times = -1; return []fakenebula.Fault{f} }
	lost := fakenebula.Fault{Operation: opCreate, Drop: true, Commit: true}
	lostAnd := func(more ...fakenebula.Fault) []fakenebula.Fault { return append([]fakenebula.Fault{lost}, more...) }
	notSent := func(err error) fakenebula.Fault { return fakenebula.Fault{Operation: opCreate, NotSent: err} }

	cases := map[string]createCase{
		"no fault":            {want: counts{post: 1}, made: 1},
		"no fault, no marker": {fixture: fixtureOptions{noMarker: true}, want: counts{post: 1}, made: 1},

		"N: connection refused":   {faults: []fakenebula.Fault{notSent(fakenebula.ConnectionRefused()), notSent(fakenebula.ConnectionRefused())}, want: counts{post: 1}, made: 1},
		"N: name not resolved":    {faults: []fakenebula.Fault{notSent(fakenebula.NoSuchHost("x"))}, want: counts{post: 1}, made: 1},
		"N: dial timed out":       {faults: []fakenebula.Fault{notSent(fakenebula.DialTimeout())}, want: counts{post: 1}, made: 1},
		"N: refused for good":     {faults: always(notSent(fakenebula.ConnectionRefused())), check: isRefusal(func(error) bool { return true })},
		"N: refused, retries off": {fixture: fixtureOptions{retries: -1}, faults: []fakenebula.Fault{notSent(fakenebula.ConnectionRefused())}, check: isRefusal(func(error) bool { return true })},
		"certificate error":       {faults: always(notSent(fakenebula.UnknownAuthority())), check: isRefusal(func(error) bool { return true })},

		"200 with failed":                  {faults: []fakenebula.Fault{{Operation: opCreate, Answer: fakenebula.Failed(200, "no")}}, want: counts{post: 1}, check: isRefusal(nebula.IsFailedEnvelope)},
		"429 with Retry-After":             {faults: []fakenebula.Fault{{Operation: opCreate, Times: 9, Answer: fakenebula.TooManyRequests("2")}}, want: counts{post: 10}, made: 1, took: 18 * time.Second},
		"429 for longer than the time-out": {faults: []fakenebula.Fault{{Operation: opCreate, Answer: fakenebula.TooManyRequests("3600")}}, want: counts{post: 1}, check: isRefusal(nebula.IsRateLimited)},

		"A: lost three times":             {faults: []fakenebula.Fault{{Operation: opCreate, Drop: true, Commit: true, Times: 3}}, want: counts{3, 3, 3}, check: secretLost},
		"A: lost twice":                   {faults: []fakenebula.Fault{{Operation: opCreate, Drop: true, Commit: true, Times: 2}}, want: counts{3, 2, 2}, made: 1},
		"A: committed late":               {faults: []fakenebula.Fault{{Operation: opCreate, Answer: fakenebula.HTML(504), CommitAfter: 5 * time.Second}}, want: counts{2, 3, 1}, made: 1, took: 7 * time.Second},
		"A: committed at the last moment": {faults: []fakenebula.Fault{{Operation: opCreate, Drop: true, CommitAfter: 29 * time.Second}}, want: counts{2, 5, 1}, made: 1},
		"A: committed, shown late":        {fixture: fixtureOptions{fake: fakenebula.Options{HideNewFor: 10 * time.Second}}, faults: lostAnd(), want: counts{2, 4, 1}, made: 1},
		"A: committed too late":           {faults: []fakenebula.Fault{{Operation: opCreate, Answer: fakenebula.HTML(504), CommitAfter: time.Minute}}, want: counts{1, 5, 0}, took: 30 * time.Second, check: tokenOnly},
		"A: marker off": {fixture: fixtureOptions{noMarker: true}, faults: lostAnd(), want: counts{1, 1, 0}, made: 1, check: func(t *testing.T, r *fixture, err error) {
			t.Helper()
			// Of two keys of that name and text one is ours: people must look.
			if u := undecided(t, err); u.Token != "" || u.ID != "" || !slices.Equal(u.Candidates, []nebula.ID{"2", "4"}) {
				t.Errorf("undecided: %+v", u)
			}
		}},
		// The one key of that name and text is a stranger's.
		"A: marker off, one candidate": {fixture: fixtureOptions{noMarker: true}, faults: []fakenebula.Fault{{Operation: opCreate, Drop: true}}, want: counts{1, 1, 0}, check: func(t *testing.T, _ *fixture, err error) {
			t.Helper()
			if u := undecided(t, err); u.Token != "" || u.ID != "" || !slices.Equal(u.Candidates, []nebula.ID{"2"}) {
				t.Errorf("undecided: %+v", u)
			}
		}},
		"A: marker off, never committed": {
			fixture: fixtureOptions{noMarker: true}, faults: []fakenebula.Fault{{Operation: opCreate, Drop: true}}, arrange: func(r *fixture) {
				r.server.SetName("2", "other")
			}, want: counts{1, 5, 0}, check: func(t *testing.T, _ *fixture, err error) {
				t.Helper()
				if u := undecided(t, err); u.Token != "" || u.ID != "" || len(u.Candidates) > 0 {
					t.Errorf("undecided: %+v", u)
				}
			},
		},
		"A: several matches": {faults: lostAnd(), arrange: func(r *fixture) {
			r.server.OnResponse(func(q fakenebula.Request) {
				if q.Operation == opCreate {
					r.server.AddKey("copy", q.Facts[fakenebula.FactDescription])
				}
			})
		}, want: counts{1, 1, 0}, made: 2, check: func(t *testing.T, r *fixture, err error) {
			t.Helper()
			if u := undecided(t, err); u.Token != r.sentTokens()[0] || u.ID != "" || !slices.Equal(u.Candidates, []nebula.ID{"4", "5"}) {
				t.Errorf("undecided: %+v", u)
			}
		}},
		"A: list refused": {faults: lostAnd(fakenebula.Fault{Operation: opList, Times: -1, Answer: fakenebula.Failed(403, "no")}), want: counts{1, 1, 0}, made: 1,
			check: func(t *testing.T, r *fixture, err error) {
				t.Helper()
				tokenOnly(t, r, err)
				if u := undecided(t, err); !nebula.IsForbidden(u.Resolve) {
					t.Errorf("resolve: %v", u.Resolve)
				}
			}},
		"A: list fails for good": {fixture: fixtureOptions{retries: -1}, faults: lostAnd(fakenebula.Fault{Operation: opList, Times: -1, Rewrite: fakenebula.WithData("null")}), want: counts{1, 5, 0}, made: 1,
			check: func(t *testing.T, r *fixture, err error) {
				t.Helper()
				tokenOnly(t, r, err)
				if u := undecided(t, err); u.Resolve == nil {
					t.Error("no word about the lists")
				}
			}},
		"A: list fails at first":  {fixture: fixtureOptions{retries: -1}, faults: lostAnd(fakenebula.Fault{Operation: opList, Times: 2, Answer: fakenebula.HTML(502)}), want: counts{2, 3, 1}, made: 1},
		"A: delete refused":       {faults: lostAnd(fakenebula.Fault{Operation: opDelete, Answer: fakenebula.Failed(403, "no")}), want: counts{1, 1, 1}, made: 1, check: withID("4")},
		"A: delete unknown":       {faults: lostAnd(fakenebula.Fault{Operation: opDelete, Answer: fakenebula.Failed(405, "no")}), want: counts{1, 3, 1}, made: 1, check: withID("4")},
		"A: delete's answer lost": {fixture: fixtureOptions{retries: -1}, faults: lostAnd(fakenebula.Fault{Operation: opDelete, Drop: true, Commit: true}), want: counts{2, 3, 1}, made: 1},
		"A: delete lost":          {fixture: fixtureOptions{retries: -1}, faults: lostAnd(fakenebula.Fault{Operation: opDelete, Drop: true}), want: counts{1, 2, 1}, made: 1, check: withID("4")},
		"A: time-out reconciling": {timeout: 10 * time.Second, faults: []fakenebula.Fault{{Operation: opCreate, Drop: true}}, want: counts{1, 3, 0}, took: 7 * time.Second, check: tokenOnly},
		"A: time-out in the POST": {timeout: 10 * time.Second, faults: []fakenebula.Fault{{Operation: opCreate, Hang: true, Commit: true}}, want: counts{post: 1}, made: 1, took: 10 * time.Second, check: tokenOnly},

		"success without key":       {faults: []fakenebula.Fault{{Operation: opCreate, Rewrite: fakenebula.WithoutField("key")}}, want: counts{1, 1, 1}, check: secretLost},
		"success with an empty key": {faults: []fakenebula.Fault{{Operation: opCreate, Rewrite: fakenebula.WithField("key", `""`)}}, want: counts{1, 1, 1}, check: secretLost},
		"success with a null key":   {faults: []fakenebula.Fault{{Operation: opCreate, Rewrite: fakenebula.WithField("key", "null")}}, want: counts{1, 1, 1}, check: secretLost},
		"success with a masked key": {faults: []fakenebula.Fault{{Operation: opCreate, Rewrite: fakenebula.WithField("key", `"ak_****"`)}}, want: counts{1, 1, 1}, check: secretLost},
		"success without key, marker off": {fixture: fixtureOptions{noMarker: true}, faults: []fakenebula.Fault{{Operation: opCreate, Rewrite: fakenebula.WithoutField("key")}},
			want: counts{1, 0, 0}, made: 1, check: named("4")},
		"success without key, list refused": {faults: []fakenebula.Fault{
			{Operation: opCreate, Rewrite: fakenebula.WithoutField("key")},
			{Operation: opList, Answer: fakenebula.Failed(403, "no")},
		}, want: counts{1, 1, 0}, made: 1, check: named("4")},
		"success without key, delete refused": {faults: []fakenebula.Fault{
			{Operation: opCreate, Rewrite: fakenebula.WithoutField("key")},
			{Operation: opDelete, Answer: fakenebula.Failed(403, "no")},
		}, want: counts{1, 1, 1}, made: 1, check: withID("4")},
		"success without key, delete's answer lost": {fixture: fixtureOptions{retries: -1}, faults: []fakenebula.Fault{
			{Operation: opCreate, Rewrite: fakenebula.WithoutField("key")},
			{Operation: opDelete, Drop: true, Commit: true},
		}, want: counts{1, 3, 1}, check: secretLost},
		// The list does not show the key at first, and the delete did not happen.
		"success without key, delete lost, list lags": {fixture: fixtureOptions{retries: -1, fake: fakenebula.Options{HideNewFor: 9 * time.Second}}, faults: []fakenebula.Fault{
			{Operation: opCreate, Rewrite: fakenebula.WithoutField("key")},
			{Operation: opDelete, Drop: true},
		}, want: counts{1, 3, 1}, made: 1, check: withID("4")},
		// No list shows it in time, so nothing is proven.
		"success without key, list lags for long": {fixture: fixtureOptions{fake: fakenebula.Options{HideNewFor: time.Minute}},
			faults: []fakenebula.Fault{{Operation: opCreate, Rewrite: fakenebula.WithoutField("key")}}, want: counts{1, 2, 0}, made: 1, check: named("4")},
	}
	for status, is := range map[int]func(error) bool{
		400: nebula.IsInvalid, 401: nebula.IsUnauthorized, 403: nebula.IsForbidden, 404: nebula.IsNotFound,
		405: nebula.IsNotFound, 409: nebula.IsConflict, 422: nebula.IsInvalid,
	} {
		cases[strconv.Itoa(status)] = createCase{faults: []fakenebula.Fault{{Operation: opCreate, Answer: fakenebula.Failed(status, "no")}}, want: counts{post: 1}, check: isRefusal(is)}
	}
	// Whatever hides the answer, only the list knows whether the key was made.
	for name, hide := range map[string]fakenebula.Fault{
		"connection closed": {Drop: true}, "no answer": {Hang: true}, "redirect": {Answer: fakenebula.Redirect(307, "/elsewhere")},
		"500": {Answer: fakenebula.Failed(500, "no")}, "502 page": {Answer: fakenebula.HTML(502)}, "503": {Answer: fakenebula.Failed(503, "no")},
		"504 page": {Answer: fakenebula.HTML(504)}, "success page": {Answer: fakenebula.HTML(200)}, "no body": {Answer: fakenebula.JSON(200, "")},
		"another envelope": {Answer: fakenebula.JSON(200, `{"ok":true}`)}, "400 page": {Answer: fakenebula.HTML(400)},
	} {
		hide.Operation = opCreate
		committed := hide
		committed.Commit = true
		cases["A: "+name+", committed"] = createCase{faults: []fakenebula.Fault{committed}, want: counts{2, 1, 1}, made: 1}
		cases["A: "+name+", not committed"] = createCase{faults: []fakenebula.Fault{hide}, want: counts{1, 5, 0}, check: tokenOnly}
	}
	for name, rewrite := range map[string]func(fakenebula.Answer) fakenebula.Answer{
		"truncated": fakenebula.Cut, "stalled": fakenebula.Stall, "oversized": fakenebula.Oversize,
		"data: null": fakenebula.WithData("null"), "data: []": fakenebula.WithData("[]"), "no id": fakenebula.WithoutField("id"),
		"id of wrong type": fakenebula.WithField("id", "{}"), "null id": fakenebula.WithField("id", "null"), "key of wrong type": fakenebula.WithField("key", "7"),
	} {
		cases["A: "+name] = createCase{faults: []fakenebula.Fault{{Operation: opCreate, Rewrite: rewrite}}, want: counts{2, 1, 1}, made: 1}
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.run(t)
		})
	}
}

func TestCreateWithStringIDs(t *testing.T) {
	t.Parallel()
	bubble(t, fixtureOptions{fake: fakenebula.Options{IDs: fakenebula.StringIDs}}, func(t *testing.T, r *fixture) {
		r.server.Inject(fakenebula.Fault{Operation: opCreate, Drop: true, Commit: true})
		created, err := r.keys.Create(t.Context(), spec())
		if err != nil || !r.server.Valid(created.Secret) {
			t.Fatalf("Create = %v, %v", created, err)
		}
		if absent, err := r.delete(t.Context(), Ref{ID: created.ID}); err != nil || absent {
			t.Error(absent, err)
		}
		r.wantCounts(counts{2, 1, 2})
		if len(r.server.Keys()) != 1 {
			t.Errorf("left: %v", r.server.Keys())
		}
	})
}

func TestCertificateErrorIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	bubble(t, fixtureOptions{}, func(t *testing.T, r *fixture) {
		r.server.Inject(fakenebula.Fault{NotSent: fakenebula.UnknownAuthority(), Times: -1})
		start := time.Now()
		_, err := r.keys.Create(t.Context(), spec())
		var apiErr *nebula.APIError
		if !errors.As(err, &apiErr) || !apiErr.Certificate || apiErr.Tries != 1 || time.Since(start) != 0 {
			t.Errorf("error %+v", err)
		}
	})
}

func TestEveryCreateHasATokenOfItsOwn(t *testing.T) {
	t.Parallel()
	bubble(t, fixtureOptions{}, func(t *testing.T, r *fixture) {
		r.server.Inject(fakenebula.Fault{Operation: opCreate, Drop: true, Commit: true, Times: 2})
		created, err := r.keys.Create(t.Context(), spec())
		if err != nil {
			t.Fatal(err)
		}
		sent := r.sentTokens()
		if slices.Sort(sent); len(slices.Compact(slices.Clone(sent))) != 3 || !slices.Contains(sent, created.Token) {
			t.Errorf("tokens %v, created %v", sent, created.Token)
		}
	})
}

func TestCreateWithoutRandomnessSendsNothing(t *testing.T) {
	t.Parallel()
	bubble(t, fixtureOptions{}, func(t *testing.T, r *fixture) {
		r.keys.random = strings.NewReader("short")
		if created, err := r.keys.Create(t.Context(), spec()); err == nil {
			t.Errorf("created %v", created)
		}
		r.wantCounts(counts{})
	})
}
