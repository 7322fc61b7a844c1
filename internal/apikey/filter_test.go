package apikey

import (
	"errors"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/lifecycle"
)

func TestFilter(t *testing.T) {
	t.Parallel()
	keys := []lifecycle.Key{
		{ID: "1", Name: "ci"},
		{ID: "2", Name: "ci-old", Token: ownToken},
		{ID: "3", Name: "web\nci", Token: foreignToken},
		{ID: "4", Name: ""},
	}
	var all types.Bool
	for name, test := range map[string]struct {
		regex   types.String
		managed types.Bool
		want    string
	}{
		"none":               {null(), all, "1 2 3 4"},
		"empty":              {text(""), all, "1 2 3 4"},
		"somewhere":          {text("ci"), all, "1 2 3"},
		"whole":              {text("^ci$"), all, "1"},
		"case":               {text("CI"), all, ""},
		"case-insensitive":   {text("(?i)CI"), all, "1 2 3"},
		"managed":            {null(), types.BoolValue(true), "2 3"},
		"unmanaged":          {null(), types.BoolValue(false), "1 4"},
		"both":               {text("^ci"), types.BoolValue(true), "2"},
		"nothing passes":     {text("^ci$"), types.BoolValue(true), ""},
		"the nameless alone": {text("^$"), all, "4"},
	} {
		matches, err := newFilter(test.regex, test.managed)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var got []string
		for _, key := range keys {
			if matches(key) {
				got = append(got, string(key.ID))
			}
		}
		if strings.Join(got, " ") != test.want {
			t.Errorf("%s: %v, want %s", name, got, test.want)
		}
	}
	if _, err := newFilter(text("("), all); err == nil {
		t.Error("what is no regular expression passes")
	}
}

func TestAmbiguousName(t *testing.T) {
	t.Parallel()
	err := error(&ambiguousNameError{[]lifecycle.Key{{ID: "7"}, {ID: "9"}}})
	var ambiguous *ambiguousNameError
	if !errors.As(err, &ambiguous) || ambiguous.ids() != "7, 9" || !strings.Contains(err.Error(), "7, 9") {
		t.Error(err)
	}
}
