package tfkit_test

import (
	"context"
	"strings"
	"testing"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/listing"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// looked is a list in which managed objects were looked for; it is true when none
// was there.
type looked bool

func (l looked) NoneFound() bool { return bool(l) }

// That not one of the objects was found is told once in a run, with the list and
// the credential that looked; one that is missing among others is no reason.
func TestNoneFound(t *testing.T) {
	t.Parallel()
	absent := &listing.AbsentError{Words: listing.Words{One: "book", Many: "books"}, ID: "7", Source: "/books"}
	client, err := nebula.New(nebula.Config{BaseURL: nebula.DefaultBaseURL, Credential: nebula.APIKeyCredential("ak_0123456789")})
	if err != nil {
		t.Fatal(err)
	}
	for _, none := range []bool{false, true} {
		b, told := newBench(t), ""
		for range 3 {
			resp := b.read(t.Context(), func(_ context.Context, op *tfkit.Operation, _ *thing) {
				op.Client = client
				tfkit.NoneFound(op, "books", looked(none), absent)
			})
			for _, d := range resp.Diagnostics {
				told += acctest.Rendered(d)
			}
		}
		if n := strings.Count(told, "None of the books was found"); n != map[bool]int{true: 1}[none] || none && !strings.Contains(told, "GET /books, asked with the API key") {
			t.Errorf("none found: %t, told:\n%s", none, told)
		}
	}
}

// An object that is gone is told of when it was made a moment ago, and when it
// has an id.
func TestGoneYoung(t *testing.T) {
	t.Parallel()
	words := listing.Words{One: "book", Many: "books"}
	for _, c := range []struct {
		absent *listing.AbsentError
		told   bool
	}{
		{&listing.AbsentError{Words: words, ID: "7", Young: true}, true},
		{&listing.AbsentError{Words: words, ID: "7"}, false},
		{&listing.AbsentError{Words: words, Sign: "is named x", Young: true}, false},
	} {
		resp := newBench(t).read(t.Context(), func(_ context.Context, op *tfkit.Operation, _ *thing) { tfkit.GoneYoung(op, "Book", c.absent) })
		if told := len(resp.Diagnostics) > 0; told != c.told {
			t.Errorf("%+v: told %t", c.absent, told)
		}
	}
}
