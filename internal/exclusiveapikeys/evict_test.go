package exclusiveapikeys_test

import (
	"maps"
	"net/http"
	"testing"

	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

// An interrupt stops before the next key. What was deleted is told, what is
// left stays recorded.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	fake := fakenebula.New(fakenebula.Options{APIKeys: []fakenebula.SeedKey{{Name: "provider", Secret: ownSecret}, {Name: "first"}, {Name: "second"}}})
	w := newWorkspace(fake, func(p *rehearsal.Process) http.RoundTripper {
		return p.Wire(fake.Transport(), func(_ int, q *http.Request) error {
			if q.Method == http.MethodDelete {
				p.Interrupt()
			}
			return nil
		})
	}, func(rehearsal.Known) rehearsal.Args { return rehearsal.Args{"allowed_ids": []string{ownID}} })
	for range 2 {
		if r := w.Run(t.Context(), rehearsal.Options{}); r.Failed() != (fake.Count(fakenebula.OpDeleteKey) > 0) {
			t.Fatal(r)
		}
	}
	if held := w.State(exclusive).Object.TextMap("unmanaged"); !maps.Equal(held, map[string]string{"3": "second"}) {
		t.Errorf("recorded are %v", held)
	}
	if n := fake.Count(fakenebula.OpDeleteKey); n != 1 {
		t.Errorf("%d deletes, want 1", n)
	}
}
