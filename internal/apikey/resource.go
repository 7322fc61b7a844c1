package apikey

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/nebulablock/terraform-provider-nebula/internal/keykit"
	"github.com/nebulablock/terraform-provider-nebula/internal/keyring"
	"github.com/nebulablock/terraform-provider-nebula/internal/listing"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

var (
	_ resource.ResourceWithConfigure      = (*keyResource)(nil)
	_ resource.ResourceWithIdentity       = (*keyResource)(nil)
	_ resource.ResourceWithImportState    = (*keyResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*keyResource)(nil)
	_ resource.ResourceWithValidateConfig = (*keyResource)(nil)
)

type keyResource struct{ tfkit.ByID }

// NewResource is the resource nebula_api_key.
func NewResource() resource.Resource {
	return &keyResource{tfkit.ByID{Resource: tfkit.Resource{Type: "api_key"}, Thing: "API key", Shown: "the data source nebula_api_keys"}}
}

// Create makes a key and puts the API's answer into state before anything else
// can fail. A key that may or may not have been made is saved as well, tainted
// and without an id, so that the next run resolves it.
func (r *keyResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var m model
	r.Run(ctx, tfkit.Creating("create API key", &m, req, resp), func(ctx context.Context, op *tfkit.Operation) {
		if !checked(ctx, op, &m) {
			return
		}
		created, err := keykit.Keys(op.Services).Create(ctx, m.spec())
		var undecided *keyring.UndecidedError
		switch {
		case err == nil:
			keep(ctx, op, &m, created)
		case errors.As(err, &undecided):
			keepUndecided(ctx, op, &m, undecided)
		default:
			op.Fail(tfkit.Failure{Err: err, State: nothingLeft, Arguments: []string{"name", "description", "team_id"}})
		}
	})
}

// Read looks the key up in the list that all reads of this run share. Only a
// proven absence removes it from state.
func (r *keyResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var m model
	r.Run(ctx, tfkit.Reading("read API key", &m, req, resp), func(ctx context.Context, op *tfkit.Operation) {
		if m.unfindable() {
			op.Warn(keykit.WithoutID(m.Name.ValueString()))
			return
		}
		key, err := keykit.Keys(op.Services).ForRefresh().Find(ctx, m.ref())
		var absent *listing.AbsentError
		switch {
		case err == nil:
			found(ctx, op, &m, key)
		case errors.As(err, &absent):
			gone(ctx, op, &m, absent)
		default:
			notRead(op, &m, err)
		}
	})
}

// Update only records arguments: whatever would change the key itself replaces
// it. That leaves time-outs, other spellings of what is recorded, and what an
// imported key is given.
func (r *keyResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var m, prior model
	r.RunOffline(ctx, tfkit.Updating("update API key", &m, &prior, req, resp), func(ctx context.Context, op *tfkit.Operation) {
		op.Save(ctx, &m)
	})
}

// Delete revokes the key. State goes only when it is certain that the key is
// revoked.
func (r *keyResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var m model
	r.Run(ctx, tfkit.Deleting("delete API key", &m, req, resp), func(ctx context.Context, op *tfkit.Operation) {
		switch {
		case m.unfindable():
			op.Warn(keykit.Forgotten(m.Name.ValueString()))
			return
		case op.Append(keykit.RefuseOwnKey(op.Services, op.To(), m.Fingerprint.ValueString(), m.ID.ValueString())):
			return
		case m.ID.IsNull() && !resolve(ctx, op, &m):
			return
		}
		deletion, err := keykit.Keys(op.Services).Delete(ctx, m.ref())
		switch {
		case err != nil:
			op.Fail(tfkit.Failure{Err: err, State: m.staysRecorded()})
		case deletion.Absent != nil:
			op.Warn(keykit.AbsentAtDelete(op.Services, deletion.Absent))
		}
	})
}
