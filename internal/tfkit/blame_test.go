package tfkit

import (
	"fmt"
	"testing"

	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

// colourError says itself what it is about.
type colourError struct{ error }

func (colourError) Argument() string { return "colour" }

// A field that the API calls otherwise is the argument's, and an error can say
// which argument it is about.
func TestBlame(t *testing.T) {
	t.Parallel()
	refusal := func(status int, message string, fields ...string) error {
		return &nebula.APIError{Class: nebula.Refused, Status: status, Message: message, Fields: fields}
	}
	for name, test := range map[string]struct {
		err  error
		want string
	}{
		"pointed at by its other name": {refusal(422, "", "thing_size"), "size"},
		"pointed at by its own name":   {refusal(422, "", "size"), "size"},
		"two are pointed at":           {refusal(422, "", "size", "name"), ""},
		"another is pointed at":        {refusal(422, "", "weight"), ""},
		"mentioned by its other name":  {refusal(400, "thing_size is too large"), "size"},
		"mentioned in part":            {refusal(400, "thing_sizes"), ""},
		"not refused":                  {&nebula.APIError{Status: 500, Fields: []string{"size"}}, ""},
		"says so itself":               {fmt.Errorf("no: %w", colourError{refusal(422, "", "size")}), "colour"},
		"nobody's":                     {fmt.Errorf("no"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := Failure{Err: test.err, Arguments: []string{"name", "size"}, Spelled: map[string]string{"thing_size": "size"}}
			if got := f.blamed(); got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}

// What operations that call nothing share belongs to the configured provider.
func TestSharedOffline(t *testing.T) {
	t.Parallel()
	type counter struct{ n int }
	count := func(b *Base) int {
		c := SharedOffline(b, func() *counter { return &counter{} })
		c.n++
		return c.n
	}
	data := &ProviderData{Unknown: []string{"api_key"}}
	one, two, other, none := Base{data: data}, Base{data: data}, Base{data: &ProviderData{}}, Base{}
	if got := [...]int{count(&one), count(&two), count(&other), count(&none), count(&none)}; got != [...]int{1, 2, 1, 1, 1} {
		t.Error(got)
	}
}
