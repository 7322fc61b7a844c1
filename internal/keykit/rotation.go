package keykit

import (
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// Rotation is what a rotating key tells of its latest rotation to whatever
// hands the new key on and ends the old one.
type Rotation struct {
	// ID, Fingerprint and Generation are those of the current key.
	ID, Fingerprint types.String
	Generation      types.Int64
	// PreviousID is the key before, while that is valid; PreviousRetireAt is
	// from when on it may be revoked.
	PreviousID, PreviousRetireAt types.String
}

// RotationTypes are the types of the object that shows a Rotation.
func RotationTypes() map[string]attr.Type {
	return map[string]attr.Type{
		"id": types.StringType, "fingerprint": types.StringType, "generation": types.Int64Type,
		"previous_id": types.StringType, "previous_retire_at": types.StringType,
	}
}

// Object shows the rotation.
func (r Rotation) Object() types.Object {
	return types.ObjectValueMust(RotationTypes(), map[string]attr.Value{
		"id": r.ID, "fingerprint": r.Fingerprint, "generation": r.Generation,
		"previous_id": r.PreviousID, "previous_retire_at": r.PreviousRetireAt,
	})
}

// RotationOf reads the object of a rotation. All of an unknown one is unknown,
// all of a null one null.
func RotationOf(o types.Object) Rotation {
	if o.IsUnknown() {
		unknown := types.StringUnknown()
		return Rotation{unknown, unknown, types.Int64Unknown(), unknown, unknown}
	}
	text := func(name string) types.String {
		s, _ := o.Attributes()[name].(types.String)
		return s
	}
	generation, _ := o.Attributes()["generation"].(types.Int64)
	return Rotation{text("id"), text("fingerprint"), generation, text("previous_id"), text("previous_retire_at")}
}
