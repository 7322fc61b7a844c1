package nebula_test

import (
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"

	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

const oddName = "Jürgen & Zoë <ci>\nsecond line"

func TestStoredForm(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a long text & more ", 20)
	for name, got := range map[string]string{
		"as it was": oddName, "escaped": "Jürgen &amp; Zoë &lt;ci&gt;\nsecond line", "escaped otherwise": "Jürgen &#38; Zoë &#x3c;ci>\nsecond line",
		"CRLF": strings.ReplaceAll(oddName, "\n", "\r\n"), "in one line": strings.ReplaceAll(oddName, "\n", " "), "trimmed": strings.TrimSpace(oddName),
		"with space around": "  " + oddName + "\n", "decomposed": norm.NFD.String(oddName), "composed": norm.NFC.String(oddName), "cut": oddName[:20],
		"cut with dots": oddName[:20] + "...", "cut with an ellipsis": oddName[:20] + "…", "lower case": strings.ToLower(oddName), "without line breaks": strings.ReplaceAll(oddName, "\n", ""),
	} {
		if !nebula.StoredForm(oddName, got) {
			t.Errorf("%s: %q is not taken for it", name, got)
		}
	}
	for cut := 8; cut < 200; cut++ {
		escaped := fakenebula.CutAt(cut)("", fakenebula.HTMLEscaped("", long))
		if !nebula.StoredForm(long, escaped) {
			t.Errorf("%q is not taken for it", escaped)
		}
	}
	for _, got := range []string{"", " ", "J", "Jürgen", "Jürgen...", oddName + " more", "another name", "second line"} {
		if nebula.StoredForm(oddName, got) {
			t.Errorf("%q is taken for %q", got, oddName)
		}
	}
	if !nebula.StoredForm("a &amp; b", "a &amp;amp; b") || !nebula.StoredForm("a &amp; b", "a & b") {
		t.Error("a text with escapes of its own")
	}
	if !nebula.StoredForm("", "") || nebula.StoredForm("", "x") {
		t.Error("an empty text")
	}
}

// A list shows less than an answer, but people write another case and fewer
// words.
func TestListedForm(t *testing.T) {
	t.Parallel()
	const long = "Jürgen & Zoë <ci> of the team"
	for name, c := range map[string]struct {
		kept, shown string
		want        bool
	}{
		"as it is":            {oddName, oddName, true},
		"escaped":             {oddName, "Jürgen &amp; Zoë &lt;ci&gt;\nsecond line", true},
		"in one line":         {oddName, "Jürgen & Zoë <ci> second line", true},
		"trimmed":             {" a ", "a", true},
		"decomposed":          {oddName, norm.NFD.String(oddName), true},
		"cut with dots":       {long, long[:20] + "...", true},
		"cut with ellipsis":   {long, long[:20] + "…", true},
		"escaped and cut":     {long, "Jürgen &amp; Zoë &l...", true},
		"fewer words":         {"production-key-old", "production-key", false},
		"another case":        {"CI", "ci", false},
		"spaces left out":     {"deploy key", "deploykey", false},
		"cut to a few":        {long, "Jür...", false},
		"more words":          {"deploy key", "deploy key of bob", false},
		"another text":        {"deploy key", "root key...", false},
		"another's and dots":  {"deploy key", "deploy keys...", false},
		"nothing":             {"a", "", false},
		"nothing, of nothing": {"", "", true},
	} {
		if got := nebula.ListedForm(c.kept, c.shown); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}
