package keykit

import (
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/keyring"
	"github.com/nebulablock/terraform-provider-nebula/internal/listing"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// What is said of keys in more than one place stands here.

func openEnd(name string) string {
	return "An earlier apply could not establish whether it made the key " + tfkit.Quoted(name)
}

// WithoutID warns of a key that may have been made and cannot be looked for.
func WithoutID(name string) tfkit.Message {
	return tfkit.Message{
		Title: "API key without id",
		What:  openEnd(name) + ", and without an ownership marker there is nothing to look for.",
		State: "It stays recorded as tainted.",
		Next:  "Look for a key of that name, delete it if it is a leftover, then apply: another is made.",
	}
}

// Forgotten warns that such a key leaves the state.
func Forgotten(name string) tfkit.Message {
	return tfkit.Message{
		Title: "API key without id forgotten",
		What:  openEnd(name) + ", and without an ownership marker there is nothing to look for.",
		State: "It is no longer recorded; nothing was deleted.",
		Next:  "Look for a key of that name, and delete it if it is a leftover.",
	}
}

// NotFoundYet warns that no list shows a key that may have been made.
func NotFoundYet(name, token string) tfkit.Message {
	return tfkit.Message{
		Title: "API key not found yet",
		What:  openEnd(name) + ", and no list shows one with its ownership marker [tf:" + token + "] so far.",
		State: "It stays recorded as tainted until its creation is ten minutes past.",
		Next:  "Apply: the key is looked for once more, deleted if it has appeared, and another is made.",
	}
}

// GoneYoung warns that a key is gone that was made a moment ago.
func GoneYoung(id, next string) tfkit.Message {
	return tfkit.Message{
		Title: "API key gone soon after its creation",
		What:  "Two complete lists lack key " + id + ", which was created less than two minutes ago: it was deleted elsewhere, or the list lags.",
		State: "The key is no longer recorded, so the plan creates another.",
		Next:  next,
	}
}

// SeveralWithOneMarker warns that a marker does not tell one key.
func SeveralWithOneMarker(err *listing.SeveralError, which string) tfkit.Message {
	return tfkit.Message{
		Title: "Several API keys with one ownership marker",
		What:  tfkit.Sentence(err) + " " + which,
		State: "It stays recorded as tainted, without an id.",
		Next:  "Find out which of them are in use, delete the others, then apply.",
	}
}

// ImportedWithoutSecret warns that an import brings no secret.
func ImportedWithoutSecret(besides, next string) tfkit.Message {
	return tfkit.Message{
		Title: "The value of an imported API key cannot be had",
		What:  "The API shows a key's secret only when it is created, so key, encrypted_key and fingerprint stay null. " + besides,
		Next:  next,
	}
}

// ListedDescription is what a list's row means for the recorded description
// and creation token. The marker is stripped where it is this key's own; a key
// whose marker is not known yet, such as an imported one, adopts the one it
// has. A foreign marker is part of the text: somebody changed the description.
// A row without a description changes nothing.
func ListedDescription(key keyring.Key, description, token types.String) (types.String, types.String) {
	switch {
	case key.Description == nil:
		if description.IsNull() {
			// It is not known, and the configuration's default is the empty text.
			description = types.StringValue("")
		}
		return description, token
	case token.IsNull():
		return types.StringValue(*key.Description), tfkit.StringOrNull(key.Token)
	case key.Token == token.ValueString():
		return types.StringValue(*key.Description), token
	default:
		return types.StringValue(keyring.MarkDescription(*key.Description, key.Token)), token
	}
}

// AbsentAtDelete warns of a delete that the API did not confirm: that no list
// shows the key is all that is known.
func AbsentAtDelete(s *tfkit.Services, absent *listing.AbsentError) tfkit.Message {
	return tfkit.Message{
		Title: "API key was gone already",
		What: "The API did not say that it deleted key " + string(absent.ID) + ": two complete lists (GET " + absent.Source + ", asked with the " +
			string(s.Client.CredentialKind()) + ") lack it. It was deleted elsewhere, or it belongs to another account than the credential.",
		State: "The key is no longer recorded.",
		Next:  "If it may belong to another account, look for it there: it would still be valid.",
	}
}
