package exclusiveinstances

import (
	"context"
	"maps"

	"github.com/nebulablock/terraform-provider-nebula/internal/exclusivekit"
	"github.com/nebulablock/terraform-provider-nebula/internal/fleet"
	"github.com/nebulablock/terraform-provider-nebula/internal/machinekit"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// managedNote is the name of the note, in the resource's private state, of the
// machines that resources of this configuration manage and that allowed_ids
// lacks. An apply of a saved plan, and a run with -refresh=false or -target,
// read little or nothing, so that they would not know these machines otherwise.
//
// Only a read can write it. Terraform asks for a plan once more while it
// applies, from the notes that the read has left, and forgets those that a plan
// has written.
const managedNote = "managed"

// remembered are the managed machines that an earlier read has noted, with what
// people are shown of them.
func remembered(ctx context.Context, op *tfkit.Operation) exclusivekit.Named {
	managed := exclusivekit.Named{}
	if !op.Note(ctx, managedNote, &managed) {
		return exclusivekit.Named{}
	}
	return managed
}

// remember notes the managed machines that this run knows by now, besides those
// that were noted before, and gives them. Machines that are gone, or that the
// arguments allow, are forgotten. Unless something has changed nothing is
// written: that would make every refresh a change of the state.
func remember(ctx context.Context, op *tfkit.Operation, known *machinekit.Managed, machines []nebula.Instance, p policy) exclusivekit.Named {
	before, now := remembered(ctx, op), exclusivekit.Named{}
	for _, i := range machines {
		_, noted := before[i.ID]
		if (noted || known.Has(i.ID)) && fleet.IsBilled(i) && !p.HasID(i.ID) {
			now[i.ID] = tfkit.Quoted(fleet.NameOf(i))
		}
	}
	if !maps.Equal(before, now) {
		op.SetNote(ctx, managedNote, now)
	}
	return now
}

// sparing makes a policy spare machines.
func (p policy) sparing(managed exclusivekit.Named) policy {
	p.managed = managed
	return p
}
