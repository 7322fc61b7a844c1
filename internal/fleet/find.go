package fleet

import (
	"context"
	"errors"
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
	wanted := listing.Wanted[nebula.Instance]{ID: r.ID, Born: r.Born, Sign: `is named "` + nebula.CleanText(r.Name) + `"`,
		Match: func(i nebula.Instance) bool { return SameName(NameOf(i), r.Name) && IsLive(i) }}
	if r.Marked {
		wanted.Match = func(i nebula.Instance) bool { return bears(i, r.Name) && StateOf(i) != Gone }
	}
	return wanted
}

// Find looks a machine up that has an id. The errors are those of listing.Look.Find; a machine
// whose word says that it is deleted is absent, too.
func (f *Fleet) Find(ctx context.Context, look listing.Look[nebula.Instance], wanted Ref) (nebula.Instance, error) {
	row, err := look.Find(ctx, wanted.wanted())
	if err == nil && StateOf(row) == Gone {
		return nebula.Instance{}, &listing.AbsentError{Words: listed(), ID: row.ID, Source: "/computing/instances"}
	}
	return row, err
}

// Resolve looks for the machine of a create that was left undecided. The errors
// are those of listing.Look.Find; besides, a machine that is not marked is
// never taken: while there is one of its name, the error is an *UnprovenError.
func (f *Fleet) Resolve(ctx context.Context, look listing.Look[nebula.Instance], wanted Ref) (nebula.Instance, error) {
	row, err := look.Find(ctx, wanted.wanted())
	var several *listing.SeveralError
	if wanted.Marked || err != nil && !errors.As(err, &several) {
		return row, err
	}
	rows, err := look.All(ctx)
	if err != nil {
		return nebula.Instance{}, err
	}
	return nebula.Instance{}, &UnprovenError{Name: wanted.Name, Machines: namesakes(rows, wanted.Name)}
}

// Alike are the live machines whose name is a part of a name, as if the API had
// cut it, as far as a list can be had. None of them is taken for the machine.
func (f *Fleet) Alike(ctx context.Context, look listing.Look[nebula.Instance], name string) []nebula.Instance {
	rows, _ := look.All(ctx)
	return filter(rows, func(i nebula.Instance) bool { return beginsAlike(i, name) && IsLive(i) })
}

// MayStillAppear says that a machine that no list shows is recent enough that it
// may yet appear.
func (f *Fleet) MayStillAppear(born time.Time) bool { return f.Time().Sub(born) < lateCommit }

// LiesAhead says that an instant cannot be true: it lies further ahead than
// clocks may differ.
func (f *Fleet) LiesAhead(at time.Time) bool { return at.Sub(f.Time()) > clockSkew }
