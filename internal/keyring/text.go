package keyring

import (
	"errors"
	"html"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// SameText compares two texts as people do: Terraform composes every string
// that it reads (Unicode NFC), and an API may give them back decomposed.
func SameText(a, b string) bool { return a == b || norm.NFC.String(a) == norm.NFC.String(b) }

// StoredForm reports whether got can be what an API made of sent when it
// stored it: escaped for HTML, with other line breaks, trimmed, cut, or in
// another Unicode form.
func StoredForm(sent, got string) bool {
	plain := func(s string) string {
		return norm.NFC.String(strings.TrimSpace(strings.ReplaceAll(html.UnescapeString(s), "\r\n", "\n")))
	}
	want, have := plain(sent), plain(got)
	return want == have || have != "" && strings.HasPrefix(want, have)
}

// found gives the first error of a type in err's tree.
func found[T error](err error) (T, bool) {
	var target T
	ok := errors.As(err, &target)
	return target, ok
}
