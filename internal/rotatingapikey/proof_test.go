package rotatingapikey_test

import (
	"testing"
	"time"

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
		return fakenebula.Options{Keys: fakenebula.KeyOptions{SameName: same}}
	}
	names := func(id string) func(fakenebula.Answer) fakenebula.Answer {
		return fakenebula.Both(fakenebula.WithField("id", id), fakenebula.WithField("key", `"ak_0123456789abcdef0123456789abcdef"`))
	}
	without := map[string]string{"NEBULA_OWNERSHIP_MARKER": "false"}
	for name, test := range map[string]struct {
		options options
		rewrite bool // the answer names the foreign key, with a secret that does not work
		texts   []string
		left    []string // keys besides the current and the foreign one
		tokens  bool     // the marker of the create is recorded
	}{
		"name exists, no secret":              {options: options{fake: unique(fakenebula.NameReturnsBare)}, texts: []string{"It may have made one of these keys, but which one could not be established: 2."}, tokens: true},
		"name exists, masked secret":          {options: options{fake: unique(fakenebula.NameReturnsMasked)}, texts: []string{"could not be established: 2."}, tokens: true},
		"name exists, no secret, no marker":   {options: options{fake: unique(fakenebula.NameReturnsBare), environment: without}, texts: []string{"could not be established: 2."}},
		"does not verify":                     {rewrite: true, texts: []string{"No list shows it with the ownership marker of this apply, so it may be somebody else's"}, left: []string{"4"}, tokens: true},
		"does not verify, no marker":          {options: options{environment: without}, rewrite: true, texts: []string{"The answer named key 2 as the new one, but no ownership marker can prove"}, left: []string{"4"}},
		"does not verify, marker not visible": {options: options{fake: fakenebula.Options{Reading: fakenebula.Reading2025}}, rewrite: true, texts: []string{"The answer named key 2 as the new one, but no ownership marker can prove"}, left: []string{"4"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, test.options, rotatedBy("1"))
			foreign, _ := s.api.AddKey(next, "somebody else's")
			s.apply().ok()
			if test.rewrite {
				s.api.Inject(fakenebula.Fault{Operation: opCreate, Rewrite: names(foreign)})
			}
			s.rotate("2").fails(append(test.texts, "The current key stays current.")...)
			s.is(map[string]any{"id": "3", "previous_id": nil, "leftover_ids": nil})
			if recorded := !s.state().Null("unresolved_creation_tokens"); recorded != test.tokens {
				t.Errorf("a marker is recorded: %t, want %t", recorded, test.tokens)
			}
			s.live(append([]string{foreign, "3"}, test.left...)...)
			// The applies after that delete it no more.
			s.advance(time.Hour)
			s.apply().ok()
			s.destroy().ok()
			if !s.api.DeleteKey(foreign) {
				t.Error("the foreign key is gone")
			}
		})
	}
}

// The same of the very first key.
func TestForeignFirstKeyInAnAnswer(t *testing.T) {
	t.Parallel()
	for _, same := range []fakenebula.SameName{fakenebula.NameReturnsBare, fakenebula.NameReturnsMasked} {
		s := newStage(t, options{fake: fakenebula.Options{Keys: fakenebula.KeyOptions{SameName: same}}}, rotatedBy("1"))
		foreign, _ := s.api.AddKey(generation("ci", 0), "")
		s.apply().fails("could not be established: " + foreign)
		s.is(map[string]any{"id": nil, "ids": []string{}})
		s.advance(time.Hour)
		s.apply().ok()
		s.destroy().ok()
		s.live(foreign)
	}
}
