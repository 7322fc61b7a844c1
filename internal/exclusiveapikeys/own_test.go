package exclusiveapikeys_test

import (
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

func nobody() rehearsal.Args { return rehearsal.Args{"allowed_ids": []string{}} }

// An own key of the console, with an API whose list does not tell which one it
// is, cannot be recognised; when it went, that is told.
func TestOwnKeyGone(t *testing.T) {
	t.Parallel()
	s, ids := newStage(t, acctest.Options{Fake: fakenebula.Options{Reading: fakenebula.Reading2024}}, "a", "allowed", "c")
	s.Resources[0] = exclusiveBlock(rehearsal.Args{"allowed_ids": []string{ids[1]}})
	s.Apply().Expect(0)
	s.Apply().Expect(1, "401", `The credential worked until key 1 ("provider") was deleted`,
		`This apply deleted: 1 ("provider"). Still in unmanaged: `+ids[0]+` ("a"), `)
	expectDeletes(t, s.World, ownID, ids[0])
	expectUnmanaged(t, s, ids[0], "a", ids[2], "c")
}

// A list that shows whole keys tells which one is the provider's own. It is
// never deleted.
func TestOwnKeyInTheList(t *testing.T) {
	t.Parallel()
	s, ids := newStage(t, acctest.Options{Fake: fakenebula.Options{Reading: fakenebula.Reading2025}}, "a")
	s.Resources[0] = exclusiveBlock(nobody())
	s.Apply().Expect(0)
	expectUnmanaged(t, s, ids[0], "a")
	s.Apply().Expect(0)
	expectDeletes(t, s.World, ids[0])
	expectKeys(t, s.World)
	s.Plan().Expect(0)
}

// An own key that this configuration manages is known by its fingerprint and
// remembered: by a saved plan, without a refresh, with a target, and whichever
// resource is read first.
func TestOwnManagedKey(t *testing.T) {
	t.Parallel()
	for name, address := range map[string]string{"plain": plainKey, "rotating": rotatingKey} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, managed := rotated(t, acctest.Options{Fake: fakenebula.Options{Reading: fakenebula.Reading2024}})
			own := s.Workspace.State(address).Object.Text("id")
			s.Setenv("NEBULA_API_KEY", s.API.Secret(own))
			s.Resources = append(keyBlocks(), exclusiveBlock(nobody(), plainKey, rotatingKey))
			s.Apply().Expect(0)
			s.Apply("-refresh-only").Expect(0)
			s.API.ResetJournal()
			// The keys leave the configuration, so that nothing but memory spares
			// the own one.
			s.Forget(plainKey)
			s.Forget(rotatingKey)
			s.Resources = []rehearsal.Resource{exclusiveBlock(rehearsal.Args{"allowed_ids": others(managed, own)})}
			stray := add(s.World, "stray")[0]
			s.Apply("-refresh=false").Expect(0)
			s.Apply().Expect(0)
			s.Clock.Advance(time.Hour)
			s.Apply().Expect(0)
			expectDeletes(t, s.World, ownID, stray)
			if !s.API.Valid(s.API.Secret(own)) {
				t.Error("the provider's own key is gone")
			}
			// With another credential it is an ordinary key.
			other, secret := s.API.AddKey("other", "")
			s.Setenv("NEBULA_API_KEY", secret)
			s.Resources = []rehearsal.Resource{exclusiveBlock(rehearsal.Args{"allowed_ids": append(others(managed, own), other)})}
			s.Apply().Expect(0)
		})
	}
}

// others are the ids but one.
func others(ids []string, but string) []string {
	var rest []string
	for _, id := range ids {
		if id != but {
			rest = append(rest, id)
		}
	}
	return rest
}

// Where it is not known which key is the provider's own, it is not deleted if
// all that would be left are known to be others.
func TestOwnKeyAmongTheNamed(t *testing.T) {
	t.Parallel()
	t.Run("no key would be left", func(t *testing.T) {
		t.Parallel()
		s, ids := newStage(t, acctest.Options{Fake: fakenebula.Options{Reading: fakenebula.Reading2024, Users: map[string]string{"me": "secret-password"}}}, "a")
		s.Resources[0] = exclusiveBlock(nobody())
		s.Apply().Expect(0)
		s.Apply().Expect(1, "The account would be left without any key, the provider's own included. Nothing was deleted.", "to allowed_ids")
		expectDeletes(t, s.World)
		// With another kind of credential that is no reason to refuse.
		s.Setenv("NEBULA_API_KEY", "")
		s.Setenv("NEBULA_USERNAME", "me")
		s.Setenv("NEBULA_PASSWORD", "secret-password")
		s.Apply().Expect(0)
		expectDeletes(t, s.World, ownID, ids[0])
	})
	t.Run("only managed keys would be left", func(t *testing.T) {
		t.Parallel()
		s, managed := rotated(t, acctest.Options{Fake: fakenebula.Options{Reading: fakenebula.Reading2024}})
		s.Resources = append(keyBlocks(), exclusiveBlock(rehearsal.Args{"allowed_ids": managed}, plainKey, rotatingKey))
		s.Apply().Expect(0)
		s.API.ResetJournal()
		s.Apply().Expect(1, "the key that the provider itself uses is among the keys that would be deleted"[4:])
		// The same of a run that reads nothing of the keys.
		s.Apply("-refresh=false").Expect(1, "all others are known to be different ones. Nothing was deleted")
		expectDeletes(t, s.World)
	})
}
