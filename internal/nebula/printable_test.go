package nebula_test

import (
	"strings"
	"testing"

	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

// Printable text keeps its lines and its length, and nothing else that a
// terminal would act on; and no secret is in it, not even one of several lines.
func TestPrintable(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("word ", 200)
	for text, want := range map[string]string{
		"":                              "",
		"one\n\ntwo\n":                  "one\n\ntwo\n",
		long:                            long,
		"one\x1b[31m\ntwo\u202e":        "one\\u001b[31m\ntwo\\u202e",
		"one\r\ntwo\tthree":             "one \ntwo three",
		"key ak_CANARY0123456789\nnext": "key (masked)\nnext",
		"a\n-----BEGIN PRIVATE KEY-----\nCANARY\n-----END PRIVATE KEY-----\nb": "a\n(masked)\nb",
	} {
		if got := nebula.Printable(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}
