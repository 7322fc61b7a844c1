package exclusiveapikeys

import (
	"context"
	"errors"
	"maps"
	"testing"

	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

// An interrupt stops before the next key. What was deleted is told, what is
// left stays recorded.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	w := newWorld(1, newDirect(judge))
	first, _ := w.server.AddKey("first", "")
	second, _ := w.server.AddKey("second", "")
	w.calm = true
	w.connect()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	w.server.OnResponse(func(r fakenebula.Request) {
		if r.Operation == fakenebula.OpDeleteKey {
			cancel()
		}
	})
	state, plan := w.args.config(false), w.args.config(false)
	state.setUnmanaged(names{nebula.ID(first): "first", nebula.ID(second): "second"})
	plan.setUnmanaged(nil)
	d, ok := w.core.(*direct)
	if !ok {
		t.Fatal("not direct")
	}
	failures, diags := d.resource.evict(ctx, d.services, state, plan)
	if diags.HasError() || len(failures) != 1 || !errors.Is(failures[0].Err, context.Canceled) {
		t.Fatalf("failures %v, diagnostics %v", failures, diags)
	}
	if want := (names{nebula.ID(second): "second"}); !maps.Equal(plan.unmanaged(), want) {
		t.Errorf("recorded are %v, want %v", plan.unmanaged(), want)
	}
	if n := w.server.Count(fakenebula.OpDeleteKey); n != 1 {
		t.Errorf("%d deletes, want 1", n)
	}
}
