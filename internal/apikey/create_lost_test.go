package apikey_test

import (
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

type fault struct {
	name  string
	fault fakenebula.Fault
}

// lostAnswers are answers to a create that do not tell what became of it.
func lostAnswers() []fault {
	return []fault{
		{"dropped", fakenebula.Fault{Drop: true, Commit: true}},
		{"reset", fakenebula.Fault{Drop: true, Commit: true, Reset: true}},
		{"500", fakenebula.Fault{Answer: fakenebula.Failed(500, "oops"), Commit: true}},
		{"proxy", fakenebula.Fault{Answer: fakenebula.HTML(504), Commit: true}},
		{"page with 200", fakenebula.Fault{Answer: fakenebula.HTML(200), Commit: true}},
		{"redirect", fakenebula.Fault{Answer: fakenebula.Redirect(302, "https://example.com/"), Commit: true}},
		{"cut", fakenebula.Fault{Rewrite: fakenebula.Cut}},
		{"oversized", fakenebula.Fault{Rewrite: fakenebula.Oversize}},
		{"without id", fakenebula.Fault{Rewrite: fakenebula.WithoutField("id")}},
		{"id of wrong type", fakenebula.Fault{Rewrite: fakenebula.WithField("id", "{}")}},
		{"id that no request can carry", fakenebula.Fault{Rewrite: fakenebula.WithField("id", `"key:41001"`)}},
		{"id that is a path", fakenebula.Fault{Rewrite: fakenebula.WithField("id", `"../../admin"`)}},
		{"key of wrong type", fakenebula.Fault{Rewrite: fakenebula.WithField("key", "12")}},
		{"no data", fakenebula.Fault{Rewrite: fakenebula.WithData("null")}},
		{"late commit", fakenebula.Fault{Drop: true, CommitAfter: 20 * time.Second}},
	}
}

// A create whose answer is lost after the key was made is put right within the
// same apply: the key that nobody knows the secret of goes, another is made.
func TestAnswerToCreateLost(t *testing.T) {
	t.Parallel()
	for _, lost := range lostAnswers() {
		t.Run(lost.name, func(t *testing.T) {
			t.Parallel()
			s := stageOf(t, one(), of2024())
			// A colleague's key of the same name and text is nobody's business.
			s.API.AddKey("one", "text")
			lost.fault.Operation = opCreate
			s.API.Inject(lost.fault)
			s.Apply().Succeeds()
			s.Changed(acctest.Calls{opCreate: 2, opDelete: 1})
			expectWhole(t, s, "one")
			s.Plan().Succeeds().DoesNothing()
			s.Destroy().Succeeds()
			expectNames(t, s.World, "one")
			expectForeignUntouched(t, s.World)
		})
	}
}

// The same where the list shows no descriptions, and with them no marker: nothing
// is deleted, since nothing is proven; what may be the key is named.
func TestAnswerToCreateLostAndNoMarkerSeen(t *testing.T) {
	t.Parallel()
	s := stageOf(t, one(), of2025())
	s.API.AddKey("one", "")
	s.API.Inject(fakenebula.Fault{Operation: opCreate, Drop: true, Commit: true})
	told := s.Apply().Fails("Error: Unable to create API key", "it is not known which", "is in the state as tainted, without an id")
	s.Changed(acctest.Calls{opCreate: 1})
	expectUndecided(t, s, "", true)
	expectNames(t, s.World, "one", "one")
	s.Plan().Succeeds("Warning: API key without id").Does(map[string]rehearsal.Action{this: rehearsal.Replace})
	s.Destroy().Succeeds("Nothing was deleted")
	expectNames(t, s.World, "one", "one")
	told.ExpectNot(s.API.Secrets()...)
}

// Three answers lost in a row are enough: nothing is left but an error.
func TestSecretsLostAgainAndAgain(t *testing.T) {
	t.Parallel()
	s := stageOf(t, one(), of2024())
	s.API.Inject(fakenebula.Fault{Operation: opCreate, Times: -1, Drop: true, Commit: true})
	s.Apply().Fails("The key that it made was deleted again, because its secret never arrived.", "State: No new key is left, and nothing is in the state.")
	s.Changed(acctest.Calls{opCreate: 3, opDelete: 3})
	expectNames(t, s.World)
	if len(s.Stored()) != 0 {
		t.Error(s.Stored())
	}
}

// A key that was found after its create, and cannot be deleted, is recorded
// with its id.
func TestLostKeyCannotBeDeleted(t *testing.T) {
	t.Parallel()
	s := stageOf(t, one(), of2024())
	s.API.Inject(fakenebula.Fault{Operation: opCreate, Drop: true, Commit: true},
		fakenebula.Fault{Operation: opDelete, Answer: fakenebula.Failed(403, "not yours")})
	s.Apply().Fails("Key 2 was made, and could not be deleted again:", "not yours", "State: Key 2 is in the state as tainted, without its secret.",
		"Apply again. The provider deletes key 2 before it makes another.")
	expectUndecided(t, s, "2", true)
	s.Apply().Succeeds()
	expectWhole(t, s)
}
