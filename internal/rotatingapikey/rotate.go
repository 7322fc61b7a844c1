package rotatingapikey

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/lifecycle"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// Update does what the plan decided: it rotates, retires the previous key, or
// only records arguments.
func (r *rotatingResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	const to = "rotate API key"
	ctx, end := r.Begin(ctx, to, &resp.Diagnostics)
	defer end()

	var plan, m model
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &m)...)
	services, diags := r.Services(ctx)
	resp.Diagnostics.Append(diags...)
	timeout, diags := plan.Timeouts.Update(ctx, updateTimeout)
	resp.Diagnostics.Append(diags...)
	resp.Diagnostics.Append(checkDurations(plan.RotateAfter, plan.Overlap)...)
	resp.Diagnostics.Append(tfkit.CheckRecipientsTogether(ctx, plan.AgeRecipients)...)
	if resp.Diagnostics.HasError() {
		return
	}
	timed, cancel := services.Clock.WithTimeout(ctx, timeout)
	defer cancel()

	w := writer{ctx: timed, services: services, m: &m, diags: &resp.Diagnostics,
		save: func() diag.Diagnostics { return resp.State.Set(ctx, m) }}
	m.RotateAfter, m.Overlap, m.Timeouts = plan.RotateAfter, plan.Overlap, plan.Timeouts
	m.RotateAt = rotateAt(m.CreatedAt, m.RotateAfter)
	rotate := plan.ID.IsUnknown()
	if !rotate {
		m.Name, m.Description, m.Keepers, m.AgeRecipients = plan.Name, plan.Description, plan.Keepers, plan.AgeRecipients
	}
	w.record()
	if !w.resolve(to) || rotate && !w.rotate(to, &plan) {
		return
	}
	if plan.PreviousID.IsNull() {
		w.retire(to)
	}
	w.sweep(to)
	resp.Diagnostics.Append(saveReadAt(ctx, resp.Private, services.Clock.Now())...)
}

// writer changes keys and records each change in state at once: what a later
// step breaks must not undo what is known.
type writer struct {
	ctx      context.Context
	services *tfkit.Services
	m        *model
	diags    *diag.Diagnostics
	save     func() diag.Diagnostics
}

func (w *writer) record() { w.diags.Append(w.save()...) }

func (w *writer) fail(to string, err error, state string) {
	tfkit.Report(w.diags, tfkit.Failure{To: to, Err: err, State: state})
}

// resolve deletes the key that an interrupted rotation may have made. Without
// that there is no other create, so that there is never more than one key to
// look for.
func (w *writer) resolve(to string) bool {
	if w.m.UnresolvedCreationToken.IsNull() {
		return true
	}
	token := w.m.UnresolvedCreationToken.ValueString()
	if err := w.services.Keys.Delete(w.ctx, lifecycle.Ref{Token: token}); err != nil {
		w.fail(to, err, "Everything stays recorded as it was, the key that an interrupted rotation may have made included (unresolved_creation_token).")
		return false
	}
	w.m.UnresolvedCreationToken = types.StringNull()
	w.record()
	return true
}

// rotate makes a new key, tries it, and only then lets it take the place of
// the old one.
func (w *writer) rotate(to string, plan *model) bool {
	if !w.mayRotate(to, plan) {
		return false
	}
	clock, keys := w.services.Clock, w.services.Keys
	made := clock.Now()
	name := nameOfGeneration(plan.Name.ValueString(), made)
	created, err := keys.Create(w.ctx, lifecycle.Spec{Name: name, Description: plan.Description.ValueString()})
	var undecided *lifecycle.UndecidedError
	switch {
	case errors.As(err, &undecided):
		w.m.undecidedRotation(w.ctx, undecided)
		w.record()
		w.fail(to, err, "The current key stays current. The key that may have been made is recorded, and the next apply deletes it before it makes another.")
		return false
	case err != nil:
		tfkit.Report(w.diags, tfkit.Failure{To: to, Err: err, State: "The current key stays current. No new key is left.", Arguments: []string{"name", "description"}})
		return false
	}

	// The new key exists, so an interrupt must not end this half-way.
	ctx, cancel := keys.Finishing(w.ctx)
	defer cancel()
	w.m.addLeftover(ctx, string(created.ID))
	w.record()
	if err := keys.Verify(ctx, created.Secret); err != nil {
		w.discard(ctx, to, created, fmt.Errorf("the new key %s was made, but did not prove to work: %w", created.ID, err))
		return false
	}
	next := *w.m
	next.Name, next.Description, next.Keepers, next.AgeRecipients = plan.Name, plan.Description, plan.Keepers, plan.AgeRecipients
	left := slices.DeleteFunc(next.leftovers(ctx), func(id string) bool { return id == string(created.ID) })
	if !next.ID.IsNull() {
		if !next.PreviousID.IsNull() {
			left = append(left, next.PreviousID.ValueString())
		}
		next.demote(clock.Now())
	}
	next.setLeftovers(ctx, left)
	if err := next.installed(ctx, created, name, made); err != nil {
		w.discard(ctx, "seal API key", created, err)
		return false
	}
	*w.m = next
	w.record()
	return true
}

// mayRotate refuses a rotation that would have to end with revoking the key
// that the provider authenticates with.
func (w *writer) mayRotate(to string, plan *model) bool {
	refusal := tfkit.RefuseOwnKey(w.services, to, w.m.PreviousFingerprint.ValueString(), w.m.PreviousID.ValueString())
	if duration(plan.Overlap) == 0 {
		refusal.Append(tfkit.RefuseOwnKey(w.services, to, w.m.Fingerprint.ValueString(), w.m.ID.ValueString())...)
	}
	w.diags.Append(refusal...)
	return !refusal.HasError()
}

// discard deletes a new key that cannot become the current one.
func (w *writer) discard(ctx context.Context, to string, created lifecycle.Created, cause error) {
	state := "The current key stays current. The new one was deleted again."
	if err := w.services.Keys.Delete(ctx, lifecycle.Ref{ID: created.ID, Token: created.Token}); err != nil {
		state = fmt.Sprintf("The current key stays current. The new key %s could not be deleted; it is recorded in leftover_ids, and the next apply tries again.", created.ID)
	} else {
		w.dropLeftover(string(created.ID))
	}
	w.record()
	w.fail(to, cause, state)
}

// retire deletes the previous key.
func (w *writer) retire(to string) {
	if w.m.PreviousID.IsNull() {
		return
	}
	id := w.m.PreviousID.ValueString()
	if refusal := tfkit.RefuseOwnKey(w.services, to, w.m.PreviousFingerprint.ValueString(), id); refusal.HasError() {
		w.diags.Append(refusal...)
		return
	}
	if err := w.services.Keys.Delete(w.ctx, lifecycle.Ref{ID: nebula.ID(id)}); err != nil {
		w.fail(to, fmt.Errorf("the previous key %s could not be deleted: %w", id, err), "It stays recorded as the previous key: it may still be valid. The next apply tries again.")
		return
	}
	w.m.forgetPrevious()
	w.record()
}

// sweep deletes what earlier applies left behind.
func (w *writer) sweep(to string) {
	for _, id := range w.m.leftovers(w.ctx) {
		if err := w.services.Keys.Delete(w.ctx, lifecycle.Ref{ID: nebula.ID(id)}); err != nil {
			w.fail(to, fmt.Errorf("the superseded key %s could not be deleted: %w", id, err), "It stays recorded in leftover_ids: it may still be valid. The next apply tries again.")
			continue
		}
		w.dropLeftover(id)
		w.record()
	}
}

func (w *writer) dropLeftover(id string) {
	w.m.setLeftovers(w.ctx, slices.DeleteFunc(w.m.leftovers(w.ctx), func(left string) bool { return left == id }))
}

func (w *writer) revokeCurrent(to string) {
	if w.m.ID.IsNull() && w.m.CreationToken.IsNull() {
		return
	}
	if err := w.services.Keys.Delete(w.ctx, w.m.ref()); err != nil {
		w.fail(to, err, "The key stays recorded: it may still be valid.")
		return
	}
	w.m.forgetCurrent()
	w.record()
}
