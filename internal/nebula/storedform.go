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

// ListedForm reports whether a list can show so a text that the API keeps:
// escaped for HTML, with other white space, trimmed, without characters that
// nobody sees, cut with dots, or in another Unicode form. Another case or fewer
// words are none: people change a text so.
func ListedForm(kept, shown string) bool {
	have := spaced(html.UnescapeString(shown))
	cut := strings.HasSuffix(have, dots)
	for _, kept := range [...]string{kept, html.UnescapeString(kept)} {
		if want := spaced(kept); want == have || cut && isCut(want, have) {
			return true
		}
	}
	return cut && isCut(spaced(html.EscapeString(kept)), spaced(shown))
}

// plain is a text without differences that mean nothing.
func plain(s string) string { return spaced(strings.ToLower(s)) }

// spaced is a text with one space wherever it has any, and none around it.
func spaced(s string) string {
	return strings.Join(strings.Fields(strings.Map(shownToPeople, norm.NFKC.String(s))), " ")
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

// dots are what NFKC makes of an ellipsis, too.
const dots = "..."

// isCut reports whether part is the beginning of whole. What is left out may be
// shown by dots.
func isCut(whole, part string) bool {
	part = strings.TrimSuffix(part, dots)
	return len(part) >= shortestCut && strings.HasPrefix(whole, part)
}
