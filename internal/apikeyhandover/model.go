package apikeyhandover

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/keykit"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// model is nebula_api_key_handover as configuration, plan and state hold it.
// DeliveredKey has a value in the configuration only.
type model struct {
	Rotation     types.Object `tfsdk:"rotation"`
	DeliveredKey types.String `tfsdk:"delivered_key_wo"`
	ID           types.String `tfsdk:"id"`
	Generation   types.Int64  `tfsdk:"generation"`
	HandedOverAt types.String `tfsdk:"handed_over_at"`
	PreviousID   types.String `tfsdk:"previous_id"`
}

func (m *model) rotation() keykit.Rotation { return keykit.RotationOf(m.Rotation) }

// hasHandedOver says that the current key of a rotation is the one that was
// handed over last.
func (m *model) hasHandedOver(r keykit.Rotation) bool {
	return !r.ID.IsUnknown() && r.ID.Equal(m.ID) && r.Generation.Equal(m.Generation)
}

// The notes in the resource's private state.
const (
	dueNote    = "due"
	formerNote = "former"
)

// due is the note of a read that found the previous key due. Like that of the
// rotation, it is written only when there is news.
type due struct {
	At   time.Time `json:"at"`
	ID   string    `json:"id"`
	Name string    `json:"name"`
}

// isFor says whether the note is about a key, and can be true.
func (d due) isFor(op *tfkit.Operation, id types.String) bool {
	believable := op.Services == nil || keykit.Keys(op.Services).Believable(d.At)
	return !id.IsNull() && d.ID == id.ValueString() && believable
}

// former is the key that was handed over before the last one.
type former struct {
	ID          string `json:"id"`
	Fingerprint string `json:"fingerprint"`
	Generation  int64  `json:"generation"`
}

func loadFormer(ctx context.Context, op *tfkit.Operation) former {
	var f former
	if !op.Note(ctx, formerNote, &f) {
		return former{}
	}
	return f
}

func formerOf(r keykit.Rotation) former {
	return former{ID: r.ID.ValueString(), Fingerprint: r.Fingerprint.ValueString(), Generation: r.Generation.ValueInt64()}
}
