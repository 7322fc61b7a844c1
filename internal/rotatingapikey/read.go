package rotatingapikey

import (
	"context"
	"errors"

	"github.com/nebulablock/terraform-provider-nebula/internal/keykit"
	"github.com/nebulablock/terraform-provider-nebula/internal/keyring"
	"github.com/nebulablock/terraform-provider-nebula/internal/listing"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// reader brings a model up to date with the list. After the first error it
// changes nothing more.
//
// Keys in leftover_ids are not looked up: they are forgotten when they have been
// deleted, never because a list lacks them.
type reader struct {
	op   *tfkit.Operation
	keys *keyring.Keyring
	err  error
}

// read looks all keys up. gone says that nothing is left to keep; after an
// error the model must not be used.
func (r *reader) read(ctx context.Context, m *model) (gone bool, err error) {
	r.previous(ctx, m)
	gone = r.current(ctx, m)
	r.unresolved(ctx, m)
	if !m.ID.IsNull() && m.CreatedAt.IsNull() {
		born, ok := keyring.TokenTime(m.CreationToken.ValueString())
		if !ok {
			born = r.op.Clock.Now()
		}
		m.date(born)
	}
	return gone && r.err == nil, r.err
}

// find looks a key up. Without a key and an error it is gone.
func (r *reader) find(ctx context.Context, ref keyring.Ref) (key *keyring.Key, gone *listing.AbsentError, err error) {
	found, err := r.keys.ForRefresh().Find(ctx, ref)
	switch {
	case err == nil:
		return &found, nil, nil
	case errors.As(err, &gone):
		return nil, gone, nil
	default:
		return nil, nil, err
	}
}

// previous forgets a previous key that is gone: that is where it was headed. It
// is older than the current key, so the current key's token tells when a list
// can be believed to lack it.
func (r *reader) previous(ctx context.Context, m *model) {
	if r.err != nil || m.PreviousID.IsNull() {
		return
	}
	_, gone, err := r.find(ctx, keyring.Ref{ID: nebula.ID(m.PreviousID.ValueString()), Token: m.CreationToken.ValueString()})
	switch {
	case err != nil:
		r.err = err
	case gone != nil:
		m.forgetPrevious()
	}
}

// current looks the current key up. One that is gone is forgotten, so that the
// plan rotates; the answer true says that there is nothing left to keep.
func (r *reader) current(ctx context.Context, m *model) bool {
	switch {
	case r.err != nil:
		return false
	case m.unfindable():
		r.op.Warn(keykit.WithoutID(m.KeyName.ValueString()))
		return false
	case m.ID.IsNull() && m.CreationToken.IsNull():
		return false
	}
	key, gone, err := r.find(ctx, m.ref())
	var several *listing.SeveralError
	var hidden *keyring.HiddenMarkerError
	switch {
	case errors.As(err, &hidden):
		r.op.Warn(keykit.WithoutID(m.KeyName.ValueString()))
	case errors.As(err, &several):
		r.warnOfSeveral(several, "The key stays recorded as tainted, without an id.")
	case err != nil:
		r.err = err
	case key != nil:
		if m.Name.IsNull() {
			keykit.WarnImported(r.op, "They stay so until the first rotation.",
				"If consumers need the secret from Terraform now, rotate the key once it is imported: give it keepers and apply, then change them and apply again.")
		}
		m.refresh(ctx, r.op, *key)
	case m.ID.IsNull() && r.keys.MayStillAppear(m.CreationToken.ValueString(), r.op.Clock.Now()):
		r.op.Warn(keykit.NotFoundYet(m.KeyName.ValueString(), m.CreationToken.ValueString()))
	case m.ID.IsNull(), m.Name.IsNull():
		// A first key that was never made, or an import of one that is not
		// there.
		return true
	default:
		if gone.Young {
			r.op.Warn(keykit.GoneYoung(m.ID.ValueString(), "Plan again before you apply."))
		}
		m.forgetCurrent()
	}
	return false
}

// unresolved looks for the keys that interrupted rotations may have made.
func (r *reader) unresolved(ctx context.Context, m *model) {
	for _, token := range m.unresolved(ctx) {
		if r.err != nil {
			return
		}
		key, _, err := r.find(ctx, keyring.Ref{Token: token})
		var several *listing.SeveralError
		var hidden *keyring.HiddenMarkerError
		switch {
		case errors.As(err, &hidden):
			// No list will ever show it.
			m.dropUnresolved(ctx, token)
			r.op.Warn(keykit.Forgotten(m.Name.ValueString()))
		case errors.As(err, &several):
			r.warnOfSeveral(several, "The marker stays recorded in unresolved_creation_tokens.")
		case err != nil:
			r.err = err
		case key != nil:
			m.addLeftover(ctx, string(key.ID))
			m.dropUnresolved(ctx, token)
		case !r.keys.MayStillAppear(token, r.op.Clock.Now()):
			m.dropUnresolved(ctx, token)
		}
	}
}

func (r *reader) warnOfSeveral(several *listing.SeveralError, state string) {
	warning := keykit.SeveralWithOneMarker(several, "No more than one of them was made by this resource.")
	warning.State = state
	warning.Next = "Find out which of them are in use, and delete the others. The last one is deleted by the apply after that; give it another description if it is to stay."
	r.op.Warn(warning)
}
