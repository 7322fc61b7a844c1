package rotatingapikey

import (
	"testing"
	"time"
)

func TestNames(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 23, 1, 56, 0, 0, time.FixedZone("", 3600))
	for name, want := range map[string]string{
		"ci": "ci-20261123T005600Z", "ci-20261123T005600Z": "ci-20261123T005600Z-20261123T005600Z", "a\nb": "a\nb-20261123T005600Z",
	} {
		got := nameOfGeneration(name, at)
		if got != want {
			t.Errorf("nameOfGeneration(%q) = %q, want %q", name, got, want)
		}
		if base := baseName(got); base != name {
			t.Errorf("baseName(%q) = %q, want %q", got, base, name)
		}
	}
	for _, name := range []string{"ci", "", "-20261123T005600Z", "ci-20261123", "ci-20261123T0056Z", "ci-20261123T005600Z-2"} {
		if got := baseName(name); got != name {
			t.Errorf("baseName(%q) = %q, want it unchanged", name, got)
		}
	}
}
