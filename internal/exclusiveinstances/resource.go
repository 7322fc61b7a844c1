// Package exclusiveinstances offers the resource nebula_instances_exclusive: no
// machine exists besides those that a configuration allows.
package exclusiveinstances

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/nebulablock/terraform-provider-nebula/internal/exclusivekit"
	"github.com/nebulablock/terraform-provider-nebula/internal/machinekit"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

var (
	_ resource.ResourceWithConfigure      = (*exclusiveResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*exclusiveResource)(nil)
	_ resource.ResourceWithValidateConfig = (*exclusiveResource)(nil)
)

type exclusiveResource struct{ exclusivekit.Resource[*model] }

// NewResource is the resource nebula_instances_exclusive.
func NewResource() resource.Resource {
	r := &exclusiveResource{}
	r.Resource = exclusivekit.Resource[*model]{
		Resource: tfkit.Resource{Type: "instances_exclusive"}, Words: words, Timeout: 20 * time.Minute,
		NewModel: func() *model { return &model{} }, Look: r.look, Announce: r.announce, Evict: evict,
	}
	return r
}

var words = exclusivekit.Words{
	One: "machine", Many: "instances", Short: "instances", Print: nebula.CleanText,
	Arguments: "allowed_ids, ignore_name_regex and older_than",
	Unless:    ", unless ignore_name_regex or older_than spares them by then",
	Allow:     "Add their ids to allowed_ids.",
}

// look gives the machines that are not spared, and remembers those of the others
// that this configuration manages.
func (r *exclusiveResource) look(ctx context.Context, op *tfkit.Operation, m *model, refreshing bool) (exclusivekit.Named, error) {
	p := m.policy(ctx, op)
	if op.Failed() {
		return nil, nil
	}
	fleet := machinekit.Fleet(op.Services)
	list := fleet.ForRead()
	if refreshing {
		list = fleet.List().ForRefresh()
	}
	machines, err := list.All(ctx)
	if err != nil {
		return nil, err
	}
	return observe(machines, p.sparing(remember(ctx, op, machinekit.ManagedIn(&r.Base), machines, p)), fleet.Time()), nil
}

// announce says which of the machines that leave the map will be deleted. It
// fails where one of them is managed by this configuration.
func (r *exclusiveResource) announce(ctx context.Context, op *tfkit.Operation, plan *model, leaving exclusivekit.Named) {
	p := plan.policy(ctx, op)
	spared := remembered(ctx, op).Only(func(id nebula.ID, _ string) bool { return !p.HasID(id) })
	doomed := leaving.Only(func(id nebula.ID, _ string) bool { _, ok := spared[id]; return !ok && !p.HasID(id) })
	known := plan.known()
	if len(spared) > 0 && known {
		op.Warn(words.NotAllowed(spared))
	}
	if len(doomed) == 0 {
		return
	}
	warning := words.ToBeDeleted(doomed, known)
	if known {
		warning.Attribute = path.Root("unmanaged")
		for _, id := range machinekit.ManagedIn(&r.Base).Doom(slices.Sorted(maps.Keys(doomed))) {
			op.Refuse(machinekit.ManagedNotAllowed(id))
		}
	}
	op.Warn(warning)
}
