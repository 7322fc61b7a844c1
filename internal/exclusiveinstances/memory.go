package exclusiveinstances

import (
	"context"
	"maps"

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
func remembered(ctx context.Context, op *tfkit.Operation) texts {
	managed := texts{}
	if !op.Note(ctx, managedNote, &managed) {
		return texts{}
	}
	return managed
}

// remember notes the managed machines that this run knows by now, besides those
// that were noted before, and gives them. Machines that are gone, or that the
// arguments allow, are forgotten. Unless something has changed nothing is
// written: that would make every refresh a change of the state.
func remember(ctx context.Context, op *tfkit.Operation, known *machinekit.Managed, machines []nebula.Instance, p policy) texts {
	before, now := remembered(ctx, op), texts{}
	for _, i := range machines {
		_, noted := before[i.ID]
		if (noted || known.Has(i.ID)) && fleet.IsBilled(i) && !p.allowed[i.ID] {
			now[i.ID] = tfkit.Quoted(fleet.NameOf(i))
		}
	}
	if !maps.Equal(before, now) {
		op.SetNote(ctx, managedNote, now)
	}
	return now
}

// sparing makes a policy spare machines.
func (p policy) sparing(managed texts) policy {
	p.managed = managed
	return p
}

// warnOfManaged tells of the managed machines that are spared.
func warnOfManaged(op *tfkit.Operation, managed texts) {
	if len(managed) == 0 {
		return
	}
	op.Warn(tfkit.Message{Title: "Managed instances are not in allowed_ids",
		What:  "These instances are managed by this configuration and not in allowed_ids: " + show(managed) + ".",
		State: "They are not deleted.",
		Next: "Add their ids to allowed_ids. A machine that is no longer managed is not deleted either, because that cannot be seen here: " +
			"delete it elsewhere, or replace this resource once (-replace=ADDRESS)."})
}
