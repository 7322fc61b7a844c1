package apikeyhandover

import (
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/keykit"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// arrival is what is known of the key that consumers get.
type arrival int

const (
	// arrived: it is the current key, or nobody reads it back.
	arrived arrival = iota
	// unread: it will be read only during apply.
	unread
	// another: consumers get another key.
	another
	// incomparable: the current key was imported, so nobody knows its secret.
	incomparable
)

// compare says whether a key that was read back is the current one.
func compare(r keykit.Rotation, delivered types.String) arrival {
	switch {
	case delivered.IsNull():
		return arrived
	case delivered.IsUnknown() || r.Fingerprint.IsUnknown():
		return unread
	case delivered.ValueString() == "":
		return another
	case r.Fingerprint.IsNull():
		return incomparable
	case nebula.Fingerprint(delivered.ValueString()) == r.Fingerprint.ValueString():
		return arrived
	default:
		return another
	}
}

// anotherKey says which key consumers get instead of the current one, as far as
// that is known, and never its value.
func anotherKey(op *tfkit.Operation, r keykit.Rotation, delivered types.String, formers ...former) tfkit.Message {
	value := delivered.ValueString()
	fingerprint := nebula.Fingerprint(value)
	which := "This configuration does not know that key."
	for id, known := range liveKeys(op) {
		if known == fingerprint {
			which = fmt.Sprintf("It is the secret of key %s.", nebula.CleanText(string(id)))
		}
	}
	for _, f := range formers {
		if f.Fingerprint != "" && f.Fingerprint == fingerprint {
			which = fmt.Sprintf("It is the key of generation %d, %s.", f.Generation, nebula.CleanText(f.ID))
		}
	}
	switch {
	case value == "":
		which = "It is empty."
	case nebula.Fingerprint(strings.TrimSpace(value)) == r.Fingerprint.ValueString():
		which = "It is the current key with white space around it, which consumers would send along."
	}
	// It does not point at delivered_key_wo: Terraform would print that line, and a
	// key that is written there.
	return tfkit.Message{
		Title: "Another key was delivered",
		What:  fmt.Sprintf("What consumers get is not key %s of generation %d. %s", r.ID.ValueString(), r.Generation.ValueInt64(), which),
		State: "Nothing was revoked, and the earlier hand-over stays in the state.",
		Next: "Publish the current key again: apply with -replace=ADDRESS of what publishes it, because the provider of the store may believe that there is nothing to do. " +
			"If it was published, see that delivered_key_wo reads from the same place, after it.",
	}
}

func liveKeys(op *tfkit.Operation) map[nebula.ID]string {
	if op.Services == nil {
		return nil
	}
	return keykit.ManagedKeys(op.Services).Live()
}

// cannotCompare says that a key that was read back is not looked at.
func cannotCompare(r keykit.Rotation) tfkit.Message {
	return tfkit.Message{
		Title: "Delivered key cannot be compared",
		What:  fmt.Sprintf("Key %s was imported, so its secret is not known, and delivered_key_wo cannot be compared with it.", r.ID.ValueString()),
		State: "The key counts as handed over.",
	}
}
