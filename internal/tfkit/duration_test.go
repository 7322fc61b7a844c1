package tfkit_test

import (
	"strings"
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

func TestParseDuration(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for text, want := range map[string]time.Duration{
		"720h": 720 * time.Hour, "90m": 90 * time.Minute, "1h30m": 90 * time.Minute, "0s": 0, "0": 0, "-5m": -5 * time.Minute,
		"30d": 30 * day, "4w": 28 * day, "1w2d": 9 * day, "1d12h": 36 * time.Hour, "-1d": -day, "0d": 0, "+2d": 2 * day, "1d0.5h": day + 30*time.Minute,
	} {
		if got, err := tfkit.ParseDuration(text); err != nil || got != want {
			t.Errorf("%q is %s, %v; want %s", text, got, err, want)
		}
	}
	for _, text := range []string{
		"", "30", "30 days", "30 d", "d", "w", "1.5d", "1d-2h", "2d1w", "1h2d", "--1d", "106752d", "99999999999999999999d", "109802048057794951w", "768614336404564651d", "9999999h", "1d\n", "\n1d", "30D",
	} {
		got, err := tfkit.ParseDuration(text)
		if err == nil || !strings.Contains(err.Error(), `such as "30d" or "4w"`) {
			t.Errorf("%q is %s, %v; want an error that says what a duration looks like", text, got, err)
		}
	}
}
