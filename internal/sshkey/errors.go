package sshkey

import (
	"fmt"
	"strings"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/listing"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

// existsError says that the account has a public key already.
type existsError struct {
	Entry entry
	// Certain is false where the list shows the public key in part only.
	Certain bool
	Refusal error
}

func (e *existsError) Error() string { return e.sentence() }

func (e *existsError) sentence() string {
	verb := "has"
	if !e.Certain {
		verb = "may have, as far as the list shows it,"
	}
	return fmt.Sprintf("The account %s this public key already: SSH key %s, named %q. The API keeps one entry per public key.",
		verb, nebula.CleanText(string(e.Entry.ID)), nebula.CleanText(e.Entry.Name))
}

// Unwrap gives the API's refusal.
func (e *existsError) Unwrap() error { return e.Refusal }

// Argument is the attribute that the error is about.
func (e *existsError) Argument() string { return "public_key" }

// Happened tells what happened, in paragraphs.
func (e *existsError) Happened(tell func(error) []string) []string {
	return append([]string{e.sentence()}, tell(e.Refusal)...)
}

// Advice shows how the other entry is taken over. That is for people to decide:
// whoever destroys it locks out those who use it.
func (e *existsError) Advice(func(error) string) string {
	id, err := nebula.ParseID(string(e.Entry.ID))
	if err != nil {
		return "Use another public key, or delete the entry elsewhere."
	}
	return fmt.Sprintf("Read the entry with the data source nebula_ssh_key; or, if nobody else manages it, import it:\n\n"+
		"  import {\n    to = nebula_ssh_key.NAME\n    id = %q\n  }", string(id))
}

// undecidedError says that a create may have made an entry that could not be
// found. What it holds must be remembered.
type undecidedError struct {
	// Begun is when the request was made.
	Begun time.Time
	// Findable says that the entry will be known by its public key when it
	// appears.
	Findable bool
	// Candidates may be the entry. Nothing proves it, so none is bound.
	Candidates []nebula.ID
	// Create is what happened to the create, Resolve what kept the list from
	// telling; Resolve is nil when lists were had.
	Create, Resolve error
}

func (e *undecidedError) Error() string {
	return e.Create.Error() + "; whether it made an SSH key is not known yet"
}

// Unwrap gives both causes.
func (e *undecidedError) Unwrap() []error {
	if e.Resolve == nil {
		return []error{e.Create}
	}
	return []error{e.Create, e.Resolve}
}

// Happened tells what happened, in paragraphs.
func (e *undecidedError) Happened(tell func(error) []string) []string {
	paragraphs := tell(e.Create)
	switch {
	case len(e.Candidates) > 0:
		paragraphs = append(paragraphs, "It may have made one of these SSH keys. Nothing proves which, so the provider takes over none: "+listing.JoinIDs(e.Candidates)+".")
	case e.Resolve != nil:
		paragraphs = append(paragraphs, "It is not known whether an SSH key was made:")
	default:
		paragraphs = append(paragraphs, "No list has shown the public key, but it may still appear.")
	}
	if e.Resolve != nil {
		paragraphs = append(paragraphs, tell(e.Resolve)...)
	}
	return paragraphs
}

// Advice says how the entry is found that the create may have made.
func (e *undecidedError) Advice(func(error) string) string {
	if e.Findable {
		return "Apply again. The provider looks for the SSH key by its public key, deletes it if it finds it, and makes another."
	}
	return "Check whether this create made one of the account's SSH keys, and delete it if so. Then apply again."
}

// foreignError is a success that does not belong to the call.
type foreignError struct {
	ID nebula.ID
	// Reason completes "the answer ...".
	Reason string
}

func (e *foreignError) Error() string {
	return fmt.Sprintf("the call was answered with SSH key %s, but the answer %s", nebula.CleanText(string(e.ID)), e.Reason)
}

// hiddenError says that an entry can be known by its public key only, and that
// the list shows entries of its name without it.
type hiddenError struct{ IDs []nebula.ID }

func (e *hiddenError) Error() string {
	return "the list does not show the whole public key of " + strings.TrimSpace("SSH key "+listing.JoinIDs(e.IDs))
}

// renameError is a rename that did not succeed, or may not have. List is why the
// list could not tell; nil when it shows the old name.
type renameError struct{ Rename, List error }

func (e *renameError) Error() string { return e.Rename.Error() }

// Unwrap gives the causes.
func (e *renameError) Unwrap() []error {
	if e.List == nil {
		return []error{e.Rename}
	}
	return []error{e.Rename, e.List}
}

// Happened tells what happened, in paragraphs.
func (e *renameError) Happened(tell func(error) []string) []string {
	paragraphs := tell(e.Rename)
	switch {
	case e.List == nil:
		return append(paragraphs, "The list still shows the old name.")
	case listing.IsAbsent(e.List):
		return append(paragraphs, "Two complete lists do not show the SSH key: it was deleted elsewhere.")
	default:
		return append(append(paragraphs, "It is not known whether the SSH key has its new name:"), tell(e.List)...)
	}
}

// Advice says what to do next.
func (e *renameError) Advice(advise func(error) string) string {
	switch {
	case listing.IsAbsent(e.List):
		return "Plan again: another SSH key is planned."
	case e.List != nil:
		return advise(e.List)
	case nebula.IsNotFound(e.Rename) || isForeign(e.Rename):
		return "This API may have no way to rename an SSH key. Keep the name, or replace the SSH key (terraform apply -replace=ADDRESS)."
	case nebula.IsAmbiguous(e.Rename):
		return "Apply again."
	default:
		return advise(e.Rename)
	}
}
