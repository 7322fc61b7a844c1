package nebula

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The API writes one and the same member now as a number and now as a text. The
// types of this file take both. What they cannot read says nothing, as if it
// were absent: a member that nobody can do without is checked by the type that
// holds it, and any other must not make a whole list unusable.

// Number is a decimal number with the digits of the API's own text, or "" where
// there was none. 2.627 stays 2.627.
type Number string

// Longer numbers, and larger exponents, are nothing that this API can mean.
const (
	maxDigits   = 40
	maxExponent = 30
)

// UnmarshalJSON takes a number or a text that is one. It never fails.
func (n *Number) UnmarshalJSON(b []byte) error {
	*n = ""
	s := strings.TrimSpace(scalar(b))
	if isNumber(s) {
		*n = Number(s)
	}
	return nil
}

// Int is the number where it is a whole one of 64 bits.
func (n Number) Int() (int64, bool) {
	if i, err := strconv.ParseInt(string(n), 10, 64); err == nil {
		return i, true
	}
	f, err := strconv.ParseFloat(string(n), 64)
	const exact = 1 << 53
	if err != nil || f != math.Trunc(f) || math.Abs(f) > exact {
		return 0, false
	}
	return int64(f), true
}

// isNumber says that s is a number as JSON writes it, of a sane size.
func isNumber(s string) bool {
	if s == "" || len(s) > maxDigits || !json.Valid([]byte(s)) || s[0] != '-' && (s[0] < '0' || s[0] > '9') {
		return false
	}
	_, exponent, found := strings.Cut(strings.ToLower(s), "e")
	if !found {
		return true
	}
	e, err := strconv.Atoi(exponent)
	return err == nil && e <= maxExponent && e >= -maxExponent
}

// scalar is the text of a JSON text, or the digits of a number. It is empty for
// anything else.
func scalar(b []byte) string {
	b = bytes.TrimSpace(b)
	if len(b) == 0 {
		return ""
	}
	if b[0] != '"' {
		if isNumber(string(b)) {
			return string(b)
		}
		return ""
	}
	var s string
	if json.Unmarshal(b, &s) != nil {
		return ""
	}
	return s
}

// Text is a text, or a number as it is written; "" for anything else.
type Text string

// UnmarshalJSON takes a text or a number. It never fails.
func (t *Text) UnmarshalJSON(b []byte) error {
	*t = Text(scalar(b))
	return nil
}

// Stamp is an instant: UNIX seconds, as a number or a text and with or without
// a fraction, or RFC 3339. Time is zero for every other text, such as the
// API's "EST 2024-10-23 10:24:21", whose zone is not to be believed.
type Stamp struct {
	Time time.Time
	// Text is what the API wrote, "" where it wrote nothing.
	Text string
}

// UnmarshalJSON takes a number or a text. It never fails.
func (s *Stamp) UnmarshalJSON(b []byte) error {
	*s = Stamp{Text: scalar(b)}
	text := strings.TrimSpace(s.Text)
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		s.Time = at.UTC()
		return nil
	}
	if isNumber(text) {
		s.Time = fromSeconds(text)
	}
	return nil
}

// fromSeconds is the instant of a number of UNIX seconds, zero for one outside
// of the years 1970 to 9999.
func fromSeconds(text string) time.Time {
	const farthest = 253402300799
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || f <= 0 || f > farthest {
		return time.Time{}
	}
	seconds, fraction := math.Modf(f)
	// Such a number has about seven exact decimals.
	return time.Unix(int64(seconds), int64(math.Round(fraction*1e6))*1e3).UTC()
}

// optional is a member that is absent when it is null or of another type.
type optional[T any] struct{ value *T }

// UnmarshalJSON takes whatever it can. It never fails.
func (o *optional[T]) UnmarshalJSON(b []byte) error {
	var value *T
	if json.Unmarshal(b, &value) != nil {
		value = nil
	}
	o.value = value
	return nil
}

// fingerprint is the hex SHA-256 of a text that itself is kept nowhere.
type fingerprint string

// UnmarshalJSON takes a text. It never fails.
func (f *fingerprint) UnmarshalJSON(b []byte) error {
	*f = ""
	var s string
	if json.Unmarshal(b, &s) == nil && s != "" {
		*f = fingerprint(Fingerprint(s))
	}
	return nil
}

// numberOrText encodes digits as a number and anything else as a text, nil for
// "".
func numberOrText(s string) json.RawMessage {
	if s == "" {
		return nil
	}
	if strings.Trim(s, "0123456789") == "" && (s == "0" || s[0] != '0') {
		return json.RawMessage(s)
	}
	text, err := encodeJSON(s)
	if err != nil {
		return nil
	}
	return text
}

// grouped are rows that come as one array or in groups: a map, or a map of maps,
// whose innermost values are arrays. They keep the order of the names of their
// groups.
type grouped[T any] []T

// maxGroups is how deep groups may stand in groups.
const maxGroups = 4

// UnmarshalJSON fails for anything but arrays of T and groups of them.
func (g *grouped[T]) UnmarshalJSON(b []byte) error {
	rows, err := ungroup[T](b, maxGroups)
	*g = rows
	return err
}

// lacks spoils all rows for one that lacks what it must have.
func (g grouped[T]) lacks() string {
	for _, row := range g {
		if wrong := lackOf(row); wrong != "" {
			return wrong
		}
	}
	return ""
}

func ungroup[T any](b []byte, depth int) ([]T, error) {
	b = bytes.TrimSpace(b)
	if depth == 0 || len(b) == 0 || b[0] != '{' {
		rows := []T{}
		if bytes.Equal(b, []byte("null")) {
			return nil, errNotGrouped
		}
		return rows, json.Unmarshal(b, &rows)
	}
	var groups map[string]json.RawMessage
	if err := json.Unmarshal(b, &groups); err != nil {
		return nil, err
	}
	rows := []T{}
	for _, name := range slices.Sorted(maps.Keys(groups)) {
		more, err := ungroup[T](groups[name], depth-1)
		if err != nil {
			return nil, err
		}
		rows = append(rows, more...)
	}
	return rows, nil
}

var errNotGrouped = errors.New("rows are missing")
