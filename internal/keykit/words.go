package keykit

import (
	"strings"

	"github.com/nebulablock/terraform-provider-nebula/internal/keyring"
	"github.com/nebulablock/terraform-provider-nebula/internal/listing"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// What is said of keys in more than one place stands here.

func mayHaveMade(name string) string { return tfkit.MayHaveMade("key", name) }

// WithoutID warns of a key that may have been made and cannot be looked for.
func WithoutID(name string) tfkit.Message {
	return tfkit.Message{
		Title: "API key without id",
		What:  mayHaveMade(name) + ", and without an ownership marker there is nothing to look for.",
		State: "It stays in the state as tainted.",
		Next:  "Look for a key of that name, and delete it if it is a leftover. Then apply: Terraform creates another.",
	}
}

// Forgotten warns that such a key leaves the state.
func Forgotten(name string) tfkit.Message {
	return tfkit.Message{
		Title: "API key without id removed from the state",
		What:  mayHaveMade(name) + ", and without an ownership marker there is nothing to look for.",
		State: "It is no longer in the state. Nothing was deleted.",
		Next:  "Look for a key of that name, and delete it if it is a leftover.",
	}
}

// NotFoundYet warns that no list shows a key that may have been made.
func NotFoundYet(name, token string) tfkit.Message {
	return tfkit.Message{
		Title: "API key not found yet",
		What:  mayHaveMade(name) + ", and no list shows one with its ownership marker [tf:" + token + "] so far.",
		State: "It stays in the state as tainted until ten minutes after its creation.",
		Next:  "Apply again. The provider looks for the key once more, deletes it if it has appeared, and makes another.",
	}
}

// SeveralWithOneMarker warns that a marker does not tell one key.
func SeveralWithOneMarker(err *listing.SeveralError, which string) tfkit.Message {
	return tfkit.Message{
		Title: "Several API keys with one ownership marker",
		What:  tfkit.Sentence(err) + " " + which,
		State: "It stays in the state as tainted, without an id.",
		Next:  "Find out which of them are in use, delete the others, then apply.",
	}
}

// WarnImported warns, once in a run, that an import brings no secret.
func WarnImported(op *tfkit.Operation, besides, next string) {
	op.WarnOnce(tfkit.Message{
		Title: "Secret of an imported API key is not known",
		What: "The API shows a key's secret only when it is created, so key, encrypted_key and fingerprint of an imported key stay null. " + besides +
			" This holds for every key that this run imports.",
		Next: next,
	})
}

// WarnIfInactive warns of a key that the list shows as inactive.
func WarnIfInactive(op *tfkit.Operation, key keyring.Key) {
	if key.Active == nil || *key.Active {
		return
	}
	op.Warn(tfkit.Message{
		Title: "API key is inactive",
		What:  "The list says that key " + string(key.ID) + ", named " + tfkit.Quoted(key.Name) + ", is inactive. Calls with it may be refused.",
		State: "It stays in the state.",
		Next:  "Activate it where it was made inactive, for example at the console, or replace it (terraform apply -replace=ADDRESS).",
	})
}

// WarnIfNoneFound warns, once in a run, when an absence was proven and not one
// of the keys that the run has looked for is in the list.
func WarnIfNoneFound(op *tfkit.Operation, absent *listing.AbsentError) {
	tfkit.NoneFound(op, "API keys", Keys(op.Services), absent)
}

// changedText is a text that the API keeps in another form.
type changedText struct{ attribute, sent, stored string }

func inWords(changed []changedText) string {
	parts := make([]string, len(changed))
	for i, c := range changed {
		parts[i] = "the " + c.attribute + " " + tfkit.Quoted(c.sent) + " as " + tfkit.Quoted(c.stored)
	}
	return strings.Join(parts, ", and ")
}

// textsChanged warns that the API keeps a text in another form than it was
// sent.
func textsChanged(id string, changed []changedText) tfkit.Message {
	return tfkit.Message{
		Title: "API stores another text than was sent",
		What:  "The API keeps " + inWords(changed) + " (key " + id + ").",
		Brief: "The API keeps " + inWords(changed) + " (key " + id + ").",
		State: "The state holds the text of the configuration. The provider remembers what the API made of it, and does not take that for a change.",
		Next:  "Nothing has to be done. To avoid the difference, choose a text that the API does not change.",
	}
}

// markerLost warns that the API did not keep the ownership marker.
func markerLost(id, token string, changed []changedText) tfkit.Message {
	what := "The description of key " + id + " was sent with the ownership marker [tf:" + token + "], and the API did not keep the marker."
	if len(changed) > 0 {
		what += " It keeps " + inWords(changed) + "."
	}
	return tfkit.Message{
		Title: "Ownership marker of an API key lost",
		What:  what,
		Brief: what,
		State: "The key is in the state and works like any other.",
		Next: "Give keys a shorter or a plainer description. Without the marker a key whose creation goes wrong cannot be found again: " +
			"it would have to be looked for by its name and deleted by hand.",
	}
}

// AbsentAtDelete warns of a delete that the API did not confirm: that no list
// shows the key is all that is known.
func AbsentAtDelete(s *tfkit.Services, absent *listing.AbsentError) tfkit.Message {
	return tfkit.Unconfirmed(s, "API key", absent)
}
