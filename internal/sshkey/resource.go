package sshkey

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

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

// thing is what people call one; things are several.
const (
	thing  = "SSH key"
	things = "SSH keys"
)

type keyResource struct{ tfkit.ByID }

// NewResource is the resource nebula_ssh_key.
func NewResource() resource.Resource {
	return &keyResource{tfkit.ByID{Thing: thing, Shown: "the data source nebula_ssh_keys"}}
}

func (r *keyResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_ssh_key"
	// The identity of an entry whose create was ambiguous changes once, when its
	// id becomes known.
	resp.ResourceBehavior.MutableIdentity = true
}

// registryOf is the registry that all operations of a configured provider share.
func registryOf(s *tfkit.Services) *registry {
	return tfkit.Shared(s, func(s *tfkit.Services) *registry { return newRegistry(s.Client, s.Clock) })
}

const (
	nothingMade   = "No SSH key was made, and nothing is in the state."
	staysRecorded = "The SSH key stays in the state."
)

// spelled are the fields of the API that are called otherwise than the
// arguments.
func spelled() map[string]string {
	return map[string]string{"key_name": "name", "key_data": "public_key"}
}

// Create registers the public key. An entry that may or may not have been made
// is saved as well, tainted and without an id, so that the next run resolves it.
func (r *keyResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var m model
	r.Run(ctx, tfkit.Creating("create SSH key", &m, req, resp), func(ctx context.Context, op *tfkit.Operation) {
		// What was unknown while planning is known now.
		key, ok := checkPublicKey(op, m.PublicKey)
		if !ok {
			return
		}
		made, err := registryOf(op.Services).create(ctx, m.Name.ValueString(), key)
		var undecided *undecidedError
		switch {
		case err == nil:
			m.made(made, key)
			noteName(ctx, op, &m, made.Name)
			op.Save(ctx, &m)
		case errors.As(err, &undecided):
			m.undecided(undecided, key)
			op.Save(ctx, &m)
			op.Fail(tfkit.Failure{Err: err, State: "The SSH key is in the state as tainted, without an id."})
		default:
			op.Fail(tfkit.Failure{Err: err, State: nothingMade, Arguments: []string{"name", "public_key"}, Spelled: spelled()})
		}
	})
}

// Read looks the entry up in the list that all reads of this run share. Only a
// proven absence removes it from state.
func (r *keyResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var m model
	r.Run(ctx, tfkit.Reading("read SSH key", &m, req, resp), func(ctx context.Context, op *tfkit.Operation) {
		keys := registryOf(op.Services)
		if m.ID.IsNull() && !keys.believable(m.born()) {
			warnClock(ctx, op, &m)
		}
		if m.unfindable() {
			lost(ctx, op, &m)
			return
		}
		found, err := keys.find(ctx, keys.list.ForRefresh(), m.ref())
		var absent *listing.AbsentError
		var several *listing.SeveralError
		var hidden *hiddenError
		switch {
		case err == nil:
			refresh(ctx, op, &m, found)
		case errors.As(err, &absent):
			gone(ctx, op, &m, absent)
		case errors.As(err, &several):
			op.Warn(severalFound(several))
		case errors.As(err, &hidden):
			lost(ctx, op, &m)
		default:
			op.Fail(tfkit.Failure{Err: err, State: "The SSH key stays in the state as it was."})
		}
	})
}

// Update renames. A public key that is written in another way is recorded
// without a call.
func (r *keyResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var m, prior model
	r.Run(ctx, tfkit.Updating("update SSH key", &m, &prior, req, resp), func(ctx context.Context, op *tfkit.Operation) {
		key, ok := checkPublicKey(op, m.PublicKey)
		if !ok {
			return
		}
		if !prior.PublicKey.IsNull() && fingerprintOf(prior.PublicKey.ValueString()) != key.fingerprint {
			op.Refuse(otherKey())
			return
		}
		m.Fingerprint = types.StringValue(key.fingerprint)
		if !m.Name.Equal(prior.Name) {
			stored, err := registryOf(op.Services).rename(ctx, prior.ref(), m.Name.ValueString())
			if err != nil {
				op.Fail(tfkit.Failure{To: "rename SSH key", Err: err, State: "The SSH key stays in the state with its old name.", Arguments: []string{"name"}, Spelled: spelled()})
				return
			}
			noteName(ctx, op, &m, stored)
		}
		op.Save(ctx, &m)
	})
}

// Delete deletes the entry. State goes only when it is certain that the entry is
// gone.
func (r *keyResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var m model
	r.Run(ctx, tfkit.Deleting("delete SSH key", &m, req, resp), func(ctx context.Context, op *tfkit.Operation) {
		if m.ID.IsNull() && !resolve(ctx, op, &m) {
			return
		}
		deletion, err := registryOf(op.Services).remove(ctx, m.ref())
		switch {
		case err != nil:
			op.Fail(tfkit.Failure{Err: err, State: staysRecorded})
		case deletion.Absent != nil:
			tfkit.GoneAlready(op, thing, deletion.Absent)
		}
	})
}

// resolve finds the id of an entry that is known by its public key alone, and
// reports whether there is one.
func resolve(ctx context.Context, op *tfkit.Operation, m *model) bool {
	if m.unfindable() {
		op.Warn(forgotten(m))
		return false
	}
	keys := registryOf(op.Services)
	found, err := keys.find(ctx, keys.list.Now(), m.ref())
	var hidden *hiddenError
	switch {
	case err == nil:
		m.ID = types.StringValue(string(found.ID))
		return true
	case errors.As(err, &hidden):
		op.Warn(forgotten(m))
	case !listing.IsAbsent(err):
		op.Fail(tfkit.Failure{Err: err, State: staysRecorded})
	case keys.mayStillAppear(m.born()):
		op.Warn(mayAppear(m))
	}
	return false
}
