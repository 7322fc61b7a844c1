package tfkit

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/types"
)

// What the API made of a text is learnt once, and is no drift from then on.
func TestStoredText(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		sent, stored string
		differs      bool
		// later is what a row shows later, and recorded what the state holds then.
		later, recorded string
	}{
		"kept":                 {"a", "a", false, "a", "a"},
		"kept, then changed":   {"a", "a", false, "b", "b"},
		"escaped":              {"a & b", "a &amp; b", true, "a &amp; b", "a & b"},
		"escaped, as sent now": {"a & b", "a &amp; b", true, "a & b", "a & b"},
		"escaped, changed":     {"a & b", "a &amp; b", true, "c", "c"},
		"decomposed":           {"\u00fc", "u\u0308", false, "u\u0308", "\u00fc"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := StoredText{Unseen: true}
			if got := text.Learn(test.stored, test.sent); got != test.differs {
				t.Errorf("differs: %t", got)
			}
			if text.Learn("something else", test.sent) {
				t.Error("it was learnt twice")
			}
			if got := text.Recorded(types.StringValue(test.sent), test.later).ValueString(); got != test.recorded {
				t.Errorf("recorded %q, want %q", got, test.recorded)
			}
		})
	}
	if got := (&StoredText{}).Recorded(types.StringNull(), "a"); got.ValueString() != "a" {
		t.Errorf("an import records %s", got)
	}
}

// A list that shows the text as it was sent, or as it is known already, has
// nothing to tell.
func TestListedText(t *testing.T) {
	t.Parallel()
	every := func(string, string) bool { return true }
	text := StoredText{}
	for _, c := range []struct {
		shown   string
		differs bool
	}{{"a & b", false}, {"a &amp; b", true}, {"a &amp; b", false}, {"a & b", false}, {"a &amp; b", false}} {
		if got := text.Listed(c.shown, "a & b", every); got != c.differs {
			t.Errorf("%q differs: %t", c.shown, got)
		}
	}
	if (&StoredText{}).Listed("b", "a", func(string, string) bool { return false }) {
		t.Error("another text was learnt")
	}
}

func TestSameText(t *testing.T) {
	t.Parallel()
	if !SameText("Zo\u00eb", "Zoe\u0308") || !SameText("", "") || SameText("a", "A") || SameText("a", "a ") || SameText("a&b", "a&amp;b") {
		t.Error("SameText")
	}
}
