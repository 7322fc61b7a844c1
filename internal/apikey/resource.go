package apikey

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/lifecycle"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// Time-outs of operations that are not configured. Reading can wait out a rate
// limit and a list's lag, so it needs some minutes too.
const (
	defaultTimeout = 5 * time.Minute
	readTimeout    = 5 * time.Minute
)

var (
	_ resource.ResourceWithConfigure      = (*keyResource)(nil)
	_ resource.ResourceWithIdentity       = (*keyResource)(nil)
	_ resource.ResourceWithImportState    = (*keyResource)(nil)
	_ resource.ResourceWithValidateConfig = (*keyResource)(nil)
)

type keyResource struct{ tfkit.Resource }

// NewResource is the resource nebula_api_key.
func NewResource() resource.Resource { return &keyResource{} }

func (r *keyResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_api_key"
	// The identity of a key whose create was ambiguous changes once, when its
	// id becomes known.
	resp.ResourceBehavior.MutableIdentity = true
}

// Create makes a key and puts the API's answer into state before anything else
// can fail. A key that may or may not have been made is saved as well, tainted
// and without an id, so that the next run resolves it.
func (r *keyResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	const to = "create API key"
	ctx, end := r.Begin(ctx, to, &resp.Diagnostics)
	defer end()

	var m model
	resp.Diagnostics.Append(req.Plan.Get(ctx, &m)...)
	services, diags := r.Services(ctx)
	resp.Diagnostics.Append(diags...)
	timeout, diags := m.Timeouts.Create(ctx, defaultTimeout)
	resp.Diagnostics.Append(diags...)
	// What was unknown while planning is known now, and must be checked
	// before there is a key that could not be sealed.
	resp.Diagnostics.Append(tfkit.CheckRecipientsTogether(ctx, m.AgeRecipients)...)
	if resp.Diagnostics.HasError() {
		return
	}
	timed, cancel := services.Clock.WithTimeout(ctx, timeout)
	defer cancel()

	created, err := services.Keys.Create(timed, m.spec())
	var undecided *lifecycle.UndecidedError
	switch {
	case err == nil:
		if err := m.created(ctx, created); err != nil {
			r.unsealable(timed, services, &m, err, resp)
			return
		}
		resp.Diagnostics.Append(resp.State.Set(ctx, m)...)
		resp.Diagnostics.Append(setIdentity(ctx, resp.Identity, m)...)
	case errors.As(err, &undecided):
		m.undecided(undecided)
		resp.Diagnostics.Append(resp.State.Set(ctx, m)...)
		resp.Diagnostics.Append(setIdentity(ctx, resp.Identity, m)...)
		tfkit.Report(&resp.Diagnostics, tfkit.Failure{To: to, Err: err, State: stateOfUndecided(m)})
	default:
		tfkit.Report(&resp.Diagnostics, tfkit.Failure{To: to, Err: err, State: "No key was made that is left, and nothing is recorded.", Arguments: []string{"name", "description"}})
	}
}

// unsealable deals with a key that was made but cannot be sealed: nobody may
// see it in plaintext, so it is useless and goes away again.
func (r *keyResource) unsealable(ctx context.Context, services *tfkit.Services, m *model, cause error, resp *resource.CreateResponse) {
	state := "The key was deleted again, and nothing is recorded."
	if err := services.Keys.Delete(ctx, m.ref()); err != nil {
		state = fmt.Sprintf("Key %s is recorded as tainted, because deleting it failed too. The next apply deletes it and makes another.", m.ID.ValueString())
		resp.Diagnostics.Append(resp.State.Set(ctx, m)...)
		resp.Diagnostics.Append(setIdentity(ctx, resp.Identity, *m)...)
	}
	tfkit.Report(&resp.Diagnostics, tfkit.Failure{To: "seal API key", Err: cause, State: state, Next: "Check age_recipients, then apply again."})
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
	const to = "read API key"
	ctx, end := r.Begin(ctx, to, &resp.Diagnostics)
	defer end()

	var m model
	resp.Diagnostics.Append(req.State.Get(ctx, &m)...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(setIdentity(ctx, resp.Identity, m)...)
	if r.SkipRefresh("API key", &resp.Diagnostics) {
		return
	}
	if m.ID.IsNull() && m.CreationToken.IsNull() {
		resp.Diagnostics.AddWarning("API key without id", "An earlier apply could not establish whether it made the key "+tfkit.Quoted(m.Name.ValueString())+
			", and without an ownership marker there is nothing to look for.\n\nState: It stays recorded as tainted.\n\n"+
			"Next: Look for a key of that name, delete it if it is a leftover, then apply: another is made.")
		return
	}
	services, diags := r.Services(ctx)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	timed, cancel := services.Clock.WithTimeout(ctx, readTimeout)
	defer cancel()

	key, err := services.Keys.Find(timed, m.ref(), lifecycle.RefreshAge)
	var absent *lifecycle.AbsentError
	var several *lifecycle.SeveralError
	switch {
	case err == nil:
		services.NoteKey(string(key.ID), m.Fingerprint.ValueString())
		// The response holds the prior state, so an unchanged key needs no
		// more. Setting a state takes a quarter of a read.
		if m.refresh(key) {
			resp.Diagnostics.Append(resp.State.Set(ctx, m)...)
			resp.Diagnostics.Append(setIdentity(ctx, resp.Identity, m)...)
		}
	case errors.As(err, &absent) && m.ID.IsNull() && services.Keys.MayStillAppear(m.CreationToken.ValueString()):
		resp.Diagnostics.AddWarning("API key not found yet", "An earlier apply could not establish whether it made the key "+tfkit.Quoted(m.Name.ValueString())+
			", and no list shows one with its ownership marker [tf:"+m.CreationToken.ValueString()+"] so far.\n\n"+
			"State: It stays recorded as tainted until its creation is ten minutes past.\n\n"+
			"Next: Apply: the key is looked for once more, deleted if it has appeared, and another is made.")
	case errors.As(err, &absent):
		if absent.Young {
			resp.Diagnostics.AddWarning("API key gone soon after its creation", "Two complete lists lack key "+m.ID.ValueString()+
				", which was created less than two minutes ago: it was deleted elsewhere, or the list lags.\n\n"+
				"State: The key is no longer recorded, so the plan creates another.\n\n"+
				"Next: Plan again before you apply. If the key is back, import it instead.")
		}
		resp.State.RemoveResource(ctx)
	case errors.As(err, &several):
		resp.Diagnostics.AddWarning("Several API keys with one ownership marker", tfkit.Sentence(err)+" No more than one of them was made for "+tfkit.Quoted(m.Name.ValueString())+
			".\n\nState: It stays recorded as tainted, without an id.\n\n"+
			"Next: Find out which of them are in use, delete the others, then apply.")
	default:
		tfkit.Report(&resp.Diagnostics, tfkit.Failure{To: to, Err: err, State: "The key stays recorded as it was."})
	}
}

// Update only records arguments: whatever would change the key itself replaces
// it. That leaves time-outs, and the keepers and recipients that an imported
// key is given.
func (r *keyResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	ctx, end := r.Begin(ctx, "update API key", &resp.Diagnostics)
	defer end()

	var m model
	resp.Diagnostics.Append(req.Plan.Get(ctx, &m)...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, m)...)
	resp.Diagnostics.Append(setIdentity(ctx, resp.Identity, m)...)
}

// Delete revokes the key. State goes only when it is certain that the key is
// revoked.
func (r *keyResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	const to = "delete API key"
	ctx, end := r.Begin(ctx, to, &resp.Diagnostics)
	defer end()

	var m model
	resp.Diagnostics.Append(req.State.Get(ctx, &m)...)
	services, diags := r.Services(ctx)
	resp.Diagnostics.Append(diags...)
	timeout, diags := m.Timeouts.Delete(ctx, defaultTimeout)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	if m.ID.IsNull() && m.CreationToken.IsNull() {
		resp.Diagnostics.AddWarning("API key without id forgotten", "An earlier apply could not establish whether it made the key "+tfkit.Quoted(m.Name.ValueString())+
			", and without an ownership marker there is nothing to look for.\n\nState: It is no longer recorded; nothing was deleted.\n\n"+
			"Next: Look for a key of that name, and delete it if it is a leftover.")
		return
	}
	resp.Diagnostics.Append(tfkit.RefuseOwnKey(services, to, m.Fingerprint.ValueString(), m.ID.ValueString())...)
	if resp.Diagnostics.HasError() {
		return
	}
	timed, cancel := services.Clock.WithTimeout(ctx, timeout)
	defer cancel()
	if m.ID.IsNull() {
		key, err := services.Keys.Find(timed, m.ref(), 0)
		switch {
		case lifecycle.IsAbsent(err):
			if services.Keys.MayStillAppear(m.CreationToken.ValueString()) {
				tfkit.WarnMayAppear(&resp.Diagnostics, m.CreationToken.ValueString())
			}
			return
		case err != nil:
			tfkit.Report(&resp.Diagnostics, tfkit.Failure{To: to, Err: err, State: "The key stays recorded: it may still be valid."})
			return
		}
		m.ID = types.StringValue(string(key.ID))
	}
	if err := services.Keys.Delete(timed, m.ref()); err != nil {
		tfkit.Report(&resp.Diagnostics, tfkit.Failure{To: to, Err: err, State: "The key stays recorded: it may still be valid."})
	}
}

// ImportState takes an id, alone or as identity.
func (r *keyResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	ctx, end := r.Begin(ctx, "import API key", &resp.Diagnostics)
	defer end()

	resource.ImportStatePassthroughWithIdentity(ctx, path.Root("id"), path.Root("id"), req, resp)
	var id types.String
	resp.Diagnostics.Append(resp.State.GetAttribute(ctx, path.Root("id"), &id)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if strings.HasPrefix(id.ValueString(), "ak_") {
		resp.Diagnostics.AddAttributeError(path.Root("id"), "Invalid API key id", "This is a key itself, not its id, and is not repeated here."+
			" Import by the id that the data source nebula_api_keys shows, not by name or secret.")
		return
	}
	if _, err := nebula.ParseID(id.ValueString()); err != nil {
		resp.Diagnostics.AddAttributeError(path.Root("id"), "Invalid API key id", tfkit.Sentence(err)+
			" Import by the id that the data source nebula_api_keys shows, not by name or secret.")
		return
	}
	resp.Diagnostics.AddWarning("The value of an imported API key cannot be had", "The API shows a key's secret only when it is created, so key, encrypted_key and fingerprint of key "+
		id.ValueString()+" stay null. Its revocation works as with any other.\n\n"+
		"Next: If consumers need the secret from Terraform, replace the key (terraform apply -replace=ADDRESS) once it is imported.")
}
