package tfkit_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

const canary = "ak_canary-0123456789"

// guarded panics as a function that defers Guard would.
func guarded(diags *diag.Diagnostics, panicWith func()) {
	defer tfkit.Guard("configure provider", diags)
	panicWith()
}

func TestPanicBecomesError(t *testing.T) {
	t.Parallel()
	var none []string
	var nobody *strings.Builder
	tests := map[string]struct {
		panicWith func()
		want      string
	}{
		"text":      {func() { panic(canary) }, "a panic with a value of type string"},
		"error":     {func() { panic(fmt.Errorf("no use for %s: %w", canary, errors.ErrUnsupported)) }, "a panic with a value of type *fmt.wrapError"},
		"struct":    {func() { panic(struct{ Key string }{canary}) }, "a panic with a value of type struct"},
		"index":     {func() { _ = none[len(canary)] }, "index out of range [20] with length 0"},
		"nil":       {func() { nobody.WriteString(canary) }, "nil pointer dereference"},
		"assertion": {func() { var v any = canary; _ = v.(error) }, "string is not error"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var diags diag.Diagnostics
			diags.AddWarning("Before", "")
			guarded(&diags, test.panicWith)
			if diags.ErrorsCount() != 1 || diags.WarningsCount() != 1 {
				t.Fatalf("got %v", diags)
			}
			got := diags.Errors()[0]
			if got.Summary() != "Unable to configure provider" {
				t.Errorf("summary %q", got.Summary())
			}
			for _, want := range []string{test.want, "tfkit_test.guarded (guard_test.go:", "TestPanicBecomesError", "Please report it"} {
				if !strings.Contains(got.Detail(), want) {
					t.Errorf("no %q in:\n%s", want, got.Detail())
				}
			}
			if strings.Contains(got.Detail(), canary) || strings.Contains(got.Detail(), "runtime.gopanic") {
				t.Errorf("too much in:\n%s", got.Detail())
			}
		})
	}
}

func TestGuardWithoutPanic(t *testing.T) {
	t.Parallel()
	var diags diag.Diagnostics
	guarded(&diags, func() {})
	if len(diags) != 0 {
		t.Errorf("an error without a panic: %v", diags)
	}
}
