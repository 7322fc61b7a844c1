package keyring

import (
	"slices"
	"testing"

	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

// byNameOnly is what the marker is there to prevent: it takes the newest key of
// the name for the one that was made.
func byNameOnly(rows []nebula.APIKey, a attempt) matches {
	for _, row := range slices.Backward(rows) {
		if row.Name == a.spec.Name {
			return matches{own: []nebula.ID{row.ID}}
		}
	}
	return matches{}
}

// This is the test of the tests: with a weaker rule a foreign key is deleted,
// and with the marker it is not.
func TestOnlyTheMarkerTellsWhoseKeyItIs(t *testing.T) {
	t.Parallel()
	for weaker, foreignLives := range map[bool]bool{true: false, false: true} {
		bubble(t, fixtureOptions{}, func(t *testing.T, r *fixture) {
			if weaker {
				r.keys.match = byNameOnly
			}
			var foreign string
			r.server.OnResponse(func(q fakenebula.Request) {
				if q.Operation == opCreate && foreign == "" {
					foreign, _ = r.server.AddKey("n", "text")
				}
			})
			r.server.Inject(fakenebula.Fault{Operation: opCreate, Drop: true, Commit: true})
			_, _ = r.keys.Create(t.Context(), spec())
			if lives := slices.Contains(r.live(), foreign); lives != foreignLives {
				t.Errorf("by the name: %v; the foreign key lives: %v", weaker, lives)
			}
		})
	}
}
