package keyring

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/listing"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

// Where the list shows no descriptions, an ambiguous create is handled as
// without a marker: nothing is deleted, and the keys that may be the one are
// named.
func TestAmbiguousCreateWhereMarkersAreHidden(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault   fakenebula.Fault
		arrange func(*testing.T, *fixture)
		noRows  bool // neither created_at nor anything else tells keys apart
		want    counts
		made    int
		named   []nebula.ID
	}{
		// The foreign keys of the name are older than the create.
		"committed":       {fault: fakenebula.Fault{Drop: true, Commit: true}, want: counts{1, 1, 0}, made: 1, named: []nebula.ID{"4"}},
		"committed late":  {fault: fakenebula.Fault{Answer: fakenebula.HTML(504), CommitAfter: 5 * time.Second}, want: counts{1, 3, 0}, made: 1, named: []nebula.ID{"4"}},
		"never committed": {fault: fakenebula.Fault{Drop: true}, want: counts{1, 5, 0}},
		"no created_at, listed before": {fault: fakenebula.Fault{Drop: true, Commit: true}, noRows: true, arrange: func(t *testing.T, r *fixture) {
			t.Helper()
			if _, err := r.keys.ForRefresh().All(t.Context()); err != nil {
				t.Error(err)
			}
		}, want: counts{1, 2, 0}, made: 1, named: []nebula.ID{"4"}},
		"no created_at, never listed": {fault: fakenebula.Fault{Drop: true, Commit: true}, noRows: true, want: counts{1, 1, 0}, made: 1, named: []nebula.ID{"2", "3", "4"}},
		"a colleague's of this moment": {fault: fakenebula.Fault{Drop: true, Commit: true}, arrange: func(_ *testing.T, r *fixture) {
			r.server.AddKey("n", "")
			r.server.AddKey("m", "")
		}, want: counts{1, 1, 0}, made: 3, named: []nebula.ID{"4", "6"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := of(year2025, fakenebula.KeyOptions{})
			if c.noRows {
				o = of(year2024, fakenebula.KeyOptions{RowsDescribe: fakenebula.No})
			}
			bubble(t, withForeign(o), func(t *testing.T, r *fixture) {
				time.Sleep(time.Hour)
				if c.arrange != nil {
					c.arrange(t, r)
				}
				c.fault.Operation = opCreate
				r.server.Inject(c.fault)
				_, err := r.keys.Create(t.Context(), spec())
				u := undecided(t, err)
				if u.ID != "" || u.Token == "" || !u.Hidden || u.Resolve != nil || !slices.Equal(u.Candidates, c.named) {
					t.Errorf("undecided: %+v", u)
				}
				r.wantCounts(c.want)
				if made := r.made(); len(made) != c.made {
					t.Errorf("%v are left, want %d", made, c.made)
				}
			})
		})
	}
}

// A key that another create of this process has got is no candidate.
func TestKeysOfOtherCreatesAreNoCandidates(t *testing.T) {
	t.Parallel()
	bubble(t, of(year2025, fakenebula.KeyOptions{}), func(t *testing.T, r *fixture) {
		other, err := r.keys.Create(t.Context(), spec())
		if err != nil {
			t.Fatal(err)
		}
		r.server.Inject(fakenebula.Fault{Operation: opCreate, Drop: true, Commit: true})
		_, err = r.keys.Create(t.Context(), spec())
		if u := undecided(t, err); len(u.Candidates) != 1 || u.Candidates[0] == other.ID {
			t.Errorf("undecided: %+v, the other is %s", u, other.ID)
		}
	})
}

func TestKeyIsNotFoundByAHiddenMarker(t *testing.T) {
	t.Parallel()
	bubble(t, of(year2025, fakenebula.KeyOptions{}), func(t *testing.T, r *fixture) {
		created, err := r.keys.Create(t.Context(), spec())
		if err != nil {
			t.Fatal(err)
		}
		_, err = r.keys.ForRefresh().Find(t.Context(), Ref{Token: created.Token})
		var hidden *HiddenMarkerError
		if !errors.As(err, &hidden) || hidden.Token != created.Token || listing.IsAbsent(err) {
			t.Errorf("error %v", err)
		}
		if _, err := r.delete(t.Context(), Ref{Token: created.Token}); !errors.As(err, &hidden) {
			t.Errorf("delete: %v", err)
		}
		// By its id it is found, and its row says nothing about the text.
		key, err := r.keys.ForRefresh().Find(t.Context(), Ref{ID: created.ID, Token: created.Token})
		if err != nil || key.Description != nil || key.Token != "" || key.Name != "n" {
			t.Errorf("found %+v, %v", key, err)
		}
		if absent, err := r.delete(t.Context(), Ref{ID: created.ID, Token: created.Token}); err != nil || absent {
			t.Errorf("delete: %v, %v", absent, err)
		}
		// Where there is no row at all, nothing is hidden.
		r.server.Inject(fakenebula.Fault{Operation: opList, Times: -1, Rewrite: fakenebula.WithData("[]")})
		if _, err := r.keys.Now().Find(t.Context(), Ref{Token: r.token(time.Hour)}); !listing.IsAbsent(err) {
			t.Errorf("in an empty list: %v", err)
		}
	})
}

// One key without a description hides no marker, but it may be the one.
func TestRowWithoutADescriptionAmongOthers(t *testing.T) {
	t.Parallel()
	text := func(s string) *string { return &s }
	ours := "text [tf:" + someToken + "]"
	a := attempt{spec: spec(), token: someToken, before: func(nebula.ID) bool { return false }, taken: func(nebula.ID) bool { return false }}
	rows := []nebula.APIKey{{ID: "1", Name: "n", Description: text("text")}, {ID: "2", Name: "n"}, {ID: "3", Name: "m"}}
	if m := matchAttempt(rows, a); m.hidden || len(m.own) > 0 || !slices.Equal(m.candidates, []nebula.ID{"2"}) {
		t.Errorf("%+v", m)
	}
	rows = append(rows, nebula.APIKey{ID: "4", Name: "whatever", Description: &ours})
	if m := matchAttempt(rows, a); m.hidden || !slices.Equal(m.own, []nebula.ID{"4"}) || len(m.candidates) > 0 {
		t.Errorf("%+v", m)
	}
	if hideMarkers(nil) || hideMarkers(rows) || !hideMarkers(rows[1:3]) {
		t.Error("hideMarkers")
	}
}

// Such a row must not end the search: the key with the marker may come late.
func TestCandidateDoesNotEndTheSearchForAMarker(t *testing.T) {
	t.Parallel()
	bubble(t, fixtureOptions{}, func(t *testing.T, r *fixture) {
		match := r.keys.match
		r.keys.match = func(rows []nebula.APIKey, a attempt) matches {
			for i := range rows {
				if rows[i].ID == "2" {
					rows[i].Description = nil
				}
			}
			return match(rows, a)
		}
		r.server.AddKey("n", "") // key 2
		r.server.Inject(fakenebula.Fault{Operation: opCreate, Drop: true, CommitAfter: 5 * time.Second})
		created, err := r.keys.Create(t.Context(), spec())
		if err != nil || !r.server.Valid(created.Secret) {
			t.Errorf("created %v, %v", created, err)
		}
		if live := r.live(); !slices.Equal(live, []string{"2", string(created.ID)}) {
			t.Errorf("left are %v", live)
		}
	})
}
