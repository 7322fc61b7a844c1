package nebula

import (
	"html"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// StoredForm reports whether got can be what an API made of sent when it
// stored or listed it: escaped for HTML, with other white space or line breaks,
// trimmed, in another case, without characters that nobody sees, cut with or
// without dots, or in another Unicode form.
func StoredForm(sent, got string) bool {
	have := plain(html.UnescapeString(got))
	// A text may hold escapes already; they are escaped again, or taken off.
	for _, sent := range [...]string{sent, html.UnescapeString(sent)} {
		if want := plain(sent); unspaced(want) == unspaced(have) || isCut(want, have) {
			return true
		}
	}
	// What is cut after it was escaped can end in the middle of an escape.
	return isCut(plain(html.EscapeString(sent)), plain(got))
}

// plain is a text without differences that mean nothing.
func plain(s string) string {
	return strings.Join(strings.Fields(strings.Map(shownToPeople, strings.ToLower(norm.NFKC.String(s)))), " ")
}

func unspaced(s string) string { return strings.ReplaceAll(s, " ", "") }

// shownToPeople drops what nobody sees (-1): control characters, which are white
// space or nothing, and characters that only format.
func shownToPeople(r rune) rune {
	switch {
	case unicode.IsSpace(r):
		return r
	case unicode.In(r, unicode.Cc, unicode.Cf):
		return -1
	default:
		return r
	}
}

// shortestCut is the length below which a text is no part of a longer one but
// another text: nobody keeps less of a name.
const shortestCut = 8

// isCut reports whether part is the beginning of whole. What is left out may be
// shown by dots, which NFKC has made of an ellipsis.
func isCut(whole, part string) bool {
	part = strings.TrimSuffix(part, "...")
	return len(part) >= shortestCut && strings.HasPrefix(whole, part)
}
