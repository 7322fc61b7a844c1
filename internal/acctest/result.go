package acctest

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

// Result is how a command ended.
type Result struct {
	Stdout, Stderr string
	ExitCode       int

	// Planned is the plan that a Stage's command made or applied; nil when it
	// made none.
	Planned *rehearsal.Plan
	// Diagnostics are those of a Stage's command.
	Diagnostics []rehearsal.Diagnostic

	t       *testing.T
	command string
}

// Text is what was printed, without frames and line breaks.
func (r Result) Text() string {
	return flatten(r.Stdout + "\n" + r.Stderr)
}

func flatten(s string) string {
	return strings.Join(strings.Fields(strings.NewReplacer("│", " ", "╷", " ", "╵", " ").Replace(s)), " ")
}

// Expect fails the test at once unless the command ended with the code and
// printed all the texts, however they were broken into lines.
func (r Result) Expect(code int, texts ...string) Result {
	r.t.Helper()
	missing := slices.DeleteFunc(slices.Clone(texts), func(text string) bool { return strings.Contains(r.Text(), flatten(text)) })
	if r.ExitCode != code || len(missing) > 0 {
		r.t.Fatalf("%s: exit code %d, want %d; not printed: %q\n%s\n%s", r.command, r.ExitCode, code, missing, r.Stdout, r.Stderr)
	}
	return r
}

// ExpectNot fails the test when one of the texts was printed.
func (r Result) ExpectNot(texts ...string) Result {
	r.t.Helper()
	for _, text := range texts {
		if strings.Contains(r.Text(), flatten(text)) {
			r.t.Fatalf("%s: printed %q\n%s\n%s", r.command, text, r.Stdout, r.Stderr)
		}
	}
	return r
}

// Succeeds ends the test unless the command succeeded, with changes planned or
// without, and printed all the texts.
func (r Result) Succeeds(texts ...string) Result {
	r.t.Helper()
	if r.ExitCode == 2 {
		return r.Expect(2, texts...)
	}
	return r.Expect(0, texts...)
}

// Fails ends the test unless the command failed and printed all the texts.
func (r Result) Fails(texts ...string) Result { r.t.Helper(); return r.Expect(1, texts...) }

// Silent fails the test when the command printed an error or a warning.
func (r Result) Silent() Result {
	r.t.Helper()
	if r.Stderr != "" {
		r.t.Errorf("%s: told\n%s", r.command, r.Stderr)
	}
	return r
}

// Does compares what the plan of a Stage does with what it is to do, by address.
func (r Result) Does(want map[string]rehearsal.Action) Result {
	r.t.Helper()
	got := map[string]rehearsal.Action{}
	if r.Planned != nil {
		for address, change := range r.Planned.Changes {
			got[address] = change.Action
		}
	}
	if !maps.Equal(got, want) {
		r.t.Errorf("%s: the plan does %v, want %v:\n%s", r.command, got, want, r.Planned)
	}
	return r
}

// DoesNothing is Does for an empty plan.
func (r Result) DoesNothing() Result { r.t.Helper(); return r.Does(nil) }
