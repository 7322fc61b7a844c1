package tfkit

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

// ByID is embedded by resources that are known by the id that the API gave
// them. It gives them an identity, and import by id and by identity. The model
// must have an attribute "id", and an Identity method.
type ByID struct {
	Resource

	// Thing is what people call it: "volume".
	Thing string
	// Shown is what shows the ids of what is there: "the data source
	// nebula_volumes".
	Shown string
}

// Metadata names the type. The identity of an object whose create was left
// undecided changes once, when its id becomes known.
func (r *ByID) Metadata(ctx context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	r.Resource.Metadata(ctx, req, resp)
	resp.ResourceBehavior.MutableIdentity = true
}

// IdentitySchema is one attribute, the id.
func (r *ByID) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{
		Attributes: map[string]identityschema.Attribute{
			"id": identityschema.StringAttribute{
				Description:       "Identifier that the API gave the " + r.Thing + ".",
				RequiredForImport: true,
			},
		},
	}
}

// ImportState takes an id, alone or as identity. What cannot be an id is
// refused before anything is asked of the API.
func (r *ByID) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	r.RunOffline(ctx, Doing("import "+r.Thing, &resp.Diagnostics, nil), func(ctx context.Context, op *Operation) {
		resource.ImportStatePassthroughWithIdentity(ctx, path.Root("id"), path.Root("id"), req, resp)
		var id types.String
		if op.Append(resp.State.GetAttribute(ctx, path.Root("id"), &id)) {
			return
		}
		CheckImportedID(op, id.ValueString(), r.Thing, r.Shown)
	})
}

// CheckImportedID reports what cannot be the id of a thing. Shown is what shows
// the ids of what is there.
func CheckImportedID(op *Operation, id, thing, shown string) {
	if _, err := nebula.ParseID(id); err != nil {
		op.Refuse(Message{Title: "Invalid " + thing + " id", Attribute: path.Root("id"),
			What: Sentence(err) + " Import by the id that " + shown + " shows, not by name."})
	}
}

// Unresolved is the identity of an object whose id is not known yet: an
// all-null identity is an error in every read. It holds a character that no id
// can have, so that it can never be imported or deleted by mistake.
func Unresolved(sign string) types.String { return types.StringValue("unresolved:" + sign) }
