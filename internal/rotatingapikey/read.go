package rotatingapikey

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/lifecycle"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// reader brings a model up to date with the list. After the first error it
// changes nothing more.
type reader struct {
	ctx   context.Context
	keys  *lifecycle.Keeper
	diags *diag.Diagnostics
	err   error
}

func (r *reader) find(ref lifecycle.Ref) (key lifecycle.Key, absent *lifecycle.AbsentError) {
	key, err := r.keys.Find(r.ctx, ref, lifecycle.RefreshAge)
	if err != nil && !errors.As(err, &absent) {
		r.err = err
	}
	return key, absent
}

// current looks the current key up. One that is gone is forgotten, so that the
// plan rotates; gone says that there is nothing left to keep.
func (r *reader) current(m *model) (gone bool) {
	if m.ID.IsNull() && m.CreationToken.IsNull() {
		return false
	}
	key, absent := r.find(m.ref())
	switch {
	case r.err != nil:
	case absent == nil:
		m.refresh(key)
	case m.ID.IsNull() && r.keys.MayStillAppear(m.CreationToken.ValueString()):
		r.diags.AddWarning("API key not found yet", "An earlier apply could not establish whether it made the key "+tfkit.Quoted(m.Name.ValueString())+
			", and no list shows one with its ownership marker [tf:"+m.CreationToken.ValueString()+"] so far.\n\n"+
			"State: It stays recorded as tainted until its creation is ten minutes past.\n\n"+
			"Next: Apply: the key is looked for once more, deleted if it has appeared, and another is made.")
	case m.ID.IsNull(), m.Name.IsNull():
		// A first key that was never made, or an import of one that is not
		// there.
		return true
	default:
		if absent.Young {
			r.diags.AddWarning("API key gone soon after its creation", "Two complete lists lack key "+m.ID.ValueString()+
				", which was created less than two minutes ago: it was deleted elsewhere, or the list lags.\n\n"+
				"State: The key is no longer recorded, so the plan makes another.\n\nNext: Plan again before you apply.")
		}
		m.forgetCurrent()
	}
	return false
}

// previous forgets a previous key that is gone: that is where it was headed.
func (r *reader) previous(m *model) {
	if r.err != nil || m.PreviousID.IsNull() {
		return
	}
	if _, absent := r.find(lifecycle.Ref{ID: nebula.ID(m.PreviousID.ValueString())}); absent != nil {
		m.forgetPrevious()
	}
}

func (r *reader) leftovers(m *model) {
	var left []string
	for _, id := range m.leftovers(r.ctx) {
		if r.err != nil {
			return
		}
		if _, absent := r.find(lifecycle.Ref{ID: nebula.ID(id)}); absent == nil {
			left = append(left, id)
		}
	}
	m.setLeftovers(r.ctx, left)
}

// unresolved looks for the key that an interrupted rotation may have made.
func (r *reader) unresolved(m *model) {
	token := m.UnresolvedCreationToken.ValueString()
	if r.err != nil || token == "" {
		return
	}
	key, absent := r.find(lifecycle.Ref{Token: token})
	var several *lifecycle.SeveralError
	switch {
	case errors.As(r.err, &several):
		r.err = nil
		r.diags.AddWarning("Several API keys with one ownership marker", tfkit.Sentence(several)+
			" No more than one of them was made by this resource.\n\nNext: Find out which of them are in use, delete the others, then apply.")
	case r.err != nil:
	case absent == nil:
		m.addLeftover(r.ctx, string(key.ID))
		m.UnresolvedCreationToken = types.StringNull()
	case !r.keys.MayStillAppear(token):
		m.UnresolvedCreationToken = types.StringNull()
	}
}
