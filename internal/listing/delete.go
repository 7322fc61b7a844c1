package listing

import (
	"context"
	"errors"
	"net/http"

	"github.com/nebulablock/terraform-provider-nebula/internal/clock"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

// Deletion is how a delete that succeeded came to be known.
type Deletion struct {
	// Absent is set when the API did not say that it deleted the object: two
	// complete lists lack it. The credential may have looked into another
	// account, so people are told.
	Absent *AbsentError
}

// Delete deletes an object. No error means that it is gone: the API said so,
// or its answer proves nothing and two complete lists lack the object.
//
// Ways are the calls that can delete it, the likeliest first. The next one is
// tried only when the API does not know the route of the one before and the
// list still shows the object. The error is an *UndeletableError when no
// request can name the object, a *StillListedError when it is there as before,
// and an *UnconfirmedError when nobody can tell; any other is what the API
// answered.
func (l *List[Row]) Delete(ctx context.Context, wanted Wanted[Row], ways ...func(context.Context) error) (Deletion, error) {
	if _, err := nebula.ParseID(string(wanted.ID)); err != nil {
		return Deletion{}, &UndeletableError{Words: l.words, ID: wanted.ID}
	}
	var tried []error
	for i, way := range ways {
		err := way(ctx)
		if err == nil {
			l.Deleted(wanted.ID)
			return Deletion{}, nil
		}
		l.MayHaveDeleted(wanted.ID)
		tried = append(tried, err)
		if !ListDecides(err) {
			return Deletion{}, err
		}
		listErr := l.confirm(ctx, wanted)
		var absent *AbsentError
		switch {
		case errors.As(listErr, &absent):
			l.Deleted(wanted.ID)
			return Deletion{Absent: absent}, nil
		case listErr != nil:
			return Deletion{}, &UnconfirmedError{Words: l.words, Delete: err, List: listErr}
		case !nebula.IsNotFound(err) || i == len(ways)-1:
			return Deletion{}, &StillListedError{Words: l.words, Delete: allTried(tried)}
		}
	}
	return Deletion{}, errors.New("there is no way to delete the " + l.words.One)
}

// confirm looks whether an object is gone. An interrupt does not stop it: the
// answer decides what stays in the state.
func (l *List[Row]) confirm(ctx context.Context, wanted Wanted[Row]) error {
	ctx, cancel := clock.Finishing(ctx, l.clock)
	defer cancel()
	_, err := l.Now().find(ctx, wanted)
	return err
}

// allTried makes one error of the failed ways to delete an object, which names
// the route of each.
func allTried(tried []error) error {
	last := tried[len(tried)-1]
	var e *nebula.APIError
	if len(tried) == 1 || !errors.As(last, &e) {
		return last
	}
	all := *e
	all.Routes = nil
	for _, err := range tried {
		if one, ok := errors.AsType[*nebula.APIError](err); ok {
			all.Routes = append(all.Routes, one.Route)
		}
	}
	return &all
}

// ListDecides tells the answers that leave open whether the object is gone
// from those that say it is not: a 404 may mean the object or the route, and
// after an ambiguous failure or a "failed" without a status anything is
// possible. A 410 says that the object is gone, and a proxy can say that, too.
func ListDecides(err error) bool {
	var e *nebula.APIError
	if !errors.As(err, &e) {
		return false
	}
	return e.Class == nebula.Ambiguous || e.Status == http.StatusGone || nebula.IsNotFound(err) || nebula.IsInvalid(err) || nebula.IsFailedEnvelope(err)
}
