package rotatingapikey

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

func TestRotateAt(t *testing.T) {
	t.Parallel()
	hour := types.StringValue("1h")
	for i, test := range []struct{ created, after, want types.String }{
		{timestamp(created), hour, types.StringValue("2026-11-01T13:00:00Z")},
		{timestamp(created), types.StringValue("30d"), types.StringValue("2026-12-01T12:00:00Z")},
		{timestamp(created), types.StringNull(), types.StringNull()},
		{timestamp(created), types.StringUnknown(), types.StringUnknown()},
		{types.StringUnknown(), hour, types.StringUnknown()},
		{types.StringUnknown(), types.StringNull(), types.StringNull()},
		{types.StringNull(), hour, types.StringNull()},
	} {
		if got := rotateAt(test.created, test.after); !got.Equal(test.want) {
			t.Errorf("%d: rotateAt(%s, %s) = %s, want %s", i, test.created, test.after, got, test.want)
		}
	}
}

func TestCheckDurations(t *testing.T) {
	t.Parallel()
	duration := func(s string) types.String {
		if s == "?" {
			return types.StringUnknown()
		}
		return tfkit.StringOrNull(s)
	}
	for _, test := range []struct{ rotateAfter, overlap, summary, attribute string }{
		{"", "", "", ""},
		{"720h", "", "", ""},
		{"720h", "24h", "", ""},
		{"30d", "3d", "", ""},
		{"24h0m1s", "", "", ""},
		{"24h", "", "Overlap too long", "overlap"},
		{"1d", "", "Overlap too long", "overlap"},
		{"12h", "", "Overlap too long", "overlap"},
		{"1h", "60m", "Overlap too long", "overlap"},
		{"1w", "7d", "Overlap too long", "overlap"},
		{"1h", "59m", "", ""},
		{"1h", "0s", "", ""},
		{"", "0s", "", ""},
		{"", "9999h", "", ""},
		{"", "-1s", "Invalid overlap", "overlap"},
		{"1h", "-1s", "Invalid overlap", "overlap"},
		{"0s", "", "Invalid rotation period", "rotate_after"},
		{"-1h", "", "Invalid rotation period", "rotate_after"},
		{"0s", "?", "Invalid rotation period", "rotate_after"},
		{"?", "24h", "", ""},
		{"12h", "?", "", ""},
		{"?", "-1s", "Invalid overlap", "overlap"},
		// What is no duration at all is reported by its validator.
		{"soon", "", "", ""},
		{"1h", "long", "", ""},
	} {
		var diags diag.Diagnostics
		checkDurations(tfkit.Doing("check", &diags, nil), duration(test.rotateAfter), duration(test.overlap))
		var got string
		for _, d := range diags {
			got += d.Summary()
		}
		if got != test.summary {
			t.Errorf("rotate_after %q, overlap %q: %q, want %q", test.rotateAfter, test.overlap, got, test.summary)
			continue
		}
		if test.summary == "" {
			continue
		}
		if on, ok := diags[0].(diag.DiagnosticWithPath); !ok || on.Path().String() != test.attribute {
			t.Errorf("rotate_after %q, overlap %q: not reported on %s", test.rotateAfter, test.overlap, test.attribute)
		}
	}
}
