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

func block(address string, args rehearsal.Args, dependsOn ...string) rehearsal.Resource {
	return rehearsal.Resource{Address: address, MutableIdentity: true, DependsOn: dependsOn, Config: func(rehearsal.Known) rehearsal.Args { return args }}
}

// keyBlocks are a plain and a rotating key; each is read after what it depends
// on.
func keyBlocks(dependsOn ...string) []rehearsal.Resource {
	return []rehearsal.Resource{
		block(plainKey, rehearsal.Args{"name": "plain"}, dependsOn...),
		block(rotatingKey, rehearsal.Args{"name": "r", "rotate_after": "30d", "overlap": "3d"}, dependsOn...),
	}
}

// rotated is a stage whose managed keys exist, with a previous one: 2 is plain,
// 4 the current and 3 the previous one of the rotating key (made in either
// order).
func rotated(t *testing.T, o acctest.Options) (s *acctest.Stage, managed []string) {
	t.Helper()
	s = acctest.NewStage(t, o, keyBlocks()...)
	s.Applied().Succeeds()
	s.Clock.Advance(30 * 24 * time.Hour)
	s.Applied().Succeeds()
	r := s.State(rotatingKey).Object
	return s, []string{s.State(plainKey).Object.Text("id"), r.Text("id"), r.Text("previous_id")}
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
		s.Applied().Succeeds()
		s.API.ResetJournal()
		s.Applied().Succeeds(spared, managed[0]+` ("plain")`, managed[1]+` ("r-`, managed[2]+` ("r-`, "They are spared.", `Applying this plan deletes these API keys: `+stray+` ("stray").`)
		expectDeletes(t, s.World, stray)
		s.Planned().Succeeds(spared).DoesNothing()
	})
	t.Run("read after", func(t *testing.T) {
		t.Parallel()
		s, managed := rotated(t, acctest.Options{})
		strays(s)
		s.Resources = append(keyBlocks(this), exclusiveBlock(allowing()))
		s.Applied().Succeeds()
		s.API.ResetJournal()
		for _, o := range []rehearsal.Options{{}, {NoRefresh: true}} {
			s.Applied(o).Fails("Key "+managed[0]+" is "+notAllowed, "Key "+managed[1]+" is "+notAllowed, "Key "+managed[2]+" is "+notAllowed, "Add it to allowed_ids")
		}
		expectDeletes(t, s.World)
		// What the message says helps.
		s.Resources[2] = exclusiveBlock(allowing(managed...))
		s.Applied().Succeeds().Without(spared)
		expectKeys(t, s.World, "plain", nameOf(s, managed[1]), nameOf(s, managed[2]))
	})
	t.Run("known at the plan only", func(t *testing.T) {
		t.Parallel()
		s, managed := rotated(t, acctest.Options{})
		s.Resources = append(keyBlocks(this), exclusiveBlock(allowing()))
		s.Applied().Succeeds()
		// Without a refresh the keys are known once they are planned, which the
		// apply would not know.
		s.Resources = append(keyBlocks(), exclusiveBlock(allowing(), plainKey, rotatingKey))
		s.API.ResetJournal()
		s.Applied(rehearsal.Options{NoRefresh: true}).Fails("The keys "+managed[0]+` ("plain"), `, "are "+notAllowed)
		expectDeletes(t, s.World)
	})
	t.Run("remembered", func(t *testing.T) {
		t.Parallel()
		s, managed := rotated(t, acctest.Options{})
		stray := strays(s)
		s.Resources = append(keyBlocks(), exclusiveBlock(allowing(), plainKey, rotatingKey))
		s.Applied().Succeeds()
		s.Applied(rehearsal.Options{RefreshOnly: true}).Succeeds()
		s.API.ResetJournal()
		// From now on it does not matter what is read, or when.
		s.Resources = append(keyBlocks(this), exclusiveBlock(allowing()))
		for _, o := range []rehearsal.Options{{NoRefresh: true}, {Target: []string{this}}, {}} {
			s.Planned(o).Succeeds(spared, managed[0])
		}
		saved := s.Planned(rehearsal.Options{Target: []string{this}}).Succeeds().Plan
		s.Clock.Advance(time.Hour)
		s.AppliedPlan(saved).Succeeds()
		expectDeletes(t, s.World, stray)
		// A key that is allowed is none that is spared.
		s.Resources[2] = exclusiveBlock(allowing(managed...))
		s.Applied().Succeeds()
		s.Planned().Succeeds().Silent().DoesNothing()
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
		Fake: fakenebula.Options{Users: map[string]string{"me": "secret-password"}}},
		keyBlocks()[1], rehearsal.Resource{Address: this, DependsOn: []string{rotatingKey}, Config: byIDs})
	s.API.DeleteKey(ownID)
	s.Applied().Succeeds()
	for range 40 {
		s.Clock.Advance(24 * time.Hour)
		s.Applied().Succeeds().Without(spared, "API keys to be deleted")
	}
	r := s.State(rotatingKey).Object
	if len(s.API.Issued()) != 3 || r.Text("id") == "" || len(r.Texts("ids")) != 1 {
		t.Errorf("the account had %d keys, and the state holds %v", len(s.API.Issued()), r.Texts("ids"))
	}
	s.Planned().Succeeds().DoesNothing()
}

// Elements that are null are ignored, such as the previous_id of a key that has
// none.
func TestNullElements(t *testing.T) {
	t.Parallel()
	s, ids := newStage(t, acctest.Options{}, "a", "b")
	s.Resources[0] = exclusiveBlock(rehearsal.Args{"allowed_ids": []any{ownID, nil, ids[0]}})
	s.Applied().Succeeds()
	s.Applied().Succeeds()
	expectDeletes(t, s.World, ids[1])
	s.Planned().Succeeds().DoesNothing()
}
