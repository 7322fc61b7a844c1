package apikey

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/keykit"
	"github.com/nebulablock/terraform-provider-nebula/internal/keyring"
	"github.com/nebulablock/terraform-provider-nebula/internal/listing"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

var (
	_ resource.ResourceWithConfigure      = (*keyResource)(nil)
	_ resource.ResourceWithIdentity       = (*keyResource)(nil)
	_ resource.ResourceWithImportState    = (*keyResource)(nil)
	_ resource.ResourceWithValidateConfig = (*keyResource)(nil)
)

type keyResource struct{ tfkit.ByID }

// NewResource is the resource nebula_api_key.
func NewResource() resource.Resource {
	return &keyResource{tfkit.ByID{Thing: "API key", Shown: "the data source nebula_api_keys"}}
}

func (r *keyResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_api_key"
	// The identity of a key whose create was ambiguous changes once, when its
	// id becomes known.
	resp.ResourceBehavior.MutableIdentity = true
}

const (
	staysRecorded = "The key stays recorded: it may still be valid."
	nothingLeft   = "No key was made that is left, and nothing is recorded."
)

// Create makes a key and puts the API's answer into state before anything else
// can fail. A key that may or may not have been made is saved as well, tainted
// and without an id, so that the next run resolves it.
func (r *keyResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var m model
	r.Run(ctx, tfkit.Creating("create API key", &m, req, resp), func(ctx context.Context, op *tfkit.Operation) {
		// What was unknown while planning is known now, and must be checked
		// before there is a key that could not be sealed.
		if op.Append(keykit.CheckRecipientsTogether(ctx, m.AgeRecipients)) {
			return
		}
		created, err := keykit.Keys(op.Services).Create(ctx, m.spec())
		var undecided *keyring.UndecidedError
		switch {
		case err == nil:
			r.keep(ctx, op, &m, created)
		case errors.As(err, &undecided):
			m.undecided(undecided)
			op.Save(ctx, &m)
			op.Fail(tfkit.Failure{Err: err, State: stateOfUndecided(m)})
		default:
			op.Fail(tfkit.Failure{Err: err, State: nothingLeft, Arguments: []string{"name", "description"}})
		}
	})
}

// keep saves a new key. One that cannot be sealed is useless, since nobody may
// see it in plaintext, and goes away again.
func (r *keyResource) keep(ctx context.Context, op *tfkit.Operation, m *model, created keyring.Created) {
	sealErr := m.created(ctx, created)
	if sealErr == nil {
		op.Save(ctx, m)
		return
	}
	state := "The key was deleted again, and nothing is recorded."
	if err := keykit.Keys(op.Services).DeleteOwn(ctx, m.ref()); err != nil {
		state = fmt.Sprintf("The key is recorded as tainted, without its secret, because deleting key %s failed too: %s", created.ID, tfkit.Sentence(err))
		if _, unproven := errors.AsType[*keyring.UnprovenError](err); unproven {
			m.ID = types.StringNull()
		}
		op.Save(ctx, m)
	}
	op.Fail(tfkit.Failure{To: "seal API key", Err: sealErr, State: state, Next: "Check age_recipients, then apply again."})
}

func stateOfUndecided(m model) string {
	switch {
	case !m.ID.IsNull():
		return fmt.Sprintf("Key %s is recorded as tainted, without its secret.", m.ID.ValueString())
	case !m.CreationToken.IsNull():
		return fmt.Sprintf("The key is recorded as tainted, without an id; its creation_token is %s.", m.CreationToken.ValueString())
	default:
		return "The key is recorded as tainted, without an id. It carries no ownership marker (ownership_marker is false), so Terraform cannot find it."
	}
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
		keys := keykit.Keys(op.Services)
		key, err := keys.ForRefresh().Find(ctx, m.ref())
		var absent *listing.AbsentError
		var several *listing.SeveralError
		var hidden *keyring.HiddenMarkerError
		switch {
		case err == nil:
			keykit.ManagedKeys(op.Services).Note(key.ID, m.Fingerprint.ValueString())
			// The response holds the prior state, so an unchanged key needs no
			// more. Setting a state takes a quarter of a read.
			if m.refresh(key) {
				op.Save(ctx, &m)
			}
		case errors.As(err, &absent):
			r.gone(ctx, op, &m, absent)
		case errors.As(err, &several):
			op.Warn(keykit.SeveralWithOneMarker(several, "No more than one of them was made for "+tfkit.Quoted(m.Name.ValueString())+"."))
		case errors.As(err, &hidden):
			op.Warn(keykit.WithoutID(m.Name.ValueString()))
		default:
			op.Fail(tfkit.Failure{Err: err, State: "The key stays recorded as it was."})
		}
	})
}

// gone removes a key that is proven to be gone from the state, unless it was
// never found and may still appear.
func (r *keyResource) gone(ctx context.Context, op *tfkit.Operation, m *model, absent *listing.AbsentError) {
	if m.ID.IsNull() && keykit.Keys(op.Services).MayStillAppear(m.CreationToken.ValueString(), op.Clock.Now()) {
		op.Warn(keykit.NotFoundYet(m.Name.ValueString(), m.CreationToken.ValueString()))
		return
	}
	if absent.Young {
		op.Warn(keykit.GoneYoung(m.ID.ValueString(), "Plan again before you apply. If the key is back, import it instead."))
	}
	op.Forget(ctx)
}

// Update only records arguments: whatever would change the key itself replaces
// it. That leaves time-outs, and the keepers and recipients that an imported
// key is given.
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
		case m.ID.IsNull() && !r.resolve(ctx, op, &m):
			return
		}
		deletion, err := keykit.Keys(op.Services).Delete(ctx, m.ref())
		switch {
		case err != nil:
			op.Fail(tfkit.Failure{Err: err, State: staysRecorded})
		case deletion.Absent != nil:
			op.Warn(keykit.AbsentAtDelete(op.Services, deletion.Absent))
		}
	})
}

// resolve finds the id of a key that is known by its marker alone, and reports
// whether there is one.
func (r *keyResource) resolve(ctx context.Context, op *tfkit.Operation, m *model) bool {
	keys, token := keykit.Keys(op.Services), m.CreationToken.ValueString()
	key, err := keys.Now().Find(ctx, m.ref())
	var hidden *keyring.HiddenMarkerError
	switch {
	case err == nil:
		m.ID = types.StringValue(string(key.ID))
		return true
	case errors.As(err, &hidden):
		op.Warn(keykit.Forgotten(m.Name.ValueString()))
	case !listing.IsAbsent(err):
		op.Fail(tfkit.Failure{Err: err, State: staysRecorded})
	case keys.MayStillAppear(token, op.Clock.Now()):
		op.Warn(keykit.MayAppear(token))
	}
	return false
}

// ImportState takes an id, alone or as identity.
func (r *keyResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	r.ByID.ImportState(ctx, req, resp)
	if !resp.Diagnostics.HasError() {
		resp.Diagnostics.Append(keykit.ImportedWithoutSecret("Its revocation works as with any other.",
			"If consumers need the secret from Terraform, replace the key (terraform apply -replace=ADDRESS) once it is imported.").Warning())
	}
}
