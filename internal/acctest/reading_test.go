package acctest

import (
	"fmt"
	"testing"

	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
)

func TestChooseReading(t *testing.T) {
	t.Parallel()
	const r2024, r2025 = fakenebula.Reading2024, fakenebula.Reading2025
	for name, test := range map[string]struct {
		pinned fakenebula.Reading
		forced string
		want   fakenebula.Reading
	}{
		"nothing said":    {want: r2024},
		"forced":          {forced: "2025", want: r2025},
		"forced, default": {forced: "2024", want: r2024},
		"pinned":          {pinned: r2025, want: r2025},
		"pinned wins":     {pinned: r2024, forced: "2025", want: r2024},
		"forced nonsense": {forced: "2023"},
	} {
		got, err := chooseReading("TestX", test.pinned, test.forced, false)
		if got != test.want || (err == nil) != (test.want != "") {
			t.Errorf("%s: %s, %v", name, got, err)
		}
	}
}

// TestReadingsAreSpread wants each reading to get its share, always the same.
func TestReadingsAreSpread(t *testing.T) {
	t.Parallel()
	counts := map[fakenebula.Reading]int{}
	for i := range 1000 {
		name := fmt.Sprintf("TestAcc%d", i)
		got, err := chooseReading(name, "", "", true)
		again, _ := chooseReading(name, "", "", true)
		if err != nil || got != again {
			t.Fatal(got, again, err)
		}
		counts[got]++
	}
	for _, r := range fakenebula.Readings() {
		if n := counts[r]; n < 300 {
			t.Errorf("%s has %d of 1000 tests", r, n)
		}
	}
}
