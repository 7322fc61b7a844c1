package sshkey

import (
	"fmt"

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
	case nebula.IsNotFound(e.Rename) || listing.IsForeign(e.Rename):
		return "This API may have no way to rename an SSH key. Keep the name, or replace the SSH key (terraform apply -replace=ADDRESS)."
	case nebula.IsAmbiguous(e.Rename):
		return "Apply again."
	default:
		return advise(e.Rename)
	}
}
