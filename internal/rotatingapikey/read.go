package rotatingapikey

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/nebulablock/terraform-provider-nebula/internal/lifecycle"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// reader brings a model up to date with the list. After the first error it
// changes nothing more.
//
// Keys in leftover_ids are not looked up: they are forgotten when they have been
// deleted, never because a list lacks them.
type reader struct {
	services *tfkit.Services
	diags    *diag.Diagnostics
	err      error
}

// read looks all keys up. gone says that nothing is left to keep; after an
// error the model must not be used.
func (r *reader) read(ctx context.Context, m *model) (gone bool, err error) {
	r.previous(ctx, m)
	gone = r.current(ctx, m)
	r.unresolved(ctx, m)
	if !m.ID.IsNull() && m.CreatedAt.IsNull() {
		born, ok := lifecycle.TokenTime(m.CreationToken.ValueString())
		if !ok {
			born = r.services.Clock.Now()
		}
		m.date(born)
	}
	return gone && r.err == nil, r.err
}

// find looks a key up. Without a key and an error it is gone.
func (r *reader) find(ctx context.Context, ref lifecycle.Ref) (key *lifecycle.Key, gone *lifecycle.AbsentError, err error) {
	found, err := r.services.Keys.Find(ctx, ref, lifecycle.RefreshAge)
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
	_, gone, err := r.find(ctx, lifecycle.Ref{ID: nebula.ID(m.PreviousID.ValueString()), Token: m.CreationToken.ValueString()})
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
		r.diags.AddWarning("API key without id", "An earlier apply could not establish whether it made the key "+tfkit.Quoted(m.KeyName.ValueString())+
			", and without an ownership marker there is nothing to look for.\n\nState: It stays recorded as tainted.\n\n"+
			"Next: Look for a key of that name, delete it if it is a leftover, then apply: another is made.")
		return false
	case m.ID.IsNull() && m.CreationToken.IsNull():
		return false
	}
	key, gone, err := r.find(ctx, m.ref())
	var several *lifecycle.SeveralError
	switch {
	case errors.As(err, &several):
		r.warnOfSeveral(several, "The key stays recorded as tainted, without an id.")
	case err != nil:
		r.err = err
	case key != nil:
		m.refresh(*key)
	case m.ID.IsNull() && r.services.Keys.MayStillAppear(m.CreationToken.ValueString()):
		r.diags.AddWarning("API key not found yet", "An earlier apply could not establish whether it made the key "+tfkit.Quoted(m.KeyName.ValueString())+
			", and no list shows one with its ownership marker [tf:"+m.CreationToken.ValueString()+"] so far.\n\n"+
			"State: It stays recorded as tainted until its creation is ten minutes past.\n\n"+
			"Next: Apply: the key is looked for once more, deleted if it has appeared, and another is made.")
	case m.ID.IsNull(), m.Name.IsNull():
		// A first key that was never made, or an import of one that is not
		// there.
		return true
	default:
		if gone.Young {
			r.diags.AddWarning("API key gone soon after its creation", "Two complete lists lack key "+m.ID.ValueString()+
				", which was created less than two minutes ago: it was deleted elsewhere, or the list lags.\n\n"+
				"State: The key is no longer recorded, so the plan makes another.\n\nNext: Plan again before you apply.")
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
		key, _, err := r.find(ctx, lifecycle.Ref{Token: token})
		var several *lifecycle.SeveralError
		switch {
		case errors.As(err, &several):
			r.warnOfSeveral(several, "The marker stays recorded in unresolved_creation_tokens.")
		case err != nil:
			r.err = err
		case key != nil:
			m.addLeftover(ctx, string(key.ID))
			m.dropUnresolved(ctx, token)
		case !r.services.Keys.MayStillAppear(token):
			m.dropUnresolved(ctx, token)
		}
	}
}

func (r *reader) warnOfSeveral(several *lifecycle.SeveralError, state string) {
	r.diags.AddWarning("Several API keys with one ownership marker", tfkit.Sentence(several)+
		" No more than one of them was made by this resource.\n\nState: "+state+
		"\n\nNext: Find out which of them are in use, and delete the others. The last one is deleted by the apply after that; give it another description if it is to stay.")
}
