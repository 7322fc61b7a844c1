package nebula

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// Text of the API that is longer than this many characters is cut.
const maxMessage = 512

// CleanText makes text from outside safe to print: secrets are masked,
// everything a terminal would act on is escaped, and the length is capped at
// 512 characters.
func CleanText(s string) string { return clean(s, nil) }

// clean is CleanText that also masks the client's own secrets, and the bearer
// of the call, which may be of no recognisable form.
func (c *Client) clean(s, bearer string) string {
	return clean(s, slices.Concat(withEncodings([]string{bearer}), c.secrets))
}

// clean masks first, because escaping or cutting could break a secret into
// pieces that are no longer recognised.
func clean(s string, secrets []string) string {
	return capped(escape(strings.TrimSpace(mask(s, secrets))), maxMessage)
}

// escape replaces what is not plainly printable: control characters, terminal
// escapes, line separators, and the format characters (bidirectional
// overrides, zero-width joiners) that make text read as something else.
func escape(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '\n' || r == '\t' || r == '\r':
			b.WriteByte(' ')
		case r == unicode.ReplacementChar:
			b.WriteRune(r)
		case unicode.IsPrint(r):
			b.WriteRune(r)
		case r <= 0xFFFF:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
	}
	return b.String()
}

// capped cuts s to at most limit characters, the dots that tell of it included.
func capped(s string, limit int) string {
	const dots = "..."
	n, cut := 0, 0
	for i := range s {
		if n == limit-len(dots) {
			cut = i
		}
		if n == limit {
			return s[:cut] + dots
		}
		n++
	}
	return s
}
