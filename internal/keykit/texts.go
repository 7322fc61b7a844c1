package keykit

import (
	"context"
	"encoding/json"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/keyring"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// An API may keep a text in another form than it was sent: escaped, trimmed,
// cut, with other line breaks. The state holds the user's text; what the API
// made of it is noted in private state, so that it is not taken for a change.

// textsNote is the name of the note.
const textsNote = "stored_texts"

// stored is the note: what the API keeps of the texts of a key that this
// provider made. There is none while everything was kept as it was sent.
type stored struct {
	Name        tfkit.StoredText `json:"name"`
	Description tfkit.StoredText `json:"description"`
}

// Texts are the attributes of a key that are text of the user's.
type Texts struct {
	Name, Description, CreationToken types.String
}

// NoteTexts notes what the API made of the texts of a new key, as far as its
// answer tells, and warns where that is not what was sent. The first list tells
// the rest: see RefreshTexts.
func NoteTexts(ctx context.Context, op *tfkit.Operation, sent keyring.Spec, created keyring.Created) {
	note := stored{Name: tfkit.StoredText{Unseen: true}, Description: tfkit.StoredText{Unseen: true}}
	shown := keyring.Key{ID: created.ID}
	texts := Texts{types.StringValue(sent.Name), types.StringValue(sent.Description), tfkit.StringOrNull(created.Token)}
	if created.Description != nil {
		text, token := keyring.SplitMarker(*created.Description)
		shown.Description, shown.Token = &text, token
	}
	if created.Name != nil {
		shown.Name = *created.Name
	}
	look := learning{key: shown, sent: texts}
	if created.Name != nil {
		look.name(note.Name.Learn(shown.Name, sent.Name))
	}
	if shown.Description != nil {
		look.description(note.Description.Learn(look.text(), sent.Description))
		look.lost = look.hidesMarker()
	}
	look.warn(op)
	note.save(ctx, op)
}

// RefreshTexts takes over what a row shows of a key's texts. A text that is
// equal to what the API keeps of the recorded one has not been changed by
// anybody. A row without a description says nothing about it.
func RefreshTexts(ctx context.Context, op *tfkit.Operation, key keyring.Key, texts *Texts) {
	var note stored
	op.Note(ctx, textsNote, &note)
	before := note
	note.listed(op, key, *texts)
	if note != before {
		note.save(ctx, op)
	}
	texts.Name = note.Name.Recorded(texts.Name, key.Name)
	if key.Description == nil {
		if texts.Description.IsNull() {
			// It is not known, and the configuration's default is the empty text.
			texts.Description = types.StringValue("")
			note.Description.Unseen = true
			note.save(ctx, op)
		}
		return
	}
	if texts.CreationToken.IsNull() {
		// A key whose marker is not known yet, such as an imported one, adopts
		// the one that it has.
		texts.CreationToken = tfkit.StringOrNull(key.Token)
	}
	texts.Description = note.Description.Recorded(texts.Description, descriptionBeside(key, texts.CreationToken))
}

// descriptionBeside is a row's description without the key's own marker. A
// foreign marker is part of the text: somebody changed the description.
func descriptionBeside(key keyring.Key, token types.String) string {
	if key.Token == token.ValueString() {
		return *key.Description
	}
	return keyring.MarkDescription(*key.Description, key.Token)
}

// OtherDescription reports whether another value of description means another
// key. The description of a key that was imported from a list without
// descriptions is not known, so what it is given is recorded only; adopted says
// that the key was imported. Private is the resource's private state.
func OtherDescription(ctx context.Context, private noteGetter, recorded, planned types.String, adopted bool) bool {
	if recorded.Equal(planned) {
		return false
	}
	var note stored
	written, _ := private.GetKey(ctx, textsNote)
	unseen := len(written) > 0 && json.Unmarshal(written, &note) == nil && note.Description.Unseen
	return !(adopted && unseen)
}

type noteGetter interface {
	GetKey(context.Context, string) ([]byte, diag.Diagnostics)
}

// listed completes the note with what a list shows, and warns of what differs
// from what was sent.
func (s *stored) listed(op *tfkit.Operation, key keyring.Key, sent Texts) {
	look := learning{key: key, sent: sent}
	look.name(s.Name.Listed(key.Name, sent.Name.ValueString(), nebula.ListedForm))
	if key.Description != nil {
		unseen := s.Description.Unseen
		look.description(s.Description.Listed(look.text(), sent.Description.ValueString(), look.formOf))
		look.lost = look.hidesMarker() && (unseen || len(look.changed) > 0)
	}
	look.warn(op)
}

// learning is a look at the texts of a key that may differ from what was sent.
type learning struct {
	key     keyring.Key
	sent    Texts
	changed []changedText
	// lost says that the description lacks its marker.
	lost bool
}

// text is the description as it is compared.
func (l *learning) text() string { return descriptionBeside(l.key, l.sent.CreationToken) }

func (l *learning) hidesMarker() bool {
	token := l.sent.CreationToken.ValueString()
	return token != "" && l.key.Token != token
}

// formOf reports whether a list can show a description so. One that is cut lacks
// its marker, or shows a part of it.
func (l *learning) formOf(kept, shown string) bool {
	if nebula.ListedForm(kept, shown) {
		return true
	}
	marked := keyring.MarkDescription(kept, l.sent.CreationToken.ValueString())
	return marked != kept && l.key.Token == "" && nebula.StoredForm(marked, shown)
}

func (l *learning) name(differs bool) {
	if differs {
		l.changed = append(l.changed, changedText{"name", l.sent.Name.ValueString(), l.key.Name})
	}
}

func (l *learning) description(differs bool) {
	if differs {
		l.changed = append(l.changed, changedText{"description", l.sent.Description.ValueString(), l.text()})
	}
}

func (l *learning) warn(op *tfkit.Operation) {
	switch {
	case l.lost:
		op.Warn(markerLost(string(l.key.ID), l.sent.CreationToken.ValueString(), l.changed))
	case len(l.changed) > 0:
		op.Warn(textsChanged(string(l.key.ID), l.changed))
	}
}

func (s *stored) save(ctx context.Context, op *tfkit.Operation) {
	if *s == (stored{}) {
		op.SetNote(ctx, textsNote, nil)
		return
	}
	op.SetNote(ctx, textsNote, s)
}
