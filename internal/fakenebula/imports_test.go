package fakenebula_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// TestSharesNothingWithTheClient keeps the fake an independent witness: with a
// type in common, a wrong field name would be wrong on both sides.
func TestSharesNothingWithTheClient(t *testing.T) {
	t.Parallel()
	const module = "github.com/nebulablock/terraform-provider-nebula/internal/"
	for _, pkg := range []string{"fakenebula", "cmd/fakenebula"} {
		out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", module+pkg).Output()
		if err != nil {
			t.Fatalf("go list %s: %v", pkg, err)
		}
		dependencies := strings.Fields(string(out))
		if !slices.Contains(dependencies, module+"clock") {
			t.Fatalf("%s: the list is not what was asked for: %s", pkg, out)
		}
		for _, dependency := range dependencies {
			below, ours := strings.CutPrefix(dependency, module)
			if ours && below != pkg && below != "clock" && below != "fakenebula" {
				t.Errorf("%s depends on internal/%s", pkg, below)
			}
			if dependency == "testing" || dependency == "net/http/httptest" {
				t.Errorf("%s depends on %s", pkg, dependency)
			}
		}
	}
}
