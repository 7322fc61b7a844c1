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
	// Unlisted is set from an answer that shows the text until the first list
	// shows it, because a list may show less than the answer did.
	Unlisted bool `json:"unlisted,omitempty"`
}

// Answered takes what the answer to a call shows for what the API keeps, and
// reports whether that is not what was sent.
func (t *StoredText) Answered(shown, sent string) (differs bool) {
	differs = t.Learn(shown, sent)
	t.Unlisted = true
	return differs
}

// Listed takes what the first list after an answer shows for how the API shows
// the text from now on, and reports whether that is another form. Form says
// whether the list can show it so. Anything else is a change that somebody made.
func (t *StoredText) Listed(shown, sent string, form func(kept, shown string) bool) (differs bool) {
	first := t.Unlisted
	t.Unlisted = false
	switch {
	case t.Unseen:
		return t.Learn(shown, sent)
	case !first:
		return false
	}
	kept := sent
	if t.Text != nil {
		kept = *t.Text
	}
	if SameText(shown, kept) || !form(kept, shown) {
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
