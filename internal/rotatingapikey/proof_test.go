package rotatingapikey_test

import (
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
)

// An id in an answer is no proof of ownership: whatever a create is answered
// with, a key that somebody else made lives on, and is never recorded as one to
// be deleted.
func TestForeignKeyInAnAnswer(t *testing.T) {
	t.Parallel()
	// At an API with unique names the foreign key has the name that the next
	// generation gets.
	next := generation("ci", time.Hour)
	unique := func(same fakenebula.SameName) fakenebula.Options {
		return fakenebula.Options{Reading: fakenebula.Reading2024, Keys: fakenebula.KeyOptions{SameName: same}}
	}
	names := func(id string) func(fakenebula.Answer) fakenebula.Answer {
		return fakenebula.Both(fakenebula.WithField("id", id), fakenebula.WithField("key", `"ak_0123456789abcdef0123456789abcdef"`))
	}
	without := map[string]string{"NEBULA_OWNERSHIP_MARKER": "false"}
	for name, test := range map[string]struct {
		options acctest.Options
		rewrite bool // the answer names the foreign key, with a secret that does not work
		texts   []string
		left    []string // keys besides the current and the foreign one
		tokens  bool     // the marker of the create is recorded
	}{
		"name exists, no secret":              {options: acctest.Options{Fake: unique(fakenebula.NameReturnsBare)}, texts: []string{"Key 2 was not deleted: no list shows it with the ownership marker"}, tokens: true},
		"name exists, masked secret":          {options: acctest.Options{Fake: unique(fakenebula.NameReturnsMasked)}, texts: []string{"Key 2 was not deleted: no list shows it with the ownership marker"}, tokens: true},
		"name exists, no secret, no marker":   {options: acctest.Options{Fake: unique(fakenebula.NameReturnsBare), Environment: without}, texts: []string{"Key 2 was not deleted: without an ownership marker nothing proves"}},
		"does not verify":                     {options: of2024(), rewrite: true, texts: []string{"No list shows it with the ownership marker of this apply, so it may be somebody else's"}, left: []string{"4"}, tokens: true},
		"does not verify, no marker":          {options: acctest.Options{Fake: of2024().Fake, Environment: without}, rewrite: true, texts: []string{"The answer named key 2 as the new one, but no ownership marker can prove"}, left: []string{"4"}},
		"does not verify, marker not visible": {options: acctest.Options{Fake: fakenebula.Options{Reading: fakenebula.Reading2025}}, rewrite: true, texts: []string{"the answer names a key that is older than this create", "Key 2 was not deleted: the list of keys shows no descriptions"}, left: []string{"4"}, tokens: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, test.options, rotatedBy("1"))
			foreign, _ := s.API.AddKey(next, "somebody else's")
			s.Apply().Expect(0)
			if test.rewrite {
				s.API.Inject(fakenebula.Fault{Operation: opCreate, Rewrite: names(foreign)})
			}
			s.rotate("2").Expect(1, append(test.texts, "The current key stays current.")...)
			s.is(map[string]any{"id": "3", "previous_id": nil, "leftover_ids": nil})
			if recorded := !s.state().Null("unresolved_creation_tokens"); recorded != test.tokens {
				t.Errorf("a marker is recorded: %t, want %t", recorded, test.tokens)
			}
			s.live(append([]string{foreign, "3"}, test.left...)...)
			// The applies after that delete it no more.
			s.Clock.Advance(time.Hour)
			s.Apply().Expect(0)
			s.Destroy().Expect(0)
			if !s.API.DeleteKey(foreign) {
				t.Error("the foreign key is gone")
			}
		})
	}
}

// The same of the very first key.
func TestForeignFirstKeyInAnAnswer(t *testing.T) {
	t.Parallel()
	for _, same := range []fakenebula.SameName{fakenebula.NameReturnsBare, fakenebula.NameReturnsMasked} {
		s := newStage(t, acctest.Options{Fake: fakenebula.Options{Reading: fakenebula.Reading2024, Keys: fakenebula.KeyOptions{SameName: same}}}, rotatedBy("1"))
		foreign, _ := s.API.AddKey(generation("ci", 0), "")
		s.Apply().Expect(1, "Key "+foreign+" was not deleted")
		s.is(map[string]any{"id": nil, "ids": []string{}})
		s.Clock.Advance(time.Hour)
		s.Apply().Expect(0)
		s.Destroy().Expect(0)
		s.live(foreign)
	}
}
