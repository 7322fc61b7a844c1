package keykit

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/nebulablock/terraform-provider-nebula/internal/keyring"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// NoOwnershipMarker refuses a text that ends like an ownership marker: such a
// key could be taken for another one, and be deleted in its place.
func NoOwnershipMarker() validator.String {
	return tfkit.Check("must not end with an ownership marker", "Invalid description", func(s string) error {
		if _, token := keyring.SplitMarker(s); token != "" {
			return fmt.Errorf("the description must not end with an ownership marker ([tf:%s]): the provider adds one of its own", token)
		}
		return nil
	})
}

// missedNote is the name of the note of when undecided creates were begun or
// first missed, by their tokens, where the tokens do not tell.
const missedNote = "missed_since"

// MayStillAppear reports whether the key of an undecided create, which no list
// shows, may yet appear. A token from a machine whose clock is ahead does not
// tell how old it is, so it is noted when the key was first missed.
func MayStillAppear(ctx context.Context, op *tfkit.Operation, token string) bool {
	keys := Keys(op.Services)
	missed := map[string]time.Time{}
	op.Note(ctx, missedNote, &missed)
	since, noted := missed[token]
	_, told := keys.Born(token)
	switch {
	case noted && keys.Believable(since):
	case told:
		since = time.Time{}
	default:
		since = keys.Time()
		noteMissed(ctx, op, missed, token, since)
	}
	return keys.MayStillAppear(token, since)
}

func noteMissed(ctx context.Context, op *tfkit.Operation, missed map[string]time.Time, token string, since time.Time) {
	missed[token] = since.UTC().Truncate(time.Second)
	op.SetNote(ctx, missedNote, missed)
}

// NoteBegun notes when an undecided create was begun, if its token tells another
// time: the token of a machine whose clock is behind would make the create look
// old enough to be given up at once.
func NoteBegun(ctx context.Context, op *tfkit.Operation, token string, begun time.Time) {
	const differ = 5 * time.Minute
	said, _ := keyring.TokenTime(token)
	if token == "" || begun.IsZero() || begun.Sub(said).Abs() <= differ {
		return
	}
	missed := map[string]time.Time{}
	op.Note(ctx, missedNote, &missed)
	noteMissed(ctx, op, missed, token, begun)
}

// MayAppear says that the key of an undecided create was not found, is no
// longer in the state, and may appear all the same.
func MayAppear(token string) tfkit.Message {
	return tfkit.Message{
		Title: "API key may still appear",
		What:  "Less than ten minutes ago an apply could not find out whether it made a key, and no list shows one with its ownership marker [tf:" + token + "].",
		State: "It is no longer in the state.",
		Next:  "Look for that marker again in a while (data source nebula_api_keys), and delete the key if it has appeared.",
	}
}
