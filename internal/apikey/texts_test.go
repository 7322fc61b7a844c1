package apikey_test

import (
	"strings"
	"testing"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

const (
	otherText  = "Warning: API stores another text than was sent"
	markerLost = "Warning: Ownership marker of an API key lost"
)

// An API may keep a text in another form. That is told once, when the key is
// made or first listed, and never taken for a change.
func TestTextThatComesBackDifferently(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		store      fakenebula.TextRule
		args       rehearsal.Args
		told       []string
		markerKept bool
	}{
		"escaped":           {fakenebula.HTMLEscaped, rehearsal.Args{"name": "a & b", "description": "c & d"}, []string{otherText, `the name "a & b" as "a &amp; b", and the description "c & d" as "c &amp; d"`}, true},
		"trimmed":           {fakenebula.Trimmed, rehearsal.Args{"name": " n ", "description": "d"}, []string{otherText, `the name " n " as "n"`}, true},
		"other line breaks": {fakenebula.LF, rehearsal.Args{"name": "n", "description": "a\r\nb"}, []string{otherText, "the description"}, true},
		"cut":               {fakenebula.CutAt(12), rehearsal.Args{"name": "n", "description": "a long description"}, []string{markerLost, `the description "a long description" as "a long descr"`}, false},
		"marker taken off":  {func(_, s string) string { text, _, _ := strings.Cut(s, " [tf:"); return text }, rehearsal.Args{"name": "n", "description": "a description"}, []string{markerLost}, false},
		"another case":      {fakenebula.OnlyIn("description", fakenebula.LowerCase), rehearsal.Args{"name": "N", "description": "D"}, []string{markerLost, `the description "D" as "d [tf:`}, false},
	} {
		for _, bare := range []fakenebula.Choice{fakenebula.No, fakenebula.Yes} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				s := stageOf(t, test.args, fakenebula.Options{Reading: fakenebula.Reading2024, Stored: test.store, Keys: fakenebula.KeyOptions{BareAnswers: bare}})
				first := s.Apply().Succeeds()
				if bare == fakenebula.Yes {
					// The answer is silent: the first list tells.
					first.Silent()
					first = s.Apply().Succeeds()
				}
				first.Succeeds(test.told...)
				if warnings := len(first.Diagnostics); warnings != 1 {
					t.Errorf("%d warnings, want 1:\n%s", warnings, first.Text())
				}
				if !test.markerKept {
					first.Succeeds("cannot be found again")
				}
				for attribute, sent := range test.args {
					if got := s.Workspace.State(this).Object.Text(attribute); got != sent {
						t.Errorf("%s is recorded as %q, and %q is configured", attribute, got, sent)
					}
				}
				for range 3 {
					s.Apply().Succeeds().Silent()
				}
				s.Plan().Succeeds().Silent().DoesNothing()
				s.Changed(acctest.Calls{opCreate: 1})
				// A change by somebody is one all the same.
				s.API.SetName(stored(s)["id"], "changed elsewhere")
				s.Plan().Succeeds().Does(map[string]rehearsal.Action{this: rehearsal.Replace})
			})
		}
	}
}

// A list may show a text in another form than the answer to the create did. That
// is told once, and no plan takes it for a change.
func TestTextThatListsShowDifferently(t *testing.T) {
	t.Parallel()
	long := rehearsal.Args{"name": "a long name & more", "description": "a long description"}
	dots := func(_, s string) string { return s[:min(12, len(s))] + "..." }
	for name, test := range map[string]struct {
		listed fakenebula.TextRule
		args   rehearsal.Args
		told   string
	}{
		"cut":                   {fakenebula.OnlyIn("description", fakenebula.CutAt(12)), long, markerLost},
		"cut, with dots":        {dots, long, markerLost},
		"cut inside the marker": {fakenebula.OnlyIn("description", fakenebula.CutAt(40)), long, markerLost},
		"nothing but a marker":  {fakenebula.OnlyIn("description", fakenebula.CutAt(12)), rehearsal.Args{"name": "n"}, markerLost},
		"trimmed":               {fakenebula.Trimmed, rehearsal.Args{"name": " n ", "description": " d"}, otherText},
		"escaped":               {fakenebula.HTMLEscaped, long, otherText},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := stageOf(t, test.args, fakenebula.Options{Reading: fakenebula.Reading2024, Listed: test.listed})
			s.Apply().Succeeds().Silent()
			s.Plan().Succeeds(test.told).DoesNothing()
			if told := s.Apply().Succeeds(test.told); len(told.Diagnostics) != 1 {
				t.Errorf("%d warnings, want 1:\n%s", len(told.Diagnostics), told.Text())
			}
			s.Plan().Succeeds().Silent().DoesNothing()
			s.Changed(acctest.Calls{opCreate: 1})
			s.API.SetName(stored(s)["id"], "changed elsewhere")
			s.Plan().Succeeds().Does(map[string]rehearsal.Action{this: rehearsal.Replace})
		})
	}
}

// What people make of a text is a change, also where it looks like another form:
// fewer words, another case.
func TestTextThatSomebodyChanges(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"changed elsewhere", "Deploy-Key-Old", "deploy-key"} {
		s := stageOf(t, rehearsal.Args{"name": "deploy-key-old", "description": "d"}, of2024())
		s.Apply().Succeeds().Silent()
		s.API.SetName(stored(s)["id"], name)
		s.Plan().Succeeds().Does(map[string]rehearsal.Action{this: rehearsal.Replace})
	}
	// So is a shorter description that still has its marker.
	s := stageOf(t, rehearsal.Args{"name": "n", "description": "used by the pipeline"}, of2024())
	s.Apply().Succeeds().Silent()
	key := stored(s)
	s.API.SetDescription(key["id"], "used by the [tf:"+key["creation_token"]+"]")
	s.Plan().Succeeds().Does(map[string]rehearsal.Action{this: rehearsal.Replace})
}

// What an imported key is called is what the list shows; nobody sent anything.
func TestTextOfAnImportedKeyIsNoBaseline(t *testing.T) {
	t.Parallel()
	s := stageOf(t, rehearsal.Args{"name": "a &amp; b"}, of2024())
	id, _ := s.API.AddKey("a &amp; b", "")
	s.Run("import", this, id).Succeeds().ExpectNot(otherText)
	s.Plan().Succeeds().Silent().DoesNothing()
	configure(s, rehearsal.Args{"name": "a & b"})
	s.Plan().Succeeds().Does(map[string]rehearsal.Action{this: rehearsal.Replace})
}

// Terraform composes all text, and an API may give it back decomposed.
func TestTextsAreComparedComposed(t *testing.T) {
	t.Parallel()
	s := stageOf(t, rehearsal.Args{"name": "Schlüssel", "description": "für alle"}, fakenebula.Options{Reading: fakenebula.Reading2024, Stored: fakenebula.Decomposed})
	s.Apply().Succeeds().Silent()
	s.Plan().Succeeds().Silent().DoesNothing()
	if found, told := s.Looked("nebula_api_key", rehearsal.Args{"name": "Schlüssel"}); found.Text("id") != "2" {
		t.Errorf("the data source finds %v, %s", found, told.Text())
	}
}
