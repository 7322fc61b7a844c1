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

type keyResource struct{ tfkit.ByID }

// NewResource is the resource nebula_ssh_key.
func NewResource() resource.Resource {
	return &keyResource{tfkit.ByID{Resource: tfkit.Resource{Type: "ssh_key"}, Thing: thing, Shown: "the data source nebula_ssh_keys"}}
}

// registryOf is the registry that all operations of a configured provider share.
func registryOf(s *tfkit.Services) *registry {
	return tfkit.Shared(s, func(s *tfkit.Services) *registry { return newRegistry(s.Client, s.Clock) })
}

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
		var undecided *listing.UndecidedError
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
			op.Fail(tfkit.Failure{Err: err, State: "No SSH key was made, and nothing is in the state.", Arguments: []string{"name", "public_key"}, Spelled: spelled()})
		}
	})
}

// Read looks the entry up in the list that all reads of this run share. Only a
// proven absence removes it from state.
func (r *keyResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var m model
	r.Run(ctx, tfkit.Reading("read SSH key", &m, req, resp), func(ctx context.Context, op *tfkit.Operation) {
		object := m.object(op)
		if m.ID.IsNull() {
			if now, wrong := object.CheckTime(ctx, op); wrong {
				m.CreatedAt = now
				op.Save(ctx, &m)
				object = m.object(op)
			}
		}
		if found, ok := object.Refresh(ctx, op); ok {
			refresh(ctx, op, &m, found)
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
			stored, err := registryOf(op.Services).rename(ctx, prior.object(op).Wanted, prior.Name.ValueString(), m.Name.ValueString())
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
		m.object(op).Delete(ctx, op, op.Client.DeleteSSHKey)
	})
}
