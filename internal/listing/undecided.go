package listing

import (
	"errors"
	"fmt"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

// ForeignError is a success that does not belong to the call.
type ForeignError struct {
	Words Words
	ID    nebula.ID
	// Reason completes "the answer ...".
	Reason string
}

func (e *ForeignError) Error() string {
	return fmt.Sprintf("the call was answered with %s %s, but the answer %s", e.Words.One, shown(e.ID), e.Reason)
}

// IsForeign reports an answer that belongs to another call.
func IsForeign(err error) bool {
	_, ok := errors.AsType[*ForeignError](err)
	return ok
}

// UndecidedError says that a create may have made an object that could not be
// found. What it holds must be remembered.
type UndecidedError struct {
	Words Words
	// Sign is what the object is recognised by: "name".
	Sign string
	// Begun is when the request was made, by the API's clock if it is known.
	Begun time.Time
	// Findable says that the object will be known by its sign when it appears.
	Findable bool
	// Candidates may be the object. Nothing proves it, so none is taken.
	Candidates []nebula.ID
	// Create is what happened to the create. List is why no list could be had;
	// nil when some were.
	Create, List error
}

func (e *UndecidedError) Error() string {
	return e.Create.Error() + "; whether it made " + e.Words.A + " is not known yet"
}

// Unwrap gives both causes.
func (e *UndecidedError) Unwrap() []error {
	if e.List == nil {
		return []error{e.Create}
	}
	return []error{e.Create, e.List}
}

// Happened tells what happened, in paragraphs.
func (e *UndecidedError) Happened(tell func(error) []string) []string {
	paragraphs := tell(e.Create)
	switch {
	case len(e.Candidates) > 0:
		paragraphs = append(paragraphs, fmt.Sprintf("It may have made one of these %s. Nothing proves which, so the provider takes over none: %s.",
			e.Words.Many, JoinIDs(e.Candidates)))
	case e.List != nil:
		paragraphs = append(paragraphs, fmt.Sprintf("It is not known whether %s was made:", e.Words.A))
	default:
		paragraphs = append(paragraphs, fmt.Sprintf("No list has shown the %s, but it may still appear.", e.Sign))
	}
	if e.List != nil {
		paragraphs = append(paragraphs, tell(e.List)...)
	}
	return paragraphs
}

// Advice says how the object is found that the create may have made.
func (e *UndecidedError) Advice(func(error) string) string {
	if e.Findable {
		return fmt.Sprintf("Apply again. The provider looks for the %s by its %s, deletes it if it finds it, and makes another.", e.Words.One, e.Sign)
	}
	return fmt.Sprintf("Check whether this create made one of the account's %s, and delete it if so. Then apply again.", e.Words.Many)
}
