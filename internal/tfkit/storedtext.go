package tfkit

import (
	"github.com/hashicorp/terraform-plugin-framework/types"
	"golang.org/x/text/unicode/norm"
)

// StoredText is what an API keeps of a text that it was sent. It may keep it in
// another form: escaped, trimmed, cut, with other line breaks. The state holds
// the user's text; this is noted in private state beside it, so that the API's
// form is not taken for a change. The zero value says that nothing differs.
type StoredText struct {
	// Text is what the API keeps instead of what was sent; nil where that is
	// the same.
	Text *string `json:"text,omitempty"`
	// Unseen is set until an answer has shown the text for the first time.
	Unseen bool `json:"unseen,omitempty"`
}

// Learn takes what is shown for the first time for what the API keeps, and
// reports whether that is not what was sent.
func (t *StoredText) Learn(shown, sent string) (differs bool) {
	if !t.Unseen {
		return false
	}
	t.Unseen = false
	if SameText(shown, sent) {
		return false
	}
	t.Text = &shown
	return true
}

// Recorded is what the state holds once a row has shown a text: composed, as
// Terraform composes all text.
func (t *StoredText) Recorded(recorded types.String, shown string) types.String {
	if !recorded.IsNull() && (SameText(shown, recorded.ValueString()) || t.Text != nil && SameText(shown, *t.Text)) {
		return recorded
	}
	return types.StringValue(norm.NFC.String(shown))
}

// SameText compares two texts as people do: Terraform composes every string
// that it reads (Unicode NFC), and an API may give them back decomposed.
func SameText(a, b string) bool { return a == b || norm.NFC.String(a) == norm.NFC.String(b) }
