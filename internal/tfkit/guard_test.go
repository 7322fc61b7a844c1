package tfkit_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

const canary = "ak_canary-0123456789"

// operation panics as an operation of a thing would.
func operation(diags *diag.Diagnostics, panicWith func()) {
	var base tfkit.Base
	_, end := base.Begin(context.Background(), "create API key", diags)
	defer end()
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
			operation(&diags, test.panicWith)
			if diags.ErrorsCount() != 1 || diags.WarningsCount() != 1 {
				t.Fatalf("got %v", diags)
			}
			got := diags.Errors()[0]
			if got.Summary() != "Unable to create API key" {
				t.Errorf("summary %q", got.Summary())
			}
			for _, want := range []string{test.want, "tfkit_test.operation (guard_test.go:", "TestPanicBecomesError", "Please report it"} {
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

func TestGuard(t *testing.T) {
	t.Parallel()
	var diags diag.Diagnostics
	func() {
		defer tfkit.Guard("configure provider", &diags)
		panic(errors.New(canary))
	}()
	if diags.ErrorsCount() != 1 || diags[0].Summary() != "Unable to configure provider" || strings.Contains(diags[0].Detail(), canary) {
		t.Errorf("got %v", diags)
	}
	func() {
		defer tfkit.Guard("configure provider", &diags)
	}()
	if len(diags) != 1 {
		t.Errorf("an error without a panic: %v", diags)
	}
}
