package keyring

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/listing"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

// HiddenMarkerError says that a key can be known by its ownership marker only
// and that the list does not show descriptions, so that the marker cannot be
// seen.
type HiddenMarkerError struct{ Token string }

func (e *HiddenMarkerError) Error() string {
	return "the list of keys shows no descriptions, so the ownership marker [tf:" + e.Token + "] cannot be seen"
}

// Advice says what to do next.
func (e *HiddenMarkerError) Advice(func(error) string) string {
	return "Look for a key of that name, and delete it if it is a leftover: by its ownership marker it cannot be found."
}

// UndecidedError says that a create may have made a key that this process
// could not clean up. What it holds must be remembered by whoever asked for
// the key.
type UndecidedError struct {
	// Token finds the key by its ownership marker; empty without a marker.
	Token string
	// Begun is when the create was sent, as Keyring.Time tells it. The time in the
	// token is that of a machine that had no answer yet.
	Begun time.Time
	// ID is set when the key is proven to be this create's own, and only its
	// deletion failed.
	ID nebula.ID
	// Named is the key that the answer named without a proof that this create
	// made it. It must not be remembered as one's own.
	Named nebula.ID
	// Candidates are other keys that may be the one. Nothing proves it, so they
	// are named and never touched.
	Candidates []nebula.ID
	// Hidden is set when the list does not show markers.
	Hidden bool
	// Create is what happened to the create, Resolve what kept it from being
	// resolved; Resolve is nil when no list showed the key.
	Create, Resolve error
}

func (e *UndecidedError) Error() string {
	var b strings.Builder
	b.WriteString(e.Create.Error())
	if e.Named != "" {
		fmt.Fprintf(&b, "; key %s, which the answer names, may be somebody else's and was not deleted", listing.JoinIDs([]nebula.ID{e.Named}))
	}
	switch {
	case e.ID != "":
		fmt.Fprintf(&b, "; key %s was made but could not be deleted", listing.JoinIDs([]nebula.ID{e.ID}))
	case len(e.Candidates) > 0:
		fmt.Fprintf(&b, "; it may have made one of the keys %s", listing.JoinIDs(e.Candidates))
	case e.Named == "" || e.Resolve != nil:
		b.WriteString("; whether it made a key is not known yet")
	}
	if e.Resolve != nil {
		fmt.Fprintf(&b, ": %s", e.Resolve)
	}
	return b.String()
}

// Unwrap gives both causes.
func (e *UndecidedError) Unwrap() []error {
	causes := []error{e.Create}
	if e.Resolve != nil {
		causes = append(causes, e.Resolve)
	}
	return causes
}

// Happened tells what happened, in paragraphs.
func (e *UndecidedError) Happened(tell func(error) []string) []string {
	paragraphs := tell(e.Create)
	if e.Named != "" {
		paragraphs = append(paragraphs, fmt.Sprintf("Key %s was not deleted: %s, so it may be somebody else's.", listing.JoinIDs([]nebula.ID{e.Named}), e.lackOfProof()))
	}
	switch {
	case e.ID != "":
		paragraphs = append(paragraphs, fmt.Sprintf("Key %s was made, and could not be deleted again:", listing.JoinIDs([]nebula.ID{e.ID})))
	case len(e.Candidates) > 0:
		paragraphs = append(paragraphs, fmt.Sprintf("It may have made one of these keys, and it is not known which: %s.", listing.JoinIDs(e.Candidates)))
	case e.Resolve != nil:
		paragraphs = append(paragraphs, "It is not known whether a key was made:")
	case e.Named == "":
		paragraphs = append(paragraphs, "No list has shown a new key, but one may still appear.")
	}
	if e.Resolve != nil {
		paragraphs = append(paragraphs, tell(e.Resolve)...)
	}
	return paragraphs
}

// lackOfProof says why a key that the answer names is not known to be this
// create's.
func (e *UndecidedError) lackOfProof() string {
	switch {
	case e.Token == "":
		return "without an ownership marker nothing proves that this create made it"
	case e.Hidden:
		return "the list of keys shows no descriptions, so no ownership marker proves that this create made it"
	default:
		return "no list shows it with the ownership marker [tf:" + e.Token + "] of this create"
	}
}

// Advice says how the key is found that the create may have made.
func (e *UndecidedError) Advice(func(error) string) string {
	switch {
	case e.ID != "":
		return fmt.Sprintf("Apply again. The provider deletes key %s before it makes another.%s", listing.JoinIDs([]nebula.ID{e.ID}), commands(e.Create, e.ID))
	case e.Named != "":
		return e.adviceOfNamed()
	case len(e.Candidates) == 1:
		return "Check whether that key is yours, and delete it if it is." + commands(e.Create, e.Candidates[0])
	case len(e.Candidates) > 1 || e.Token == "" || e.Hidden:
		return "Check whether this create made one of the keys, and delete it if so." + commands(e.Create, "")
	default:
		return e.applyAgain() + commands(e.Create, "")
	}
}

func (e *UndecidedError) adviceOfNamed() string {
	named := listing.JoinIDs([]nebula.ID{e.Named})
	if e.Token == "" || e.Hidden || len(e.Candidates) > 0 {
		return "Find out whose key " + named + " is, and delete it only if it is a leftover of this create. The API may have answered with an existing key of the same name: choose another name, then apply again."
	}
	return e.applyAgain() + " Leave key " + named + " alone unless you know that it is a leftover of this create. If it has the name of this key, choose another name."
}

func (e *UndecidedError) applyAgain() string {
	return "Apply again. The provider looks for the key by its ownership marker [tf:" + e.Token + "], deletes it if it finds it, and makes another."
}

// commands are what lists and deletes keys without Terraform.
func commands(err error, id nebula.ID) string {
	e, ok := found[*nebula.APIError](err)
	if !ok || e.Method != http.MethodPost {
		return ""
	}
	// An id comes from the API and ends up in somebody's shell.
	name := "ID"
	if checked, err := nebula.ParseID(string(id)); err == nil {
		name = string(checked)
	}
	const bearer = `-H "Authorization: Bearer $NEBULA_API_KEY"`
	return fmt.Sprintf(" By hand:\n\n  curl %s %s\n  curl -X DELETE %s %s/%s", bearer, e.URL, bearer, e.URL, name)
}

// SecretLostError says that creates made keys whose secrets never arrived. All
// of them are deleted again; nothing is left.
type SecretLostError struct{ Create error }

func (e *SecretLostError) Error() string {
	return e.Create.Error() + "; the key that it made was deleted again, because its secret never arrived"
}

// Unwrap gives what happened to the create.
func (e *SecretLostError) Unwrap() error { return e.Create }

// Happened tells what happened, in paragraphs.
func (e *SecretLostError) Happened(tell func(error) []string) []string {
	return append(tell(e.Create), "The key that it made was deleted again, because its secret never arrived.")
}

// ForeignAnswerError is a success that does not belong to the create: it is
// about a key that somebody else made, or that another create has got.
type ForeignAnswerError struct {
	ID nebula.ID
	// Reason completes "the answer ...".
	Reason string
}

func (e *ForeignAnswerError) Error() string {
	return fmt.Sprintf("the create was answered with key %s, but the answer %s", listing.JoinIDs([]nebula.ID{e.ID}), e.Reason)
}

// Advice says what to do next.
func (e *ForeignAnswerError) Advice(func(error) string) string {
	return "Apply again. If that does not help, give the key a name that no other has, and check whether a proxy on the way repeats answers."
}

// UnprovenError says that a key was not deleted, because nothing proves that
// this create made it.
type UnprovenError struct {
	ID nebula.ID
	// Hidden is set when the list does not show markers.
	Hidden bool
	// Cause is what kept the list from being had; nil where one was.
	Cause error
}

func (e *UnprovenError) Error() string {
	text := fmt.Sprintf("key %s was not deleted, because no list shows it with the ownership marker of this create, so it may be somebody else's", listing.JoinIDs([]nebula.ID{e.ID}))
	if e.Cause != nil {
		text += ": " + e.Cause.Error()
	}
	return text
}

// Unwrap gives what kept the list from being had.
func (e *UnprovenError) Unwrap() error { return e.Cause }
