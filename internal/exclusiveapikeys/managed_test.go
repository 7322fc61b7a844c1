package exclusiveapikeys_test

import (
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

const (
	plainKey    = "nebula_api_key.k"
	rotatingKey = "nebula_rotating_api_key.r"

	notAllowed = "managed by this configuration and not in allowed_ids"
	spared     = "Managed API keys are not in allowed_ids"
)

// keyBlocks are a plain and a rotating key; each is read after what it depends
// on.
func keyBlocks(dependsOn ...string) []rehearsal.Resource {
	return []rehearsal.Resource{
		rehearsal.Block(plainKey, rehearsal.Args{"name": "plain"}, dependsOn...),
		rehearsal.Block(rotatingKey, rehearsal.Args{"name": "r", "rotate_after": "30d", "overlap": "3d"}, dependsOn...),
	}
}

// rotated is a stage whose managed keys exist, with a previous one: 2 is plain,
// 4 the current and 3 the previous one of the rotating key (made in either
// order).
func rotated(t *testing.T, o acctest.Options) (s *acctest.Stage, managed []string) {
	t.Helper()
	s = acctest.NewStage(t, o)
	s.Resources = keyBlocks()
	s.Apply().Expect(0)
	s.Clock.Advance(30 * 24 * time.Hour)
	s.Apply().Expect(0)
	r := s.Workspace.State(rotatingKey).Object
	return s, []string{s.Workspace.State(plainKey).Object.Text("id"), r.Text("id"), r.Text("previous_id")}
}

// A managed key that allowed_ids lacks is never deleted, whichever resource is
// read first, and the plan names it.
func TestManagedKeysAreSpared(t *testing.T) {
	t.Parallel()
	strays := func(s *acctest.Stage) string { return add(s.World, "stray")[0] }

	t.Run("read before", func(t *testing.T) {
		t.Parallel()
		s, managed := rotated(t, acctest.Options{})
		stray := strays(s)
		s.Resources = append(keyBlocks(), exclusiveBlock(allowing(), plainKey, rotatingKey))
		s.Apply().Expect(0)
		s.API.ResetJournal()
		s.Apply().Expect(0, spared, managed[0]+` ("plain")`, managed[1]+` ("r-`, managed[2]+` ("r-`, "They are not deleted.", `Applying this plan deletes these API keys: `+stray+` ("stray").`)
		expectDeletes(t, s.World, stray)
		s.Plan().Expect(0, spared)
	})
	t.Run("read after", func(t *testing.T) {
		t.Parallel()
		s, managed := rotated(t, acctest.Options{})
		strays(s)
		s.Resources = append(keyBlocks(this), exclusiveBlock(allowing()))
		s.Apply().Expect(0)
		s.API.ResetJournal()
		for _, args := range [][]string{nil, {"-refresh=false"}} {
			s.Apply(args...).Expect(1, "Key "+managed[0]+" is "+notAllowed, "Key "+managed[1]+" is "+notAllowed, "Key "+managed[2]+" is "+notAllowed, "Add it to allowed_ids")
		}
		expectDeletes(t, s.World)
		// What the message says helps.
		s.Resources[2] = exclusiveBlock(allowing(managed...))
		s.Apply().Expect(0).ExpectNot(spared)
		expectKeys(t, s.World, "plain", nameOf(s, managed[1]), nameOf(s, managed[2]))
	})
	t.Run("known at the plan only", func(t *testing.T) {
		t.Parallel()
		s, managed := rotated(t, acctest.Options{})
		s.Resources = append(keyBlocks(this), exclusiveBlock(allowing()))
		s.Apply().Expect(0)
		// Without a refresh the keys are known once they are planned, which the
		// apply would not know.
		s.Resources = append(keyBlocks(), exclusiveBlock(allowing(), plainKey, rotatingKey))
		s.API.ResetJournal()
		s.Apply("-refresh=false").Expect(1, managed[0]+` ("plain")`, managed[1]+` ("r-`, managed[2]+` ("r-`, "are "+notAllowed).ExpectNot("API keys to be deleted")
		expectDeletes(t, s.World)
	})
	t.Run("remembered", func(t *testing.T) {
		t.Parallel()
		s, managed := rotated(t, acctest.Options{})
		stray := strays(s)
		s.Resources = append(keyBlocks(), exclusiveBlock(allowing(), plainKey, rotatingKey))
		s.Apply().Expect(0)
		s.Apply("-refresh-only").Expect(0)
		s.API.ResetJournal()
		// From now on it does not matter what is read, or when.
		s.Resources = append(keyBlocks(this), exclusiveBlock(allowing()))
		for _, flag := range []string{"-refresh=false", "-target=" + this, "-no-color"} {
			s.Plan(flag).Expect(2, spared, managed[0])
		}
		s.Plan("-target="+this, "-out=saved").Expect(2)
		s.Clock.Advance(time.Hour)
		s.Apply("saved").Expect(0)
		expectDeletes(t, s.World, stray)
		// A key that is allowed is none that is spared.
		s.Resources[2] = exclusiveBlock(allowing(managed...))
		s.Apply().Expect(0)
		s.Settled()
	})
}

func nameOf(s *acctest.Stage, id string) string {
	for _, k := range s.API.Keys() {
		if k.ID == id {
			return k.Name
		}
	}
	return ""
}

// With ids of a rotating key in allowed_ids nothing has to be said, at no time
// of its life.
func TestIDsOfARotatingKey(t *testing.T) {
	t.Parallel()
	byIDs := func(k rehearsal.Known) rehearsal.Args {
		return rehearsal.Args{"allowed_ids": k.Get(rotatingKey, "ids")}
	}
	s := acctest.NewStage(t, acctest.Options{Environment: map[string]string{"NEBULA_API_KEY": "", "NEBULA_USERNAME": "me", "NEBULA_PASSWORD": "secret-password"},
		Fake: fakenebula.Options{Users: map[string]string{"me": "secret-password"}}})
	s.Resources = []rehearsal.Resource{keyBlocks()[1], {Address: this, DependsOn: []string{rotatingKey}, Config: byIDs}}
	s.API.DeleteKey(ownID)
	s.Apply().Expect(0)
	for range 40 {
		s.Clock.Advance(24 * time.Hour)
		s.Apply().Expect(0).ExpectNot(spared, "API keys to be deleted")
	}
	r := s.Workspace.State(rotatingKey).Object
	if len(s.API.Issued()) != 3 || r.Text("id") == "" || len(r.Texts("ids")) != 1 {
		t.Errorf("the account had %d keys, and the state holds %v", len(s.API.Issued()), r.Texts("ids"))
	}
	s.Plan().Expect(0)
}

// Elements that are null are ignored, such as the previous_id of a key that has
// none.
func TestNullElements(t *testing.T) {
	t.Parallel()
	s, ids := newStage(t, acctest.Options{}, "a", "b")
	s.Resources[0] = exclusiveBlock(rehearsal.Args{"allowed_ids": []any{ownID, nil, ids[0]}})
	s.Apply().Expect(0)
	s.Apply().Expect(0)
	expectDeletes(t, s.World, ids[1])
	s.Plan().Expect(0)
}
