package exclusiveapikeys

import (
	"context"
	"maps"
	"slices"

	"github.com/nebulablock/terraform-provider-nebula/internal/exclusivekit"
	"github.com/nebulablock/terraform-provider-nebula/internal/keykit"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// announce says which of the keys that leave the map will be deleted. A key that
// this configuration manages is spared where that is remembered, and else fails
// the plan: the apply, which need not see the resource that manages it, would
// delete it.
func announce(ctx context.Context, op *tfkit.Operation, plan *model, leaving exclusivekit.Named) {
	p := policyOf(ctx, op, plan)
	if op.Failed() {
		return
	}
	memory := remembered(ctx, op)
	if op.Services != nil {
		memory = memory.forCredential(op.CredentialFingerprint)
	}
	spared := memory.Managed.Only(func(id nebula.ID, name string) bool { return !p.Permits(id, name) })
	doomed := doom(op, memory.sparing(p).doomed(leaving))
	if len(spared) > 0 && plan.Known() {
		op.Warn(words.NotAllowed(spared))
	}
	if len(doomed) > 0 {
		op.Warn(words.ToBeDeleted(doomed, plan.Known()))
	}
}

// doom tells the run which keys this plan means to delete, fails it when some
// of them are managed, and gives the others.
func doom(op *tfkit.Operation, doomed exclusivekit.Named) exclusivekit.Named {
	if op.Services == nil {
		return doomed
	}
	managed := keykit.ManagedKeys(op.Services).Doom(slices.Sorted(maps.Keys(doomed)))
	if len(managed) == 0 {
		return doomed
	}
	isManaged := func(id nebula.ID, _ string) bool { return slices.Contains(managed, id) }
	which := doomed.Only(isManaged)
	subject := "Key " + words.Show(which) + " is"
	if len(which) > 1 {
		subject = "The keys " + words.Show(which) + " are"
	}
	op.Refuse(keykit.ManagedNotAllowed(subject))
	return doomed.Only(func(id nebula.ID, name string) bool { return !isManaged(id, name) })
}
