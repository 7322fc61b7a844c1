package keyring

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

const (
	year2024 = fakenebula.Reading2024
	year2025 = fakenebula.Reading2025
)

// of is an API as it is read, whose create has the knobs.
func of(r fakenebula.Reading, keys fakenebula.KeyOptions) fixtureOptions {
	return fixtureOptions{fake: fakenebula.Options{Reading: r, Keys: keys}}
}

func unmarked(o fixtureOptions) fixtureOptions {
	o.noMarker = true
	return o
}

// An API with unique names may answer a create with the key that has the name
// already. That key is somebody else's, whatever the answer shows of it.
func TestAnswerWithAKeyThatExistsAlready(t *testing.T) {
	t.Parallel()
	bare := fakenebula.KeyOptions{SameName: fakenebula.NameReturnsBare}
	masked := fakenebula.KeyOptions{SameName: fakenebula.NameReturnsMasked}
	whole := fakenebula.KeyOptions{SameName: fakenebula.NameReturnsWhole}
	listed := func(t *testing.T, r *fixture) {
		t.Helper()
		if _, err := r.keys.Now().All(t.Context()); err != nil {
			t.Error(err)
		}
	}
	for name, c := range map[string]struct {
		fixture fixtureOptions
		arrange func(*testing.T, *fixture)
		lists   int
		hidden  bool
	}{
		"no secret":                {fixture: of(year2024, bare), lists: 1},
		"no secret, 2025":          {fixture: of(year2025, bare), lists: 1, hidden: true},
		"no secret, marker off":    {fixture: unmarked(of(year2024, bare))},
		"no secret, 2025, off":     {fixture: unmarked(of(year2025, bare))},
		"masked":                   {fixture: of(year2024, masked), lists: 1},
		"masked, 2025":             {fixture: of(year2025, masked), lists: 1, hidden: true},
		"whole, another text":      {fixture: of(year2024, whole), lists: 5},
		"whole, listed before":     {fixture: of(year2025, whole), arrange: listed, lists: 6, hidden: true},
		"whole, listed, off":       {fixture: unmarked(of(year2025, whole)), arrange: listed, lists: 6},
		"whole, listed, off, 2024": {fixture: unmarked(of(year2024, whole)), arrange: listed, lists: 6},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bubble(t, withForeign(c.fixture), func(t *testing.T, r *fixture) {
				if c.arrange != nil {
					c.arrange(t, r)
				}
				time.Sleep(time.Minute)
				created, err := r.keys.Create(t.Context(), spec())
				u := undecided(t, err)
				if u.Named != "2" || u.ID != "" || (u.Token == "") != c.fixture.noMarker || u.Hidden != c.hidden || len(u.Candidates) > 0 {
					t.Errorf("created %v, undecided %+v", created, u)
				}
				r.noSecrets(err)
				r.wantCounts(counts{1, c.lists, 0})
				if made := r.made(); len(made) > 0 {
					t.Errorf("made %v", made)
				}
			})
		})
	}
}

// The token of another create in the answer is proof enough, list or no list.
func TestAnswerWithAnotherToken(t *testing.T) {
	t.Parallel()
	bubble(t, fixtureOptions{fake: fakenebula.Options{
		APIKeys: []fakenebula.SeedKey{{Name: "n", Description: "text [tf:" + someToken + "]"}},
		Keys:    fakenebula.KeyOptions{SameName: fakenebula.NameReturnsWhole},
	}}, func(t *testing.T, r *fixture) {
		_, err := r.keys.Create(t.Context(), spec())
		if u := undecided(t, err); u.Named != "2" || len(r.live()) != 1 {
			t.Errorf("undecided: %+v", u)
		}
	})
}

// A proxy may answer a create with what another create was answered.
func TestAnswerThatIsRepeated(t *testing.T) {
	t.Parallel()
	for _, reading := range fakenebula.Readings() {
		for _, c := range []struct {
			noMarker, committed bool
			want                counts
		}{
			{false, false, counts{2, 5, 0}},
			{false, true, counts{2, 1, 1}},
			{true, false, counts{2, 5, 0}},
			{true, true, counts{2, 1, 0}},
		} {
			t.Run(fmt.Sprintf("%s, marker off %v, committed %v", reading, c.noMarker, c.committed), func(t *testing.T) {
				t.Parallel()
				o := of(reading, fakenebula.KeyOptions{})
				o.noMarker = c.noMarker
				bubble(t, o, func(t *testing.T, r *fixture) {
					first, err := r.keys.Create(t.Context(), spec())
					if err != nil {
						t.Fatal(err)
					}
					r.server.Inject(fakenebula.Fault{Operation: opCreate, Repeat: true, Commit: c.committed})
					second, err := r.keys.Create(t.Context(), spec())
					r.noSecrets(err)
					if err == nil || second.ID == first.ID || !r.server.Valid(first.Secret) {
						t.Errorf("first %v, then %v, %v", first, second, err)
					}
					want := c.want
					if reading == year2025 {
						want.get++ // the first answer shows nothing but an id
					}
					switch {
					case reading == year2025 && c.committed:
						// No marker can be seen, so people must look.
						want.del = 0
						if u := undecided(t, err); u.Named != first.ID || len(u.Candidates) != 1 || u.Candidates[0] != "3" {
							t.Errorf("undecided: %+v", u)
						}
						r.wantCounts(want)
					case c.want.del > 0:
						secretLost(t, r, err)
						r.wantCounts(want)
					default:
						if u := undecided(t, err); u.Named != first.ID || u.ID != "" {
							t.Errorf("undecided: %+v", u)
						}
						r.wantCounts(want)
					}
				})
			})
		}
	}
}

// What an answer shows of its key must be about the key that was asked for.
func TestAnswerIsComparedWithTheRequest(t *testing.T) {
	t.Parallel()
	name, other, long := "my key", "your key", "a name that is longer than most"
	text := func(s string) *string { return &s }
	begun := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	const sent = "a text that says much [tf:" + someToken + "]"
	for reason, answers := range map[string][]nebula.CreatedAPIKey{
		"": {
			{}, {Name: &name}, {Name: text("My key"), Description: text(sent)}, {Name: text(" my key\r\n")},
			{Name: &name, Description: text(sent)}, {Name: &other, Description: text(sent)}, {ID: "listed", Description: text(sent)},
			{Description: text("")}, {Description: text(sent[:30])}, {Description: text("A TEXT THAT SAYS MUCH [TF:" + "20261123T015600Z-ABCDEFGHIJKLMNOP]")},
			{CreatedAt: begun.Add(-23 * time.Hour)}, {CreatedAt: begun.Add(time.Hour)},
		},
		"is about a key of another name":                 {{Name: &other}, {Name: text("")}, {Name: text("my")}, {Name: &long}},
		"carries the ownership marker of another create": {{Description: text("a text that says much [tf:20261123T015600Z-aaaaaaaaaaaaaaaa]")}},
		"shows another description":                      {{Description: text("another")}, {Name: &name, Description: text("a text")}},
		"names a key that was listed before":             {{ID: "listed"}, {ID: "listed", Name: &name}},
		"names a key that is older than this create":     {{CreatedAt: begun.Add(-25 * time.Hour)}},
	} {
		for _, answer := range answers {
			a := attempt{spec: Spec{Name: name, Description: "a text that says much"}, token: someToken, begun: begun, slack: certainlyOlder,
				before: func(id nebula.ID) bool { return id == "listed" }}
			if got := a.contradicts(answer); got != reason {
				t.Errorf("an answer with %v, %v, %v: %q, want %q", shownText(answer.Name), shownText(answer.Description), answer.CreatedAt, got, reason)
			}
		}
	}
}

// A secret that is known already is no new key's, whatever id stands beside it:
// an account of one key may be answered with the key that the provider works
// with, and a broken cache may mix two answers.
func TestAnswerWithASecretThatIsKnown(t *testing.T) {
	t.Parallel()
	for _, reading := range fakenebula.Readings() {
		for name, secret := range map[string]func(first Created) string{
			"the provider's own": func(Created) string { return rootKey },
			"another create's":   func(first Created) string { return first.Secret },
		} {
			t.Run(name+", "+string(reading), func(t *testing.T) {
				t.Parallel()
				bubble(t, of(reading, fakenebula.KeyOptions{}), func(t *testing.T, r *fixture) {
					first, err := r.keys.Create(t.Context(), spec())
					if err != nil {
						t.Fatal(err)
					}
					r.server.Inject(fakenebula.Fault{Operation: opCreate, Answer: fakenebula.JSON(200, `{"status":"success","message":"","data":{"id":77,"key":"`+secret(first)+`"}}`)})
					created, err := r.keys.Create(t.Context(), spec())
					r.noSecrets(err)
					if u := undecided(t, err); u.Named != "77" || u.ID != "" || !r.server.Valid(first.Secret) || !r.server.Valid(rootKey) {
						t.Errorf("created %v, undecided %+v", created, u)
					}
				})
			})
		}
	}
}

func shownText(s *string) string {
	if s == nil {
		return "nothing"
	}
	return fmt.Sprintf("%q", *s)
}

// An API that gives an id away again has not given the key of another create.
func TestIDThatIsGivenAwayAgain(t *testing.T) {
	t.Parallel()
	bubble(t, fixtureOptions{}, func(t *testing.T, r *fixture) {
		first, err := r.keys.Create(t.Context(), spec())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.keys.Now().All(t.Context()); err != nil {
			t.Error(err)
		}
		if _, err := r.delete(t.Context(), Ref{ID: first.ID, Token: first.Token}); err != nil {
			t.Error(err)
		}
		r.server.Inject(fakenebula.Fault{Operation: opCreate, Rewrite: fakenebula.WithField("id", string(first.ID))})
		if second, err := r.keys.Create(t.Context(), spec()); err != nil || second.ID != first.ID {
			t.Errorf("second %v, %v", second, err)
		}
	})
}

// A key is deleted on the strength of its id only when a list of now shows it
// with the token of its create.
func TestDeleteOwn(t *testing.T) {
	t.Parallel()
	foreign := func(r *fixture, created Created) {
		r.server.SetDescription(string(created.ID), "text [tf:"+someToken+"]")
	}
	for name, c := range map[string]struct {
		fixture fixtureOptions
		arrange func(*fixture, Created)
		ref     func(Created) Ref
		want    counts
		check   func(*UnprovenError) bool // nil: it must be deleted
	}{
		"its own":         {want: counts{1, 1, 1}},
		"listed late":     {fixture: fixtureOptions{fake: fakenebula.Options{HideNewFor: 9 * time.Second}}, want: counts{1, 2, 1}},
		"marker off":      {fixture: fixtureOptions{noMarker: true}, want: counts{1, 0, 0}, check: func(e *UnprovenError) bool { return e.Cause == nil }},
		"markers hidden":  {fixture: of(year2025, fakenebula.KeyOptions{}), want: counts{1, 2, 0}, check: func(e *UnprovenError) bool { return e.Hidden }},
		"another's token": {arrange: foreign, want: counts{1, 1, 0}, check: func(e *UnprovenError) bool { return !e.Hidden && e.Cause == nil }},
		"marker edited away": {arrange: func(r *fixture, created Created) { r.server.SetDescription(string(created.ID), "text") },
			want: counts{1, 1, 0}, check: func(e *UnprovenError) bool { return !e.Hidden && e.Cause == nil }},
		"gone": {arrange: func(r *fixture, created Created) { r.server.DeleteKey(string(created.ID)) },
			want: counts{1, 2, 0}, check: func(e *UnprovenError) bool { return e.Cause == nil }},
		"list refused": {arrange: func(r *fixture, _ Created) {
			r.server.Inject(fakenebula.Fault{Operation: opList, Answer: fakenebula.Failed(403, "no")})
		}, want: counts{1, 1, 0}, check: func(e *UnprovenError) bool { return nebula.IsForbidden(e) }},
		"another id": {ref: func(created Created) Ref { return Ref{ID: "2", Token: created.Token} },
			want: counts{1, 1, 0}, check: func(e *UnprovenError) bool { return e.ID == "2" }},
		// What this process believes proves nothing: the id of the answer may
		// be that of another account's key.
		"listed nowhere": {fixture: fixtureOptions{fake: fakenebula.Options{HideNewFor: time.Hour}}, want: counts{1, 2, 0}, check: func(e *UnprovenError) bool { return e.Cause == nil }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bubble(t, withForeign(c.fixture), func(t *testing.T, r *fixture) {
				created, err := r.keys.Create(t.Context(), Spec{Name: "m", Description: "text"})
				if err != nil {
					t.Fatal(err)
				}
				if c.arrange != nil {
					c.arrange(r, created)
				}
				ref := Ref{ID: created.ID, Token: created.Token}
				if c.ref != nil {
					ref = c.ref(created)
				}
				err = r.keys.DeleteOwn(t.Context(), ref)
				r.noSecrets(err)
				var unproven *UnprovenError
				switch {
				case c.check == nil && err != nil:
					t.Errorf("error %v", err)
				case c.check != nil && (!errors.As(err, &unproven) || !c.check(unproven)):
					t.Errorf("error %#v", err)
				}
				r.wantCounts(c.want)
				r.made()
			})
		})
	}
}

// A failure after the proof is no lack of it: that key must be remembered.
func TestDeleteOwnThatFails(t *testing.T) {
	t.Parallel()
	bubble(t, fixtureOptions{}, func(t *testing.T, r *fixture) {
		created, err := r.keys.Create(t.Context(), spec())
		if err != nil {
			t.Fatal(err)
		}
		r.server.Inject(fakenebula.Fault{Operation: opDelete, Answer: fakenebula.Failed(403, "no")})
		err = r.keys.DeleteOwn(t.Context(), Ref{ID: created.ID, Token: created.Token})
		var unproven *UnprovenError
		if errors.As(err, &unproven) || !nebula.IsForbidden(err) {
			t.Errorf("error %v", err)
		}
	})
}
