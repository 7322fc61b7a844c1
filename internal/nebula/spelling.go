package nebula

import (
	"errors"
	"slices"
	"strings"
)

// refusesField reports a 400 or 422 that is about the field of this name. Such
// a refusal did nothing, so the call may be made again with another spelling of
// the field.
func refusesField(err error, name string) bool {
	var e *APIError
	if !errors.As(err, &e) || !IsInvalid(e) || e.Class != Refused {
		return false
	}
	return slices.Contains(e.Fields, name) || len(e.Fields) == 0 && strings.Contains(e.Message, name)
}
