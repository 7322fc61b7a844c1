package tfkit_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// shelf is a list that tells how often each kind of look was asked for.
type shelf struct {
	shared, now   []string
	looks, nowers int
	err           error
}

func (s *shelf) search() tfkit.Search[string] {
	return tfkit.Search[string]{
		Thing: "book", Things: "books",
		ForRead: func(context.Context) ([]string, error) { s.looks++; return s.shared, s.err },
		Now:     func(context.Context) ([]string, error) { s.nowers++; return s.now, s.err },
		ID:      func(book string) nebula.ID { return nebula.ID("id-" + book) },
	}
}

// begins is the criterion of these tests.
func begins(prefix string) tfkit.Criterion[string] {
	return tfkit.Criterion[string]{Attribute: "title", Words: "that begins with " + prefix,
		Match: func(book string) bool { return strings.HasPrefix(book, prefix) }}
}

func find(t *testing.T, s *shelf, prefix string) (book, told string) {
	t.Helper()
	b := newBench(t)
	var diags diag.Diagnostics
	b.resource.Run(t.Context(), tfkit.Doing("read book", &diags, nil), func(ctx context.Context, op *tfkit.Operation) {
		var ok bool
		if book, ok = s.search().One(ctx, op, begins(prefix)); ok != (book != "") {
			t.Errorf("%q, %t", book, ok)
		}
	})
	for _, d := range diags {
		told += acctest.Rendered(d)
	}
	return book, told
}

// What is not found, or is found twice, is looked for in a list of now before
// anybody is told so.
func TestSearchOneRestsOnAListOfNow(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		shelf        shelf
		found, told  string
		looks, nower int
	}{
		"there":       {shelf{shared: []string{"ab", "cd"}}, "ab", "", 1, 0},
		"new":         {shelf{shared: []string{"cd"}, now: []string{"ab"}}, "ab", "", 1, 1},
		"one is gone": {shelf{shared: []string{"aa", "ab"}, now: []string{"ab"}}, "ab", "", 1, 1},
		"not there":   {shelf{shared: []string{"cd"}, now: []string{"cd"}}, "", "Error on title: Book not found\n\nThe account has no book that begins with a.\n", 1, 1},
		"several":     {shelf{shared: []string{"aa", "ab"}, now: []string{"aa", "ab"}}, "", "Error on title: Several books match\n\nThere are several books that begins with a; their ids are id-aa, id-ab. Use the id of the one that you mean.\n", 1, 1},
		"no list":     {shelf{err: errors.New("no list")}, "", "Error: Unable to read book\n\nNo list.\n", 1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			found, told := find(t, &test.shelf, "a")
			if found != test.found || !strings.EqualFold(told, test.told) || test.shelf.looks != test.looks || test.shelf.nowers != test.nower {
				t.Errorf("found %q, told %q, %d looks, %d of now", found, told, test.shelf.looks, test.shelf.nowers)
			}
		})
	}
}

func TestSearchAll(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		expression types.String
		want, told string
	}{
		"null":           {types.StringNull(), "ab cd abc", ""},
		"somewhere":      {types.StringValue("b"), "ab abc", ""},
		"whole":          {types.StringValue("^ab$"), "ab", ""},
		"none":           {types.StringValue("x"), "", ""},
		"late and wrong": {types.StringValue("("), "", "Invalid regular expression"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := shelf{shared: []string{"ab", "cd", "abc"}}
			var diags diag.Diagnostics
			newBench(t).resource.Run(t.Context(), tfkit.Doing("list books", &diags, nil), func(ctx context.Context, op *tfkit.Operation) {
				all, ok := s.search().All(ctx, op, tfkit.NameMatches(op, test.expression, func(book string) string { return book }))
				if got := strings.Join(all, " "); got != test.want || !ok || all == nil {
					t.Errorf("got %q, %t", got, ok)
				}
			})
			if (test.told == "") != (len(diags) == 0) || test.told != "" && diags[0].Summary() != test.told {
				t.Errorf("told %v", diags)
			}
		})
	}
}

// A message names twenty objects at most, and says how many more there are.
func TestSearchNamesSomeOfMany(t *testing.T) {
	t.Parallel()
	many := slices.Repeat([]string{"ab"}, 23)
	_, told := find(t, &shelf{shared: many, now: many}, "a")
	if strings.Count(told, "id-ab") != 20 || !strings.Contains(told, "id-ab, and 3 more. Use") {
		t.Errorf("told %q", told)
	}
}
