package sshkey_test

import (
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
)

// The whole life of an SSH key in both readings of the API.
func TestLife(t *testing.T) {
	t.Parallel()
	for _, reading := range fakenebula.Readings() {
		for name, ids := range map[string]fakenebula.IDStyle{"numbers": fakenebula.IntIDs, "texts": fakenebula.StringIDs} {
			t.Run(string(reading)+" "+name, func(t *testing.T) {
				t.Parallel()
				s := newStage(t, fakenebula.Options{Reading: reading, IDs: ids})
				s.write("laptop", line(1, "me@laptop")+"\n")
				s.Apply().Expect(0)
				id := s.API.SSHKeys()[0].ID
				s.is(map[string]any{"id": id, "name": "laptop", "public_key": line(1, "me@laptop") + "\n", "fingerprint": fingerprint(1),
					"created_at": s.Clock.Now().UTC().Format(time.RFC3339)})
				if got := s.API.SSHKeys()[0].PublicKey; got != line(1, "me@laptop") {
					t.Errorf("the API has %q", got)
				}
				s.Plan().Expect(0)

				s.write("notebook", line(1, "me@laptop")+"\n")
				s.API.ResetJournal()
				s.Apply().Expect(0)
				s.holds(id + " notebook")
				s.is(map[string]any{"id": id, "name": "notebook"})
				s.Plan().Expect(0)

				s.write("notebook", line(2))
				s.Plan().Expect(2, "# nebula_ssh_key.this must be replaced")
				s.Apply().Expect(0)
				if other := s.Workspace.State(this).Object.Text("id"); other == id || len(s.API.SSHKeys()) != 1 {
					t.Errorf("the id is %s, and the account has %v", other, s.API.SSHKeys())
				}
				s.Plan().Expect(0)
				s.Destroy().Expect(0)
				s.holds()
				s.HasNothing()
			})
		}
	}
}

// What is asked for at each step of a life.
func TestCallsOfALife(t *testing.T) {
	t.Parallel()
	for reading, want := range map[fakenebula.Reading]struct{ create, rename []fakenebula.Operation }{
		fakenebula.Reading2024: {[]fakenebula.Operation{opList, opCreate}, []fakenebula.Operation{opList, opRename}},
		// The fields are called otherwise, which the first refusal shows.
		fakenebula.Reading2025: {[]fakenebula.Operation{opList, opCreate, opCreate}, []fakenebula.Operation{opList, opRename, opRename}},
	} {
		t.Run(string(reading), func(t *testing.T) {
			t.Parallel()
			s := newStage(t, fakenebula.Options{Reading: reading}).write("laptop", line(1))
			s.Apply().Expect(0)
			s.asked(want.create...)
			s.Plan().Expect(0)
			s.asked(opList)
			s.write("notebook", line(1)).Apply().Expect(0)
			s.asked(want.rename...)
			s.write("notebook", line(1, "another comment")).Apply().Expect(0)
			s.asked(opList)
			s.Plan("-refresh=false").Expect(0)
			s.asked()
			s.Destroy().Expect(0)
			s.asked(opList, opDelete)
		})
	}
}
