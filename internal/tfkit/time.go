package tfkit

import (
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// Time is an instant as an attribute holds it (RFC 3339, UTC); null for the zero
// time.
func Time(at time.Time) types.String {
	if at.IsZero() {
		return types.StringNull()
	}
	return types.StringValue(at.UTC().Format(time.RFC3339))
}

// ParseTime is the instant that an attribute holds; zero where it holds none.
func ParseTime(s types.String) time.Time {
	at, err := time.Parse(time.RFC3339, s.ValueString())
	if err != nil {
		return time.Time{}
	}
	return at
}

// NoTimeouts is the block timeouts of an object that was imported: no operation
// has a time-out of its own.
func NoTimeouts(operations ...string) timeouts.Value {
	kinds := map[string]attr.Type{}
	for _, operation := range operations {
		kinds[operation] = types.StringType
	}
	return timeouts.Value{Object: types.ObjectNull(kinds)}
}
