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
	// Unseen is set until the text has been shown for the first time.
	Unseen bool `json:"unseen,omitempty"`
}

// Listed takes what a list shows of the text, and reports whether that is another
// form than is known so far. Form says whether a list can show so what the API
// keeps: lists may show less than answers. Anything else is a change that
// somebody made.
func (t *StoredText) Listed(shown, sent string, form func(kept, shown string) bool) (differs bool) {
	if t.Unseen {
		return t.Learn(shown, sent)
	}
	kept := sent
	if t.Text != nil {
		kept = *t.Text
	}
	if SameText(shown, kept) || SameText(shown, sent) || !form(kept, shown) {
		return false
	}
	t.Text = &shown
	return true
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
