package apikey_test

import (
	"fmt"
	"testing"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

// A success that does not show the whole key is of no use: the key goes again,
// if a list proves that this create made it.
func TestCreateWithoutWholeSecret(t *testing.T) {
	t.Parallel()
	for name, rewrite := range map[string]func(fakenebula.Answer) fakenebula.Answer{
		"without key": fakenebula.WithoutField("key"),
		"empty key":   fakenebula.WithField("key", `""`),
		"masked key":  fakenebula.WithField("key", `"ak_****"`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := stageOf(t, one(), of2024())
			s.API.Inject(fakenebula.Fault{Operation: opCreate, Rewrite: rewrite})
			s.Apply().Fails("Error: Unable to create API key", "did not show its secret", "nothing is in the state")
			s.Changed(acctest.Calls{opCreate: 1, opDelete: 1})
			expectNames(t, s.World)
			if len(s.Stored()) != 0 {
				t.Error(s.Stored())
			}
		})
	}
}

// An API with unique names may answer a create with a key that is there already.
// It is nobody's to delete, and its id is not recorded, because the replacement
// would delete it.
func TestSomebodyElsesKeyIsNeverDeleted(t *testing.T) {
	t.Parallel()
	for name, fake := range map[string]fakenebula.Options{
		"without secret": {Keys: fakenebula.KeyOptions{SameName: fakenebula.NameReturnsBare}},
		"masked":         {Keys: fakenebula.KeyOptions{SameName: fakenebula.NameReturnsMasked}},
		// An answer of id and secret alone cannot be told from that to a create.
		"whole": {Reading: fakenebula.Reading2024, Keys: fakenebula.KeyOptions{SameName: fakenebula.NameReturnsWhole}},
	} {
		for _, marker := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, marker %t", name, marker), func(t *testing.T) {
				t.Parallel()
				s := stageOf(t, one(), fake)
				s.Provider = rehearsal.Args{"ownership_marker": marker}
				id, secret := s.API.AddKey("one", "by hand")
				s.Apply().Fails("Unable to create API key")
				s.Apply()
				s.Destroy()
				if !s.API.Valid(secret) {
					t.Errorf("key %s was deleted", id)
				}
				expectForeignUntouched(t, s.World)
			})
		}
	}
}

// A proxy that repeats an answer must not give two resources one key.
func TestRepeatedAnswerIsNotTakenForAnotherKey(t *testing.T) {
	t.Parallel()
	s := acctest.NewStage(t, acctest.Options{Fake: of2024()}).With(keyBlock("this", one()))
	s.Apply().Succeeds()
	other := keyBlock("other", rehearsal.Args{"name": "one", "description": "text"})
	s.Resources = append(s.Resources, other)
	s.API.Inject(fakenebula.Fault{Operation: opCreate, Repeat: true})
	s.Apply().Fails("Unable to create API key")
	if s.Workspace.State(other.Address).Object.Text("id") == s.Workspace.State(this).Object.Text("id") {
		t.Error("two resources have one key")
	}
	s.Apply()
	if !s.API.Valid(stored(s)["key"]) {
		t.Error("the first one's key was deleted")
	}
}

// A key that cannot be sealed is deleted again only when a list proves that it
// is this create's own.
func TestKeyThatCannotBeSealed(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fake   fakenebula.Options
		marker bool
		told   string
		calls  acctest.Calls
		left   []string
	}{
		"proven":           {of2024(), true, "State: The key was deleted again, and nothing is in the state.", acctest.Calls{opCreate: 1, opDelete: 1}, nil},
		"marker off":       {of2024(), false, "Key 2 was not deleted, because no list shows it with the ownership marker", acctest.Calls{opCreate: 1}, []string{"one"}},
		"marker invisible": {of2025(), true, "Key 2 was not deleted, because no list shows it with the ownership marker", acctest.Calls{opCreate: 1}, []string{"one"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := stageOf(t, one(rehearsal.Args{"age_recipients": []string{"nobody"}}), test.fake)
			s.Provider = rehearsal.Args{"ownership_marker": test.marker}
			unvalidated(s)
			s.Apply().Fails("Error: Unable to seal API key", test.told)
			s.Changed(test.calls)
			expectNames(t, s.World, test.left...)
			if test.left != nil && (!s.Workspace.State(this).Tainted || stored(s)["id"] != "") {
				t.Errorf("the state holds %v", stored(s))
			}
		})
	}
}
