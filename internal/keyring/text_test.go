package keyring

import (
	"testing"

	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
)

const oddName = "Jürgen & Zoë <ci>\nsecond line"

// Whatever the API makes of a name and a description, the key is made, and its
// answer tells what became of them.
func TestTextsThatComeBackDifferently(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		rule fakenebula.TextRule
		lost bool
	}{
		"escaped": {fakenebula.HTMLEscaped, false}, "CRLF": {fakenebula.CRLF, false}, "trimmed": {fakenebula.Trimmed, false},
		"decomposed": {fakenebula.Decomposed, false}, "cut": {fakenebula.CutAt(20), true}, "description cut": {fakenebula.OnlyIn("description", fakenebula.CutAt(30)), true},
		"lower case": {fakenebula.LowerCase, true}, "description lower case": {fakenebula.OnlyIn("description", fakenebula.LowerCase), true},
	} {
		for _, reading := range fakenebula.Readings() {
			t.Run(name+", "+string(reading), func(t *testing.T) {
				t.Parallel()
				o := of(reading, fakenebula.KeyOptions{})
				o.fake.Stored = c.rule
				bubble(t, o, func(t *testing.T, r *fixture) {
					created, err := r.keys.Create(t.Context(), Spec{Name: oddName, Description: " " + oddName})
					if err != nil || !r.server.Valid(created.Secret) {
						t.Fatalf("created %v, %v", created, err)
					}
					silent := reading == year2025
					if (created.Name == nil) != silent || (created.Description == nil) != silent || created.MarkerLost() != (c.lost && !silent) {
						t.Errorf("created %+v, marker lost: %v", created, created.MarkerLost())
					}
					if !silent && *created.Name != r.server.Keys()[1].Name {
						t.Errorf("named %q", *created.Name)
					}
					want := counts{post: 1}
					if silent {
						want.get = 1 // the answer says nothing of the key, so a list is asked
					}
					r.wantCounts(want)
				})
			})
		}
	}
}
