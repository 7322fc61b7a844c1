package nebula

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"regexp"
)

// ID identifies an object of the API. It is opaque: the reference shows
// integers, older pages UUIDs.
type ID string

// The form of every id that may become part of a URL.
var idPattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$`)

// ParseID checks that s can be an id: 1 to 64 letters, digits, "_" or "-",
// of which the first is a letter or digit. What looks like a secret is none, and
// the error does not repeat it.
func ParseID(s string) (ID, error) {
	if LooksLikeSecret(s) {
		return "", errors.New("what was given for an id looks like a key or a token, and is not repeated here: an id has 1 to 64 letters, digits, \"_\" or \"-\"")
	}
	if !idPattern.MatchString(s) {
		return "", fmt.Errorf("%q is not an id: an id has 1 to 64 letters, digits, \"_\" or \"-\" and begins with a letter or digit", capped(mask(s, nil), 80))
	}
	return ID(s), nil
}

// pathSegment is the id as it stands in a URL. Checking again here, besides on
// input, makes it impossible to address another route with a hostile id.
func (id ID) pathSegment() (string, error) {
	if _, err := ParseID(string(id)); err != nil {
		return "", err
	}
	return url.PathEscape(string(id)), nil
}

// UnmarshalJSON accepts a string or an integer of any size; an integer never
// passes through a floating-point number, which would change large ids. A
// negative one is an id that no request can carry: its row is shown, and does
// not keep the others from being read. A fraction is none, because 5.0 may be
// the id 5.
func (id *ID) UnmarshalJSON(b []byte) error {
	b = bytes.TrimSpace(b)
	if len(b) > 0 && b[0] == '"' {
		var s string
		if err := json.Unmarshal(b, &s); err != nil || s == "" {
			return errors.New("an id is an empty or malformed string")
		}
		*id = ID(s)
		return nil
	}
	if len(b) == 0 {
		return errors.New("an id is missing")
	}
	for i, c := range b {
		if (c < '0' || c > '9') && (c != '-' || i > 0) {
			return errors.New("an id is neither a string nor an integer")
		}
	}
	*id = ID(b)
	return nil
}
