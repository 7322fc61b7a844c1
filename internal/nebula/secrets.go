package nebula

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
)

const masked = "(masked)"

// shortestSecret is what a credential must have of characters to be looked for:
// less would mask parts of ordinary words.
const shortestSecret = 4

// begins is where a word can begin: "task-force" holds no "sk-" key and
// "break_glass" no "ak_" key. A percent sign or a backslash begins an escape,
// whose last character would otherwise pass for the end of a word; so does that
// of a terminal's escape.
const begins = `(?:^|[^A-Za-z0-9%\\]|%[0-9A-Fa-f]{2}|%|\\u[0-9A-Fa-f]{4}|\\x[0-9A-Fa-f]{2}|\\[abfnrtv]|\\|\x1b\[[0-9;]*[A-Za-z])`

// secretPatterns are what secrets look like, in which "secret" is the part that
// is one. They are masked even where this client has never seen them.
var secretPatterns = []*regexp.Regexp{
	regexp.MustCompile(begins + `(?P<secret>ak_[A-Za-z0-9_=+/%-]{6,})`),
	regexp.MustCompile(begins + `(?P<secret>sk-[A-Za-z0-9_=+/%-]{16,})`),
	// Words are not so long, so these are keys wherever they begin.
	regexp.MustCompile(`(?P<secret>ak_[A-Za-z0-9_=+/%-]{16,}|sk-[A-Za-z0-9_]{20,})`),
	regexp.MustCompile(`(?P<secret>eyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){0,2})`),
	regexp.MustCompile(`(?P<secret>(?i:bearer)\s+[A-Za-z0-9._~+/=-]{6,})`),
	regexp.MustCompile(`(?P<secret>(?i:AGE-SECRET-KEY)-(?i:PQ-)?1[A-Za-z0-9]+)`),
	// A private key goes on to its end, or to that of a text that was cut.
	regexp.MustCompile(`(?P<secret>-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----(?s:.*?)(?:-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|$))`),
	// What an OpenSSH private key begins with, without its frame.
	regexp.MustCompile(`(?P<secret>b3BlbnNzaC1rZXktdjEA[A-Za-z0-9+/=\s]*)`),
}

// SecretPatterns are what API keys, access tokens, bearers, age identities and
// private keys look like, for whoever masks text in another way than CleanText.
// A match may begin with the one character or escape before the secret.
func SecretPatterns() []*regexp.Regexp { return slices.Clone(secretPatterns) }

// LooksLikeSecret says that s is or holds something that CleanText would mask.
func LooksLikeSecret(s string) bool { return mask(s, nil) != s }

// mask replaces the given secrets and everything that looks like one, however
// the characters of it are written.
func mask(s string, secrets []string) string {
	if !isPlain(s) {
		s = maskPlaintext(s, secrets)
	}
	for _, secret := range secrets {
		if len(secret) >= shortestSecret {
			s = strings.ReplaceAll(s, secret, masked)
		}
	}
	for _, p := range secretPatterns {
		s = maskPattern(s, p)
	}
	return s
}

// maskPlaintext masks what is a secret to people who read the text.
func maskPlaintext(s string, secrets []string) string {
	p := plaintextOf(s)
	hidden := make([]bool, len(p.text))
	hide := func(begin, end int) {
		for i := begin; i < end; i++ {
			hidden[i] = true
		}
	}
	for _, secret := range secrets {
		for i := 0; len(secret) >= shortestSecret; {
			found := strings.Index(p.text[i:], secret)
			if found < 0 {
				break
			}
			hide(i+found, i+found+len(secret))
			i += found + len(secret)
		}
	}
	for _, pattern := range secretPatterns {
		for _, m := range pattern.FindAllStringSubmatchIndex(p.text, -1) {
			hide(m[2], m[3])
		}
	}
	var b strings.Builder
	end := 0
	for i := 0; i < len(hidden); i++ {
		if !hidden[i] {
			continue
		}
		b.WriteString(s[end:max(end, p.at[i])])
		b.WriteString(masked)
		for ; i < len(hidden) && hidden[i]; i++ {
			end = p.to[i]
		}
	}
	b.WriteString(s[end:])
	return b.String()
}

// maskPattern leaves what stands before a secret where it is.
func maskPattern(s string, p *regexp.Regexp) string {
	matches := p.FindAllStringSubmatchIndex(s, -1)
	if matches == nil {
		return s
	}
	var b strings.Builder
	end := 0
	for _, m := range matches {
		b.WriteString(s[end:m[2]])
		b.WriteString(masked)
		end = m[3]
	}
	b.WriteString(s[end:])
	return b.String()
}

// withEncodings adds the forms in which a server can repeat a secret. The
// longest comes first, because a secret can be a part of its encoding.
func withEncodings(secrets []string) []string {
	var all []string
	for _, secret := range secrets {
		all = append(all, url.QueryEscape(secret), url.PathEscape(secret), secret)
	}
	slices.SortStableFunc(all, func(a, b string) int { return len(b) - len(a) })
	return slices.Compact(all)
}
