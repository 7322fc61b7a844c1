package rotatingapikey

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/lifecycle"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// Time-outs of operations that are not configured.
const (
	createTimeout = 5 * time.Minute
	readTimeout   = 5 * time.Minute
	updateTimeout = 10 * time.Minute
	deleteTimeout = 10 * time.Minute
)

var (
	_ resource.ResourceWithConfigure      = (*rotatingResource)(nil)
	_ resource.ResourceWithImportState    = (*rotatingResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*rotatingResource)(nil)
	_ resource.ResourceWithMoveState      = (*rotatingResource)(nil)
	_ resource.ResourceWithValidateConfig = (*rotatingResource)(nil)
)

type rotatingResource struct{ tfkit.Resource }

// NewResource is the resource nebula_rotating_api_key.
func NewResource() resource.Resource { return &rotatingResource{} }

// It has no identity: an identity stays the same for an object's life, and
// this object's id does not.
func (r *rotatingResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_rotating_api_key"
}

// Create makes the first key.
func (r *rotatingResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	const to = "create rotating API key"
	ctx, end := r.Begin(ctx, to, &resp.Diagnostics)
	defer end()

	var m model
	resp.Diagnostics.Append(req.Plan.Get(ctx, &m)...)
	services, diags := r.Services(ctx)
	resp.Diagnostics.Append(diags...)
	timeout, diags := m.Timeouts.Create(ctx, createTimeout)
	resp.Diagnostics.Append(diags...)
	// What was unknown while planning is known now.
	resp.Diagnostics.Append(checkDurations(m.RotateAfter, m.Overlap)...)
	resp.Diagnostics.Append(tfkit.CheckRecipientsTogether(ctx, m.AgeRecipients)...)
	if resp.Diagnostics.HasError() {
		return
	}
	timed, cancel := services.Clock.WithTimeout(ctx, timeout)
	defer cancel()

	m.forgetPrevious()
	m.LeftoverIDs, m.UnresolvedCreationToken = types.SetNull(types.StringType), types.StringNull()
	now := services.Clock.Now()
	name := nameOfGeneration(m.Name.ValueString(), now)
	created, err := services.Keys.Create(timed, lifecycle.Spec{Name: name, Description: m.Description.ValueString()})
	var undecided *lifecycle.UndecidedError
	switch {
	case err == nil:
		sealErr := m.installed(ctx, created, name, now)
		// A key that could not be sealed is recorded too, for the replacement
		// of what is tainted deletes it.
		resp.Diagnostics.Append(resp.State.Set(ctx, m)...)
		resp.Diagnostics.Append(saveReadAt(ctx, resp.Private, now)...)
		if sealErr != nil {
			tfkit.Report(&resp.Diagnostics, tfkit.Failure{To: "seal API key", Err: sealErr,
				State: fmt.Sprintf("Key %s is recorded as tainted, without its secret. The next apply deletes it and makes another.", created.ID),
				Next:  "Check age_recipients, then apply again."})
		}
	case errors.As(err, &undecided):
		m.undecidedCreate(undecided)
		resp.Diagnostics.Append(resp.State.Set(ctx, m)...)
		tfkit.Report(&resp.Diagnostics, tfkit.Failure{To: to, Err: err, State: "The key is recorded as tainted, without its secret. The next apply looks for it and makes another."})
	default:
		tfkit.Report(&resp.Diagnostics, tfkit.Failure{To: to, Err: err, State: "No key was made that is left, and nothing is recorded.", Arguments: []string{"name", "description"}})
	}
}

// Read looks all keys of the resource up and notes the time.
func (r *rotatingResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	const to = "read rotating API key"
	ctx, end := r.Begin(ctx, to, &resp.Diagnostics)
	defer end()

	var m model
	resp.Diagnostics.Append(req.State.Get(ctx, &m)...)
	if resp.Diagnostics.HasError() || r.SkipRefresh("rotating API key", &resp.Diagnostics) {
		return
	}
	services, diags := r.Services(ctx)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	timed, cancel := services.Clock.WithTimeout(ctx, readTimeout)
	defer cancel()

	look := reader{ctx: timed, keys: services.Keys, diags: &resp.Diagnostics}
	gone := look.current(&m)
	look.previous(&m)
	look.leftovers(&m)
	look.unresolved(&m)
	if look.err != nil {
		tfkit.Report(&resp.Diagnostics, tfkit.Failure{To: to, Err: look.err, State: "The keys stay recorded as they were."})
		return
	}
	if gone {
		resp.State.RemoveResource(ctx)
		return
	}
	now := services.Clock.Now()
	if !m.ID.IsNull() && m.CreatedAt.IsNull() {
		born, ok := lifecycle.TokenTime(m.CreationToken.ValueString())
		if !ok {
			born = now
		}
		m.date(born)
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, m)...)
	resp.Diagnostics.Append(saveReadAt(ctx, resp.Private, now)...)
}

// Delete revokes every key of the resource. What could not be revoked stays in
// state.
func (r *rotatingResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	const to = "delete rotating API key"
	ctx, end := r.Begin(ctx, to, &resp.Diagnostics)
	defer end()

	var m model
	resp.Diagnostics.Append(req.State.Get(ctx, &m)...)
	services, diags := r.Services(ctx)
	resp.Diagnostics.Append(diags...)
	timeout, diags := m.Timeouts.Delete(ctx, deleteTimeout)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(tfkit.RefuseOwnKey(services, to, m.PreviousFingerprint.ValueString(), m.PreviousID.ValueString())...)
	resp.Diagnostics.Append(tfkit.RefuseOwnKey(services, to, m.Fingerprint.ValueString(), m.ID.ValueString())...)
	if resp.Diagnostics.HasError() {
		return
	}
	timed, cancel := services.Clock.WithTimeout(ctx, timeout)
	defer cancel()

	w := writer{ctx: timed, services: services, m: &m, diags: &resp.Diagnostics,
		save: func() diag.Diagnostics { return resp.State.Set(ctx, m) }}
	w.resolve(to)
	w.sweep(to)
	w.retire(to)
	w.revokeCurrent(to)
}

// ImportState takes the id of the key that is to be rotated from now on.
func (r *rotatingResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	ctx, end := r.Begin(ctx, "import rotating API key", &resp.Diagnostics)
	defer end()

	if _, err := nebula.ParseID(req.ID); err != nil {
		resp.Diagnostics.AddAttributeError(path.Root("id"), "Invalid API key id", tfkit.Sentence(err)+
			" Import by the id that the data source nebula_api_keys shows, not by name or secret.")
		return
	}
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("id"), req.ID)...)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, rootOverlap, defaultOverlapText)...)
	resp.Diagnostics.AddWarning("The value of an imported API key cannot be had", "The API shows a key's secret only when it is created, so key, encrypted_key and fingerprint of key "+
		req.ID+" stay null until the first rotation.\n\nNext: If consumers need the secret from Terraform now, rotate the key by giving keepers twice, or wait until it is due.")
}
