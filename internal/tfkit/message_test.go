package tfkit_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// Whatever comes from outside is cleaned in one place, in every paragraph and in
// the title, of errors and of warnings.
func TestEveryParagraphIsCleaned(t *testing.T) {
	t.Parallel()
	const hostile = "id \x1b[2J\u202e\u200d " + canary + " eyJhbGciOiJIUzI1NiJ9.e30.x \r\x00"
	m := tfkit.Message{Title: "Title " + hostile, What: "One.\n\nTwo " + hostile, State: "State " + hostile, Next: "Next " + hostile}
	on := m
	on.Attribute = path.Root("name")
	for name, d := range map[string]diag.Diagnostic{"error": m.Error(), "warning": m.Warning(), "on an argument": on.Error(), "warning on an argument": on.Warning()} {
		text := d.Summary() + "\n\n" + d.Detail()
		if strings.ContainsAny(text, "\x1b\u202e\u200d\r\x00") || strings.Contains(text, canary) || strings.Contains(text, "eyJ") {
			t.Errorf("%s: not clean: %q", name, text)
		}
		if n := strings.Count(text, `\u202e`); n != 4 {
			t.Errorf("%s: %d of 4 escaped: %q", name, n, text)
		}
		if strings.Count(text, "\n\n") != 4 {
			t.Errorf("%s: the paragraphs are lost: %q", name, text)
		}
	}
}

func TestMessageGrammar(t *testing.T) {
	t.Parallel()
	for want, m := range map[string]tfkit.Message{
		"Warning: T\n\n\n":                            {Title: "T"},
		"Warning: T\n\nW.\n":                          {Title: "T", What: "W."},
		"Warning: T\n\nW.\n\nState: S.\n\nNext: N.\n": {Title: "T", What: "W.", State: "S.", Next: "N."},
		"Warning on a: T\n\nNext: N.\n":               {Title: "T", Next: "N.", Attribute: path.Root("a")},
	} {
		if got := acctest.Rendered(m.Warning()); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// Text in quotes is bounded, made printable and marked where it was cut.
func TestQuoted(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("ä", 2000)
	for text, want := range map[string]string{
		"":                   `""`,
		" a\nb ":             `" a\nb "`,
		"a\x1b[31m\u202eb":   `"a\\u001b[31m\\u202eb"`,
		"ak_CANARY012345678": `"(masked)"`,
		long:                 `"` + strings.Repeat("ä", 512) + `..."`,
	} {
		if got := tfkit.Quoted(text); got != want {
			t.Errorf("%q becomes %s, want %s", text, got, want)
		}
	}
}
