package rotatingapikey

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"

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

	w := writer{services: services, m: &m, diags: &resp.Diagnostics,
		save: func() diag.Diagnostics { return resp.State.Set(ctx, m) }}
	w.create(timed, to)
}

// Read looks the keys of the resource up, and notes the time when something is
// due.
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

	look := reader{services: services, diags: &resp.Diagnostics}
	switch gone, err := look.read(timed, &m); {
	case err != nil:
		tfkit.Report(&resp.Diagnostics, tfkit.Failure{To: to, Err: err, State: "The keys stay recorded as they were."})
		return
	case gone:
		resp.State.RemoveResource(ctx)
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, m)...)
	readAt, damaged := loadReadAt(ctx, req.Private)
	if now := services.Clock.Now(); damaged.HasError() || m.news(now, readAt) {
		resp.Diagnostics.Append(saveReadAt(ctx, resp.Private, now)...)
	}
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
	timed, cancel := services.Clock.WithTimeout(ctx, timeout)
	defer cancel()

	w := writer{services: services, m: &m, diags: &resp.Diagnostics,
		save: func() diag.Diagnostics { return resp.State.Set(ctx, m) }}
	w.destroy(timed, to)
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
		req.ID+" stay null until the first rotation.\n\nNext: If consumers need the secret from Terraform now, rotate the key once it is imported: give it keepers and apply, then change them and apply again.")
}
