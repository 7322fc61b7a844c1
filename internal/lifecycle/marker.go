package lifecycle

import (
	"encoding/base32"
	"fmt"
	"io"
	"regexp"
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

var (
	tokenEncoding = base32.StdEncoding.WithPadding(base32.NoPadding)
	tokenPattern  = `[0-9]{8}T[0-9]{6}Z-[a-z2-7]{16}`
	markerPattern = regexp.MustCompile(`^(?s:(.*) )?\[tf:(` + tokenPattern + `)\]$`)
)

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
	m := markerPattern.FindStringSubmatch(description)
	if m == nil {
		return description, ""
	}
	return m[1], m[2]
}
