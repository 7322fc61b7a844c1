package apikey

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/keykit"
	"github.com/nebulablock/terraform-provider-nebula/internal/keyring"
	"github.com/nebulablock/terraform-provider-nebula/internal/listing"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

func (m *model) staysRecorded() string {
	return tfkit.Named("Key", m.ID, m.Name) + " stays in the state: it may still be valid."
}

// found takes over what the list shows of the key.
func found(ctx context.Context, op *tfkit.Operation, m *model, key keyring.Key) {
	keykit.ManagedKeys(op.Services).Note(key.ID, m.Fingerprint.ValueString())
	if m.beingImported() {
		keykit.WarnImported(op, "Its revocation works as with any other.",
			"If consumers need the secret from Terraform, replace the key (terraform apply -replace=ADDRESS) once it is imported.")
	}
	keykit.WarnIfInactive(op, key)
	// The response holds the prior state, so an unchanged key needs no more.
	// Setting a state takes a quarter of a read.
	if m.refresh(ctx, op, key) {
		op.Save(ctx, m)
	}
}

// gone removes a key that is proven to be gone from the state, unless it was
// never found and may still appear.
func gone(ctx context.Context, op *tfkit.Operation, m *model, absent *listing.AbsentError) {
	switch {
	case m.ID.IsNull():
		if keykit.MayStillAppear(ctx, op, m.CreationToken.ValueString()) {
			op.Warn(keykit.NotFoundYet(m.Name.ValueString(), m.CreationToken.ValueString()))
			return
		}
	case m.beingImported():
		// Terraform says that there is nothing to import.
	default:
		tfkit.GoneYoung(op, "API key", absent)
		keykit.WarnIfNoneFound(op, absent)
	}
	op.Forget(ctx)
}

// notRead keeps the state of a key of which the list says neither that it is
// there nor that it is gone.
func notRead(op *tfkit.Operation, m *model, err error) {
	var several *listing.SeveralError
	var hidden *keyring.HiddenMarkerError
	switch {
	case errors.As(err, &several):
		op.Warn(keykit.SeveralWithOneMarker(several, "No more than one of them was made for "+tfkit.Quoted(m.Name.ValueString())+"."))
	case errors.As(err, &hidden):
		op.Warn(keykit.WithoutID(m.Name.ValueString()))
	default:
		op.Fail(tfkit.Failure{Err: err, State: "The key stays in the state as it was."})
	}
}

// resolve finds the id of a key that is known by its marker alone, and reports
// whether there is one.
func resolve(ctx context.Context, op *tfkit.Operation, m *model) bool {
	token := m.CreationToken.ValueString()
	key, err := keykit.Keys(op.Services).Now().Find(ctx, m.ref())
	var hidden *keyring.HiddenMarkerError
	switch {
	case err == nil:
		m.ID = types.StringValue(string(key.ID))
		return true
	case errors.As(err, &hidden):
		op.Warn(keykit.Forgotten(m.Name.ValueString()))
	case !listing.IsAbsent(err):
		op.Fail(tfkit.Failure{Err: err, State: m.staysRecorded()})
	case keykit.MayStillAppear(ctx, op, token):
		op.Warn(keykit.MayAppear(token))
	}
	return false
}
