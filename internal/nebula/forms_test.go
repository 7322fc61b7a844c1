package nebula

import (
	"errors"
	"testing"
)

// TestFormsTelling decides which of two refusals people see.
func TestFormsTelling(t *testing.T) {
	t.Parallel()
	f := forms{"make", [][]string{{"key_name", "key_data"}, {"name", "public_key"}}}
	for name, test := range map[string]struct{ first, second, want string }{
		"the first form is known":            {"too many", "key_name: Field required", "too many"},
		"the second form is known":           {"public_key: Field required", "too many", "too many"},
		"the first form has an extra field":  {"key_data: not allowed", "too many", "too many"},
		"the matter is a field of the first": {"key_name: too long", "key_name: Field required", "key_name: too long"},
		"the matter is a field of the other": {"name: Field required", "name: too long", "name: too long"},
		"nobody knows":                       {"no", "no, neither", "no"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := f.telling([]error{&APIError{Message: test.first}, &APIError{Message: test.second}})
			if got := err.(*APIError).Message; got != test.want { //nolint:errorlint // it is one of the two
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
	if err := errors.New("not the API's"); !errors.Is(f.telling([]error{err}), err) {
		t.Error("another error is not given back")
	}
}
