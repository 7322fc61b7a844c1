package rotatingapikey

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"

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

	w := writer{services: services, m: &m, diags: &resp.Diagnostics,
		save: func() diag.Diagnostics { return resp.State.Set(ctx, m) }}
	w.update(timed, to, &plan)
}

// writer changes keys and records each change in state at once: what a later
// step breaks must not undo what is known.
type writer struct {
	services *tfkit.Services
	m        *model
	diags    *diag.Diagnostics
	save     func() diag.Diagnostics
}

// create makes the first key.
func (w *writer) create(ctx context.Context, to string) {
	m := w.m
	m.forgetPrevious()
	m.LeftoverIDs, m.UnresolvedCreationTokens = noStrings(), noStrings()
	now := w.services.Clock.Now()
	name := nameOfGeneration(m.Name.ValueString(), now)
	created, err := w.services.Keys.Create(ctx, lifecycle.Spec{Name: name, Description: m.Description.ValueString()})
	var undecided *lifecycle.UndecidedError
	switch {
	case err == nil:
		// A key that could not be sealed is recorded too, for the replacement
		// of what is tainted deletes it.
		sealErr := m.installed(ctx, created, name, now)
		w.record()
		if sealErr != nil {
			tfkit.Report(w.diags, tfkit.Failure{To: "seal API key", Err: sealErr,
				State: fmt.Sprintf("Key %s is recorded as tainted, without its secret. The next apply deletes it and makes another.", created.ID),
				Next:  "Check age_recipients, then apply again."})
		}
	case errors.As(err, &undecided):
		m.undecidedCreate(undecided, name)
		w.record()
		w.fail(to, err, "The key is recorded as tainted, without its secret.")
	default:
		tfkit.Report(w.diags, tfkit.Failure{To: to, Err: err, State: "No key was made that is left, and nothing is recorded.", Arguments: []string{"name", "description"}})
	}
}

// update does what the plan decided.
func (w *writer) update(ctx context.Context, to string, plan *model) {
	m := w.m
	m.RotateAfter, m.Overlap, m.Timeouts = plan.RotateAfter, plan.Overlap, plan.Timeouts
	m.RotateAt = rotateAt(m.CreatedAt, m.RotateAfter)
	rotate := plan.ID.IsUnknown()
	if !rotate {
		m.Name, m.Description, m.Keepers, m.AgeRecipients = plan.Name, plan.Description, plan.Keepers, plan.AgeRecipients
	}
	w.record()
	if rotate && !w.rotate(ctx, to, plan) {
		return
	}
	if plan.PreviousID.IsNull() {
		w.retire(ctx, to)
	}
	w.sweep(ctx, to)
	if !rotate && reached(m.RotateAt, w.services.Clock.Now()) {
		w.diags.AddWarning("API key is due for rotation", "Key "+m.ID.ValueString()+" is older than rotate_after, which this apply has only recorded.\n\n"+
			"Next: Apply again: the next plan rotates the key.")
	}
}

// destroy revokes every key of the resource. What could not be revoked stays
// recorded.
func (w *writer) destroy(ctx context.Context, to string) {
	refusal := tfkit.RefuseOwnKey(w.services, to, w.m.PreviousFingerprint.ValueString(), w.m.PreviousID.ValueString())
	refusal.Append(tfkit.RefuseOwnKey(w.services, to, w.m.Fingerprint.ValueString(), w.m.ID.ValueString())...)
	w.diags.Append(refusal...)
	if refusal.HasError() {
		return
	}
	w.resolve(ctx, to)
	w.sweep(ctx, to)
	w.retire(ctx, to)
	w.revokeCurrent(ctx, to)
}

func (w *writer) record() { w.diags.Append(w.save()...) }

func (w *writer) fail(to string, err error, state string) {
	tfkit.Report(w.diags, tfkit.Failure{To: to, Err: err, State: state})
}

// rotate makes a new key, tries it, and only then lets it take the place of
// the old one.
func (w *writer) rotate(ctx context.Context, to string, plan *model) bool {
	if !w.mayRotate(to, plan) {
		return false
	}
	clock, keys := w.services.Clock, w.services.Keys
	made := clock.Now()
	name := nameOfGeneration(plan.Name.ValueString(), made)
	created, err := keys.Create(ctx, lifecycle.Spec{Name: name, Description: plan.Description.ValueString()})
	var undecided *lifecycle.UndecidedError
	switch {
	case errors.As(err, &undecided):
		state := "The current key stays current. The key that may have been made is recorded by its marker or id; an apply that finds it deletes it."
		if !w.m.undecidedRotation(ctx, undecided) {
			state = "The current key stays current. The key that may have been made carries no ownership marker (ownership_marker is false), so it is not recorded."
		}
		w.record()
		w.fail(to, err, state)
		return false
	case err != nil:
		tfkit.Report(w.diags, tfkit.Failure{To: to, Err: err, State: "The current key stays current. No new key is left.", Arguments: []string{"name", "description"}})
		return false
	}

	// The new key exists, so an interrupt must not end this half-way.
	ctx, cancel := keys.Finishing(ctx)
	defer cancel()
	w.m.addLeftover(ctx, string(created.ID))
	w.record()
	if err := keys.Verify(ctx, created.Secret); err != nil {
		w.discard(ctx, to, created, fmt.Errorf("the new key %s was made, but did not prove to work: %w", created.ID, err))
		return false
	}
	next := *w.m
	next.Name, next.Description, next.Keepers, next.AgeRecipients = plan.Name, plan.Description, plan.Keepers, plan.AgeRecipients
	next.dropLeftover(ctx, string(created.ID))
	if !next.ID.IsNull() {
		if !next.PreviousID.IsNull() {
			next.addLeftover(ctx, next.PreviousID.ValueString())
		}
		next.demote(clock.Now())
	}
	next.PreviousKey = keptInPlain(next.PreviousKey, next.AgeRecipients)
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
	if w.m.ID.IsNull() {
		// The new key takes nobody's place.
		return true
	}
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
		w.m.dropLeftover(ctx, string(created.ID))
	}
	w.record()
	w.fail(to, cause, state)
}

// superseded is a key of which the id is recorded and the age is not. It counts
// as made this moment, so that after a delete with no clear answer a list which
// lacks it is believed only when it has had the time to show it.
func (w *writer) superseded(id string) lifecycle.Ref {
	// Without random bits the age is unknown, which is no worse.
	token, _ := lifecycle.NewToken(w.services.Clock.Now(), rand.Reader)
	return lifecycle.Ref{ID: nebula.ID(id), Token: token}
}

// retire deletes the previous key.
func (w *writer) retire(ctx context.Context, to string) {
	if w.m.PreviousID.IsNull() {
		return
	}
	id := w.m.PreviousID.ValueString()
	if refusal := tfkit.RefuseOwnKey(w.services, to, w.m.PreviousFingerprint.ValueString(), id); refusal.HasError() {
		w.diags.Append(refusal...)
		return
	}
	if err := w.services.Keys.Delete(ctx, w.superseded(id)); err != nil {
		w.fail(to, fmt.Errorf("the previous key %s could not be deleted: %w", id, err), "Key "+id+" stays recorded as the previous key: it may still be valid. The next apply tries again.")
		return
	}
	w.m.forgetPrevious()
	w.record()
}

// sweep deletes what earlier applies left behind.
func (w *writer) sweep(ctx context.Context, to string) {
	for _, id := range w.m.leftovers(ctx) {
		if err := w.services.Keys.Delete(ctx, w.superseded(id)); err != nil {
			w.fail(to, fmt.Errorf("the superseded key %s could not be deleted: %w", id, err), "Key "+id+" stays recorded in leftover_ids: it may still be valid. The next apply tries again.")
			continue
		}
		w.m.dropLeftover(ctx, id)
		w.record()
	}
}

// resolve deletes the keys that interrupted rotations may have made. It is for
// the end of the resource; before that, reading it finds them.
func (w *writer) resolve(ctx context.Context, to string) {
	for _, token := range w.m.unresolved(ctx) {
		if !w.revokeByToken(ctx, to, token) {
			continue
		}
		w.m.dropUnresolved(ctx, token)
		w.record()
	}
}

// revokeByToken deletes the key that carries a marker, if there is one, and
// reports whether nothing of it needs to be remembered.
func (w *writer) revokeByToken(ctx context.Context, to, token string) bool {
	key, err := w.services.Keys.Find(ctx, lifecycle.Ref{Token: token}, 0)
	switch {
	case err == nil:
		err = w.services.Keys.Delete(ctx, lifecycle.Ref{ID: key.ID, Token: token})
	case lifecycle.IsAbsent(err):
		if w.services.Keys.MayStillAppear(token) {
			tfkit.WarnMayAppear(w.diags, token)
		}
		return true
	}
	if err != nil {
		w.fail(to, err, "The key that may have been made stays recorded by its ownership marker [tf:"+token+"].")
	}
	return err == nil
}

func (w *writer) revokeCurrent(ctx context.Context, to string) {
	switch {
	case w.m.unfindable():
		w.diags.AddWarning("API key without id forgotten", "An earlier apply could not establish whether it made the key "+tfkit.Quoted(w.m.KeyName.ValueString())+
			", and without an ownership marker there is nothing to look for.\n\nState: It is no longer recorded; nothing was deleted.\n\n"+
			"Next: Look for a key of that name, and delete it if it is a leftover.")
		return
	case w.m.ID.IsNull() && w.m.CreationToken.IsNull():
		return
	case w.m.ID.IsNull():
		if !w.revokeByToken(ctx, to, w.m.CreationToken.ValueString()) {
			return
		}
	default:
		if err := w.services.Keys.Delete(ctx, w.m.ref()); err != nil {
			w.fail(to, err, "Key "+w.m.ID.ValueString()+" stays recorded: it may still be valid.")
			return
		}
	}
	w.m.forgetCurrent()
	w.record()
}
