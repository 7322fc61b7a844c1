package listing

import (
	"errors"
	"fmt"
	"strings"

	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

// AbsentError says that an object is gone: two complete lists lack it.
type AbsentError struct {
	Words Words
	// ID is empty for an object that was looked for by its sign.
	ID   nebula.ID
	Sign string
	// Source is the list that lacks it.
	Source string
	// Young is set for an object that was made less than two minutes ago: the
	// list may merely lag.
	Young bool
}

func (e *AbsentError) Error() string {
	if e.ID == "" {
		return fmt.Sprintf("no %s %s", e.Words.One, e.Sign)
	}
	return fmt.Sprintf("the list of %s lacks %s %s", e.Words.Many, e.Words.One, shown(e.ID))
}

// IsAbsent reports that an object is proven to be gone.
func IsAbsent(err error) bool {
	var e *AbsentError
	return errors.As(err, &e)
}

// MovedError says that a list lacks an object and is not believed, because
// this process got the list from another address before.
type MovedError struct {
	Words Words
	// ID is empty for an object that was looked for by its sign.
	ID   nebula.ID
	Sign string
	// Source is where the list is found now.
	Source string
}

func (e *MovedError) Error() string {
	which := e.Words.One + " " + shown(e.ID)
	if e.ID == "" {
		which = "the " + e.Words.One + " that " + e.Sign
	}
	return fmt.Sprintf("the list of %s does not show %s, but it has changed its address in this run (it answers at %s now), so this does not prove that the %s is gone",
		e.Words.Many, which, e.Source, e.Words.One)
}

// Advice says what to do next.
func (e *MovedError) Advice(func(error) string) string {
	return "Run the command again once the API answers as usual."
}

// SeveralError says that more than one object bears the sign, so that none may
// be touched.
type SeveralError struct {
	Words Words
	Sign  string
	IDs   []nebula.ID
}

func (e *SeveralError) Error() string {
	return fmt.Sprintf("more than one %s %s: %s", e.Words.One, e.Sign, JoinIDs(e.IDs))
}

// Advice says what to do next.
func (e *SeveralError) Advice(func(error) string) string {
	return fmt.Sprintf("Find out which of the %s %s are in use, delete the others, and apply again.", e.Words.Many, JoinIDs(e.IDs))
}

// HiddenError says that an object can be known by its sign only, and that the
// list shows these objects without it.
type HiddenError struct {
	Words Words
	IDs   []nebula.ID
}

func (e *HiddenError) Error() string {
	return fmt.Sprintf("the list does not show by what %s %s can be recognised", e.Words.One, JoinIDs(e.IDs))
}

// UndeletableError is a delete that was not even tried, because no request can
// carry the id that the list shows. It concerns this one object only.
type UndeletableError struct {
	Words Words
	ID    nebula.ID
}

func (e *UndeletableError) Error() string {
	return fmt.Sprintf("%s %s cannot be deleted: its id is not valid in a request", e.Words.One, shown(e.ID))
}

// Advice says what to do next.
func (e *UndeletableError) Advice(func(error) string) string {
	return fmt.Sprintf("Delete the %s elsewhere, for example at the console, or ask Nebula Block.", e.Words.One)
}

// StillListedError is a delete that did not succeed, of an object that the
// list still shows.
type StillListedError struct {
	Words  Words
	Delete error
}

func (e *StillListedError) Error() string {
	return fmt.Sprintf("%s; the list still shows the %s", e.Delete, e.Words.One)
}

// Unwrap gives what happened to the delete.
func (e *StillListedError) Unwrap() error { return e.Delete }

// Happened tells what happened, in paragraphs.
func (e *StillListedError) Happened(tell func(error) []string) []string {
	return append(tell(e.Delete), fmt.Sprintf("The list of %s still shows the %s.", e.Words.Many, e.Words.One))
}

// UnconfirmedError is a delete whose outcome could not be established.
type UnconfirmedError struct {
	Words        Words
	Delete, List error
}

func (e *UnconfirmedError) Error() string {
	return fmt.Sprintf("%s; it is not known whether the %s is gone: %s", e.Delete, e.Words.One, e.List)
}

// Unwrap gives both causes, the delete's first.
func (e *UnconfirmedError) Unwrap() []error { return []error{e.Delete, e.List} }

// Happened tells what happened, in paragraphs.
func (e *UnconfirmedError) Happened(tell func(error) []string) []string {
	return append(append(tell(e.Delete), fmt.Sprintf("It is not known whether the %s is gone:", e.Words.One)), tell(e.List)...)
}

// Advice says what to do next. The delete may well have worked; what stands in
// the way is the list.
func (e *UnconfirmedError) Advice(advise func(error) string) string { return advise(e.List) }

// JoinIDs names ids for people.
func JoinIDs(ids []nebula.ID) string {
	parts := make([]string, len(ids))
	for i, id := range ids {
		parts[i] = shown(id)
	}
	return strings.Join(parts, ", ")
}

// shown is an id as people may see it: it comes from the API.
func shown(id nebula.ID) string { return nebula.CleanText(string(id)) }
