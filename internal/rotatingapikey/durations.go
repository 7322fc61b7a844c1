package rotatingapikey

import (
	"time"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// defaultOverlap is how the default is written in a configuration.
const defaultOverlap = "24h"

// duration is the value of a duration that was validated; zero where there is
// none.
func duration(s types.String) time.Duration {
	value, _ := knownDuration(s)
	return value
}

// knownDuration is false for a duration that is null, unknown or none at all;
// the last is reported by its validator.
func knownDuration(s types.String) (time.Duration, bool) {
	if s.IsNull() || s.IsUnknown() {
		return 0, false
	}
	value, err := tfkit.ParseDuration(s.ValueString())
	return value, err == nil
}

// checkDurations reports durations that make no sense, alone or together.
func checkDurations(op *tfkit.Operation, rotateAfter, overlap types.String) {
	period, hasPeriod := knownDuration(rotateAfter)
	if hasPeriod && period <= 0 {
		op.Refuse(tfkit.Message{Title: "Invalid rotation period", Attribute: path.Root("rotate_after"),
			What: "rotate_after must be longer than 0s.", Next: "Give a duration such as \"30d\", or leave it out to rotate by keepers only."})
		return
	}
	isDefault := ""
	if overlap.IsNull() {
		overlap, isDefault = types.StringValue(defaultOverlap), ", which is the default,"
	}
	length, hasOverlap := knownDuration(overlap)
	switch {
	case !hasOverlap:
	case length < 0:
		op.Refuse(tfkit.Message{Title: "Invalid overlap", Attribute: path.Root("overlap"),
			What: "overlap must not be negative.", Next: "Give a duration such as \"24h\", or \"0s\" to revoke the old key in the same apply."})
	case hasPeriod && length >= period:
		op.Refuse(tfkit.Message{Title: "Overlap too long", Attribute: path.Root("overlap"),
			What: "The overlap of " + overlap.ValueString() + isDefault + " must be shorter than rotate_after, which is " + rotateAfter.ValueString() +
				": otherwise the old key would still be valid when the next rotation is due.",
			Next: "Give a shorter overlap or a longer rotate_after."})
	}
}

func timestamp(t time.Time) types.String {
	return types.StringValue(t.UTC().Format(time.RFC3339))
}

func instant(s types.String) (time.Time, bool) {
	t, err := time.Parse(time.RFC3339, s.ValueString())
	return t, err == nil
}

// reached reports whether an instant lies at or before now. Without a now
// nothing is reached.
func reached(at types.String, now time.Time) bool {
	t, ok := instant(at)
	return ok && !now.IsZero() && !now.Before(t)
}

// rotateAt is when a key made at createdAt is due; null without a period, and
// unknown while either is.
func rotateAt(createdAt, rotateAfter types.String) types.String {
	if rotateAfter.IsNull() {
		return types.StringNull()
	}
	if createdAt.IsUnknown() || rotateAfter.IsUnknown() {
		return types.StringUnknown()
	}
	created, ok := instant(createdAt)
	period, known := knownDuration(rotateAfter)
	if !ok || !known {
		return types.StringNull()
	}
	return timestamp(created.Add(period))
}
