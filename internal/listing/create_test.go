package listing

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

// making is a create of a thing of a name. The API adds these rows and answers
// with the row and the error.
func making(a *fakeAPI, name string, answer thing, failure error, rows ...thing) Creation[thing] {
	return Creation[thing]{
		Send: func(_ context.Context, begin func()) (thing, error) {
			begin()
			a.edit(func(a *fakeAPI) { a.rows = append(a.rows, rows...) })
			return answer, failure
		},
		Contradicts: func(answer thing) string {
			if answer.Name != name {
				return "is about another thing"
			}
			return ""
		},
		Compare: func(row thing, novelty Novelty, _ time.Time) Likeness {
			switch {
			case row.Name != name:
				return Other
			case novelty == IsNew:
				return Same
			default:
				return Similar
			}
		},
		Sign: "name",
	}
}

// What a create gives, whatever becomes of its answer.
func TestCreate(t *testing.T) {
	t.Parallel()
	lost := &nebula.APIError{Class: nebula.Ambiguous}
	refused := &nebula.APIError{Class: nebula.Refused}
	mine, hers := thing{"2", "mine"}, thing{"1", "hers"}
	for name, test := range map[string]struct {
		answer     thing
		failure    error
		rows       []thing
		want       nebula.ID
		candidates []nebula.ID
		findable   bool
	}{
		"answered":                {mine, nil, []thing{mine}, "2", nil, false},
		"lost":                    {thing{}, lost, []thing{mine}, "2", nil, false},
		"never made":              {thing{}, lost, nil, "", nil, true},
		"another's answer":        {hers, nil, []thing{mine}, "2", nil, false},
		"listed before":           {thing{"1", "mine"}, nil, []thing{mine}, "2", nil, false},
		"two of them":             {thing{}, lost, []thing{mine, {"3", "mine"}}, "", []nebula.ID{"2", "3"}, false},
		"refused, nothing to say": {thing{}, refused, nil, "", nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bubble(t, func(t *testing.T, a *fakeAPI, l *List[thing]) {
				a.edit(func(a *fakeAPI) { a.rows = []thing{hers} })
				made, err := l.Create(t.Context(), making(a, "mine", test.answer, test.failure, test.rows...))
				var undecided *UndecidedError
				switch {
				case test.want != "":
					if err != nil || made.ID != test.want {
						t.Errorf("made %v, %v", made, err)
					}
				case errors.Is(test.failure, refused):
					if !errors.Is(err, refused) || errors.As(err, &undecided) {
						t.Errorf("made %v, %v", made, err)
					}
				case !errors.As(err, &undecided):
					t.Errorf("made %v, %v", made, err)
				case !slices.Equal(undecided.Candidates, test.candidates) || undecided.Findable != test.findable:
					t.Errorf("%+v", undecided)
				}
			})
		})
	}
}

// Two creates never get one object. An id that the API gives away again after a
// delete is a new object's.
func TestCreateTakesEachIDOnce(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, a *fakeAPI, l *List[thing]) {
		row := thing{"1", "mine"}
		create := func() error {
			_, err := l.Create(t.Context(), making(a, "mine", row, nil))
			return err
		}
		if err := create(); err != nil {
			t.Fatal(err)
		}
		var undecided *UndecidedError
		if err := create(); !errors.As(err, &undecided) || !IsForeign(undecided.Create) {
			t.Errorf("the same id twice: %v", err)
		}
		l.Deleted("1")
		if err := create(); err != nil {
			t.Errorf("after the delete: %v", err)
		}
	})
}

// An object that can be known by its sign alone is not said to be gone while a
// list shows rows without it.
func TestHiddenSign(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, a *fakeAPI, l *List[thing]) {
		a.edit(func(a *fakeAPI) { a.rows = []thing{{"1", ""}} })
		wanted := byName("mine")
		wanted.Blind = func(row thing) bool { return row.Name == "" }
		var hidden *HiddenError
		if _, err := l.Now().Find(t.Context(), wanted); !errors.As(err, &hidden) || !slices.Equal(hidden.IDs, []nebula.ID{"1"}) {
			t.Error(err)
		}
		a.set("2")
		lacks(t, l.Now(), wanted)
	})
}
