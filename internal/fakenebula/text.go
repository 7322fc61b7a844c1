package fakenebula

import (
	"html"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// TextRule is what becomes of a text that the API is given: it stores the
// result. The field is its JSON name in the reference of 2024.
type TextRule func(field, text string) string

// HTMLEscaped stores "&amp;" for "&", and its like.
func HTMLEscaped(_, text string) string { return html.EscapeString(text) }

// CRLF stores line breaks as a carriage return and a line feed.
func CRLF(_, text string) string {
	return strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\n", "\r\n")
}

// LF stores line breaks as a line feed only.
func LF(_, text string) string { return strings.ReplaceAll(text, "\r\n", "\n") }

// Trimmed stores a text without the white space around it.
func Trimmed(_, text string) string { return strings.TrimSpace(text) }

// LowerCase stores a text in lower case.
func LowerCase(_, text string) string { return strings.ToLower(text) }

// Decomposed stores letters and their accents apart (Unicode's NFD).
func Decomposed(_, text string) string { return norm.NFD.String(text) }

// CutAt stores the first n characters.
func CutAt(n int) TextRule {
	return func(_, text string) string {
		runes := []rune(text)
		return string(runes[:min(n, len(runes))])
	}
}

// OnlyIn narrows a rule down to one field.
func OnlyIn(field string, rule TextRule) TextRule {
	return func(in, text string) string {
		if in != field {
			return text
		}
		return rule(in, text)
	}
}

// stored is what the API stores of a text that it was given.
func (s *Server) stored(field, text string) string {
	return s.options.Stored.of(field, text)
}

// listed is what a list shows of a text that is stored.
func (s *Server) listed(field, text string) string { return s.options.Listed.of(field, text) }

// of is a text after the rule; without one as it was.
func (r TextRule) of(field, text string) string {
	if r == nil {
		return text
	}
	return r(field, text)
}
