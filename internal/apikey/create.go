package apikey

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/keykit"
	"github.com/nebulablock/terraform-provider-nebula/internal/keyring"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

const nothingLeft = "No new key is left, and nothing is in the state."

// checked reports what was unknown while planning and is known to be wrong now,
// before there is a key that could not be sealed.
func checked(ctx context.Context, op *tfkit.Operation, m *model) bool {
	checkName(op, m.Name)
	return !op.Append(keykit.CheckRecipientsTogether(ctx, m.AgeRecipients))
}

// checkName refuses to make a key without a name. A key that was imported may
// have none.
func checkName(op *tfkit.Operation, name types.String) {
	if name.IsUnknown() || name.ValueString() != "" {
		return
	}
	op.Refuse(tfkit.Message{Title: "Invalid name", Attribute: path.Root("name"),
		What: "The name of a new key must not be empty.", State: "No key is made.", Next: "Give the key a name."})
}

// keep saves a new key. One that cannot be sealed is useless, since nobody may
// see it in plaintext, and goes away again.
func keep(ctx context.Context, op *tfkit.Operation, m *model, created keyring.Created) {
	if err := m.created(ctx, keykit.Keys(op.Services), created); err != nil {
		discard(ctx, op, m, err)
		return
	}
	op.Save(ctx, m)
	keykit.ManagedKeys(op.Services).Note(created.ID, m.Fingerprint.ValueString())
	keykit.NoteTexts(ctx, op, m.spec(), created)
}

// discard deletes a key that could not be sealed. The id of a key that is not
// proven to be this create's own is not kept, because the replacement of the
// tainted resource would delete that key.
func discard(ctx context.Context, op *tfkit.Operation, m *model, sealErr error) {
	state := "The key was deleted again, and nothing is in the state."
	if err := keykit.Keys(op.Services).DeleteOwn(ctx, m.ref()); err != nil {
		state = fmt.Sprintf("The key is in the state as tainted, without its secret, because deleting key %s failed too: %s", m.ID.ValueString(), tfkit.Sentence(err))
		if _, unproven := errors.AsType[*keyring.UnprovenError](err); unproven {
			m.ID = types.StringNull()
		}
		op.Save(ctx, m)
	}
	op.Fail(tfkit.Failure{To: "seal API key", Err: sealErr, State: state, Next: "Check age_recipients, then apply again."})
}

// keepUndecided saves what is known of a key that may have been made.
func keepUndecided(ctx context.Context, op *tfkit.Operation, m *model, undecided *keyring.UndecidedError) {
	m.undecided(undecided)
	op.Save(ctx, m)
	keykit.NoteBegun(ctx, op, undecided.Token, undecided.Begun)
	var state string
	switch {
	case !m.ID.IsNull():
		state = fmt.Sprintf("Key %s is in the state as tainted, without its secret.", m.ID.ValueString())
	case !m.CreationToken.IsNull():
		state = fmt.Sprintf("The key is in the state as tainted, without an id; its creation_token is %s.", m.CreationToken.ValueString())
	default:
		state = "The key is in the state as tainted, without an id. It carries no ownership marker (ownership_marker is false), so Terraform cannot find it."
	}
	op.Fail(tfkit.Failure{Err: undecided, State: state})
}
