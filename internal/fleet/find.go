package fleet

import (
	"context"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/listing"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

// Ref says which machine is meant: by its id or, while that is not known, by its
// name, if that is marked.
type Ref struct {
	ID     nebula.ID
	Name   string
	Marked bool
	// Born is when the machine was made, or may have been; zero when unknown.
	Born time.Time
}

func (r Ref) wanted() listing.Wanted[nebula.Instance] {
	return listing.Wanted[nebula.Instance]{ID: r.ID, Born: r.Born, Sign: `has a name that ends like "` + nebula.CleanText(r.Name) + `"`,
		Match: func(i nebula.Instance) bool { return r.Marked && bears(i, r.Name) && StateOf(i) != Gone }}
}

// Find looks a machine up. The errors are those of listing.Look.Find; a machine
// whose word says that it is deleted is absent, too.
func (f *Fleet) Find(ctx context.Context, look listing.Look[nebula.Instance], wanted Ref) (nebula.Instance, error) {
	row, err := look.Find(ctx, wanted.wanted())
	if err == nil && StateOf(row) == Gone {
		return nebula.Instance{}, &listing.AbsentError{Words: listed(), ID: row.ID, Source: "/computing/instances"}
	}
	return row, err
}

// Namesakes are the live machines of a name, whoever made them.
func (f *Fleet) Namesakes(ctx context.Context, look listing.Look[nebula.Instance], name string) ([]nebula.Instance, error) {
	rows, err := look.All(ctx)
	return namesakes(rows, name), err
}

// MayStillAppear says that a machine that no list shows is recent enough that it
// may yet appear.
func (f *Fleet) MayStillAppear(born time.Time) bool {
	age := f.clock.Now().Sub(born)
	return age < lateCommit && age > -clockSkew
}
