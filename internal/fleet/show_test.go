package fleet

import (
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

// How long something took is told in words that people use.
func TestMinutes(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		2 * time.Second: "2 seconds", 59 * time.Second: "59 seconds", time.Minute: "1 minute", 89 * time.Second: "1 minute", 90 * time.Second: "2 minutes", time.Hour: "60 minutes",
	} {
		if got := minutes(d); got != want {
			t.Errorf("%v is %q, want %q", d, got, want)
		}
	}
}

// Machines that people must choose from are shown with all that tells them
// apart, as far as the API shows it.
func TestShowAll(t *testing.T) {
	t.Parallel()
	made := nebula.Stamp{Time: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)}
	got := showAll([]nebula.Instance{
		{ID: "1", HostName: "train", Status: " Running", PricePerHour: "0.697", CreatedAt: made},
		{ID: "2", Name: "Train"},
	})
	const want = "  1 (\"train\", running, $0.697 per hour), made at 2026-11-23T12:00:00Z\n  2 (\"Train\", of no known status, an unknown price)"
	if got != want {
		t.Errorf("they are shown as\n%s\nwant\n%s", got, want)
	}
}
