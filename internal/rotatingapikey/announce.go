package rotatingapikey

import (
	"context"
	"slices"
	"strings"

	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// announce says why a plan rotates, and which keys its apply revokes: the plan
// itself shows an update in place, which is easily overlooked.
func (d decision) announce(ctx context.Context, op *tfkit.Operation, s situation) {
	names := namesOf(ctx, op, s.state)
	current := names.show(s.state.ID.ValueString())
	switch {
	case d.refused:
		return
	case d.rotate == yes && s.state.ID.IsNull():
		op.Warn(tfkit.Message{Title: "API key to be rotated", What: "Applying this plan makes a new key, because the current one was deleted elsewhere."})
	case d.rotate == yes:
		op.Warn(tfkit.Message{Title: "API key to be rotated", What: "Applying this plan rotates key " + current + ", because " + d.reasons(s) + "."})
	case d.rotate == maybe:
		op.Warn(tfkit.Message{Title: "API key may be rotated", What: "Whether applying this plan rotates key " + current + " depends on values that are not known yet: " + strings.Join(d.open, ", ") + "."})
	case d.waits:
		op.Warn(waitsForHandover(s, names))
	}
	ids, certain := d.revokes(ctx, s)
	if len(ids) == 0 {
		return
	}
	what := "Applying this plan revokes these API keys: "
	if !certain {
		what = "Applying this plan may revoke these API keys, depending on values that are not known yet: "
	}
	op.Warn(tfkit.Message{Title: "API keys to be revoked", What: what + names.showAll(ids) + "."})
}

// reasons are those of a rotation, in words.
func (d decision) reasons(s situation) string {
	words := make([]string, len(d.why))
	for i, why := range d.why {
		words[i] = string(why)
		if why == keyAged {
			words[i] += ", which is " + s.plan.RotateAfter.ValueString() + " (due since " + rotateAt(s.state.CreatedAt, s.plan.RotateAfter).ValueString() + ")"
		}
	}
	return strings.Join(words, ", and ")
}

// announceDestroy says which keys go with the resource.
func announceDestroy(ctx context.Context, op *tfkit.Operation, state *model) {
	names := namesOf(ctx, op, state)
	ids := slices.DeleteFunc(append([]string{state.ID.ValueString(), state.PreviousID.ValueString()}, state.leftovers(ctx)...), func(id string) bool { return id == "" })
	if len(ids) > 0 {
		op.Warn(tfkit.Message{Title: "API keys to be revoked", What: "Applying this plan revokes these API keys: " + names.showAll(ids) + "."})
	}
}

// namesOf are the names of a resource's keys, as far as they are known.
func namesOf(ctx context.Context, op *tfkit.Operation, m *model) keyNotes {
	names := loadKeyNotes(ctx, op)
	if !m.ID.IsNull() {
		names.named(m.ID.ValueString(), m.KeyName.ValueString())
	}
	return names
}

func (n keyNotes) showAll(ids []string) string {
	parts := make([]string, len(ids))
	for i, id := range ids {
		parts[i] = n.show(id)
	}
	return strings.Join(parts, ", ")
}

// howToHandOver says what ends a previous key that waits.
const howToHandOver = "Hand the current key on: apply its nebula_api_key_handover until the previous key is revoked. " +
	"Without a hand-over, set retire_previous to \"overlap\"."

func waitsForHandover(s situation, names keyNotes) tfkit.Message {
	return tfkit.Message{
		Title: "Rotation waits for the hand-over",
		What: "Key " + names.show(s.state.ID.ValueString()) + " is due for rotation since " + rotateAt(s.state.CreatedAt, s.plan.RotateAfter).ValueString() +
			". Its previous key " + names.show(s.state.PreviousID.ValueString()) + " is still there, and with retire_previous = \"handover\" only the hand-over ends it.",
		State: "This plan does not rotate.",
		Next:  howToHandOver,
	}
}

// refuseBeforeHandover refuses a rotation that would end a previous key which
// consumers may still hold.
func refuseBeforeHandover(op *tfkit.Operation, s situation, d decision) {
	names := namesOf(context.Background(), op, s.state)
	op.Refuse(tfkit.Message{
		Title: "Unable to rotate API key before its hand-over",
		What: "Key " + names.show(s.state.ID.ValueString()) + " is to be rotated, because " + d.reasons(s) + ". Its previous key " + names.show(s.state.PreviousID.ValueString()) +
			" is still there: with retire_previous = \"handover\" consumers may still hold it, and only the hand-over ends it.",
		State: "Nothing was rotated or revoked.",
		Next:  howToHandOver + " In an incident, set overlap to \"0s\": then both old keys are revoked once the new one is proven.",
	})
}
