package keyring

import (
	"encoding/base32"
	"fmt"
	"io"
	"strings"
	"time"
)

// A creation token is the instant of the create and 80 random bits:
// "20261123T015600Z-abcdefghijklmnop". The time is for people and for telling
// a key's age, which the API does not; the random part makes it unique among
// all that anybody creates.
const (
	tokenTimeFormat  = "20060102T150405Z"
	tokenRandomBytes = 10
)

var tokenEncoding = base32.StdEncoding.WithPadding(base32.NoPadding)

// markerForm is what a marker looks like: a 0 stands for any digit, an a for
// any letter or digit of base32.
const markerForm = "[tf:00000000T000000Z-aaaaaaaaaaaaaaaa]"

// NewToken makes a creation token from the time and from random, which must be
// a cryptographic source.
func NewToken(now time.Time, random io.Reader) (string, error) {
	bits := make([]byte, tokenRandomBytes)
	if _, err := io.ReadFull(random, bits); err != nil {
		return "", fmt.Errorf("no random bits for a creation token: %w", err)
	}
	return now.UTC().Format(tokenTimeFormat) + "-" + strings.ToLower(tokenEncoding.EncodeToString(bits)), nil
}

// TokenTime is the instant at which a creation token was made.
func TokenTime(token string) (time.Time, bool) {
	stamp, _, ok := strings.Cut(token, "-")
	if !ok {
		return time.Time{}, false
	}
	t, err := time.Parse(tokenTimeFormat, stamp)
	return t, err == nil
}

// MarkDescription appends the ownership marker to a description. Without a
// token the description stays as it is.
func MarkDescription(text, token string) string {
	switch {
	case token == "":
		return text
	case text == "":
		return "[tf:" + token + "]"
	default:
		return text + " [tf:" + token + "]"
	}
}

// SplitMarker takes a description apart into its text and the token of its
// ownership marker. Without a marker the token is empty and the text is the
// whole description.
func SplitMarker(description string) (text, token string) {
	start := len(description) - len(markerForm)
	if start < 0 || start > 0 && description[start-1] != ' ' || !isMarker(description[start:]) {
		return description, ""
	}
	return strings.TrimSuffix(description[:start], " "), description[start+len("[tf:") : len(description)-len("]")]
}

// isMarker goes by hand because each list is taken apart again for each data
// source, and a regular expression takes a hundred times as long.
func isMarker(s string) bool {
	for i := range len(markerForm) {
		c := s[i]
		switch markerForm[i] {
		case '0':
			if c < '0' || c > '9' {
				return false
			}
		case 'a':
			if (c < 'a' || c > 'z') && (c < '2' || c > '7') {
				return false
			}
		default:
			if c != markerForm[i] {
				return false
			}
		}
	}
	return true
}
