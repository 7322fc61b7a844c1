package nebula

import (
	"html"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// escapes are the ways in which a text can write a character: of JSON, of URLs,
// of HTML and of programs. A terminal's escape is none at all.
var escapes = regexp.MustCompile(`\\u[0-9A-Fa-f]{4}|\\x[0-9A-Fa-f]{2}|%[0-9A-Fa-f]{2}|&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z]{2,8});|\x1b\[[0-9;]*[A-Za-z]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)`)

// plaintext is what people read in a text: escapes stand for their characters,
// and what cannot be seen is left out. A secret is one however it is written.
type plaintext struct {
	text string
	// at is, for each byte, where in the original that character begins, and to
	// where it ends.
	at, to []int
}

// plaintextOf reads a text.
func plaintextOf(s string) plaintext {
	var b strings.Builder
	p := plaintext{}
	add := func(r rune, begin, end int) {
		if isInvisible(r) {
			return
		}
		for range utf8.RuneLen(r) {
			p.at, p.to = append(p.at, begin), append(p.to, end)
		}
		b.WriteRune(r)
	}
	end := 0
	plain := func(begin, end int) {
		for i, r := range s[begin:end] {
			width := 1
			if r != utf8.RuneError {
				width = utf8.RuneLen(r)
			}
			add(r, begin+i, begin+i+width)
		}
	}
	for _, m := range escapes.FindAllStringIndex(s, -1) {
		plain(end, m[0])
		for _, r := range meant(s[m[0]:m[1]]) {
			add(r, m[0], m[1])
		}
		end = m[1]
	}
	plain(end, len(s))
	p.text = b.String()
	return p
}

// meant is the character that an escape stands for; none for a terminal's.
func meant(escape string) string {
	switch escape[0] {
	case '\x1b':
		return ""
	case '&':
		return html.UnescapeString(escape)
	}
	code, _ := strconv.ParseInt(strings.TrimLeft(escape, `\ux%`), 16, 32) // at most four digits, by its form
	return string(rune(code))
}

// isInvisible says that a character leaves no trace: zero-width characters,
// joiners, variation selectors, accents without a letter, control characters.
func isInvisible(r rune) bool {
	return unicode.In(r, unicode.Cf, unicode.Mn, unicode.Me, unicode.Variation_Selector) || unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t'
}

// isPlain says that a text is written as people read it.
func isPlain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c == '%' || c == '\\' || c == '&' || c >= utf8.RuneSelf || c < ' ' && c != '\n' && c != '\t' {
			return false
		}
	}
	return true
}
