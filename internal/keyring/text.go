package keyring

import (
	"errors"
	"html"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// StoredForm reports whether got can be what an API made of sent when it
// stored it: escaped for HTML, with other white space or line breaks, trimmed,
// cut, or in another Unicode form.
func StoredForm(sent, got string) bool {
	want, have := plain(html.UnescapeString(sent)), plain(html.UnescapeString(got))
	// What is cut after it was escaped can end in the middle of an escape.
	return want == have || isCut(want, have) || isCut(plain(html.EscapeString(sent)), plain(got))
}

// plain is a text without differences that mean nothing.
func plain(s string) string { return norm.NFC.String(strings.Join(strings.Fields(s), " ")) }

// shortestCut is the length below which a text is no part of a longer one but
// another text: nobody keeps less of a name.
const shortestCut = 8

func isCut(whole, part string) bool {
	return len(part) >= shortestCut && strings.HasPrefix(whole, part)
}

// found gives the first error of a type in err's tree.
func found[T error](err error) (T, bool) {
	var target T
	ok := errors.As(err, &target)
	return target, ok
}
