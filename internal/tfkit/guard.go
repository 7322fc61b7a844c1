package tfkit

import (
	"fmt"
	"path"
	"runtime"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

const pleaseReport = "Please report it at https://github.com/nebulablock/terraform-provider-nebula/issues with this text."

// Guard turns a panic of the function that defers it into an error. It is for
// functions that have no Base to begin with.
//
//	defer tfkit.Guard("configure provider", &resp.Diagnostics)
func Guard(to string, diags *diag.Diagnostics) { guard(recover(), to, diags) }

// guard reports a panic without its value, which may be or quote a secret.
// Without it Terraform would print the value, and the state of all other
// operations of the process would be lost.
func guard(panicked any, to string, diags *diag.Diagnostics) {
	if panicked == nil {
		return
	}
	what := fmt.Sprintf("a panic with a value of type %T", panicked)
	// The runtime's own errors are about types, indexes and nil pointers.
	if err, ok := panicked.(runtime.Error); ok {
		what = nebula.CleanText(err.Error())
	}
	diags.AddError("Unable to "+to, fmt.Sprintf("A defect in the provider stopped the operation: %s. It happened in:\n\n%s\n\n"+
		"State: What the operation had saved by then stays in the state.\n\n"+
		"Next: Run a plan to see what is there. %s", what, stack(), pleaseReport))
}

const maxFrames = 16

// stack is the names and places of the functions that were running when the
// panic began; never their arguments.
func stack() string {
	pcs := make([]uintptr, 64)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs)])
	var lines []string
	inPanic := false
	for len(lines) < maxFrames {
		frame, more := frames.Next()
		switch {
		case frame.Function == "runtime.gopanic":
			// What came before is this file.
			inPanic, lines = true, nil
		case inPanic && !strings.HasPrefix(frame.Function, "runtime."):
			lines = append(lines, fmt.Sprintf("  %s (%s:%d)", frame.Function, path.Base(frame.File), frame.Line))
		}
		if !more {
			break
		}
	}
	return strings.Join(lines, "\n")
}
