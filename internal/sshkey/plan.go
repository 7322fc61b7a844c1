package sshkey

import (
	"context"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// checkPublicKey reads a public key of the configuration that is known, and
// reports what is wrong with it.
func checkPublicKey(op *tfkit.Operation, text types.String) (publicKey, bool) {
	key, err := parsePublicKey(text.ValueString())
	invalid, bad := err.(*invalidKeyError) //nolint:errorlint // it is wrapped nowhere
	if !bad {
		return key, true
	}
	m := tfkit.Message{Title: invalid.title, What: invalid.what}
	if !invalid.secret {
		m.Attribute = path.Root("public_key")
	}
	op.Refuse(m)
	return publicKey{}, false
}

// ModifyPlan decides what a change of public_key means: another key replaces the
// entry, another way of writing the same one is recorded.
func (r *keyResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		return
	}
	var m, prior model
	exists := !req.State.Raw.IsNull()
	load := func(ctx context.Context) diag.Diagnostics {
		diags := req.Plan.Get(ctx, &m)
		if exists {
			diags.Append(req.State.Get(ctx, &prior)...)
		}
		return diags
	}
	r.RunOffline(ctx, tfkit.Doing("plan SSH key", &resp.Diagnostics, load), func(ctx context.Context, op *tfkit.Operation) {
		if m.PublicKey.IsUnknown() {
			if exists {
				op.Warn(knownLater())
			}
			if exists && prior.Fingerprint.IsNull() {
				op.Append(resp.Plan.SetAttribute(ctx, path.Root("fingerprint"), types.StringUnknown()))
			}
			return
		}
		fingerprint := fingerprintOf(m.PublicKey.ValueString())
		if fingerprint == "" {
			return // Validation says why.
		}
		op.Append(resp.Plan.SetAttribute(ctx, path.Root("fingerprint"), fingerprint))
		switch {
		case !exists:
			r.claim(op, fingerprint, &m)
		case prior.ID.IsNull():
			// It is not tainted any more, and still nobody knows what it is.
			op.Append(resp.Plan.SetAttribute(ctx, path.Root("id"), types.StringUnknown()))
			resp.RequiresReplace.Append(path.Root("id"))
		case prior.PublicKey.IsNull():
			op.Warn(notCompared(&prior))
			r.claim(op, fingerprint, &m)
		case fingerprint != fingerprintOf(prior.PublicKey.ValueString()):
			resp.RequiresReplace.Append(path.Root("public_key"))
		default:
			r.claim(op, fingerprint, &m)
		}
	})
}

// claim reports a public key that two resources of the configuration have.
func (r *keyResource) claim(op *tfkit.Operation, fingerprint string, m *model) {
	planned := tfkit.SharedOffline(&r.Base, func() *plannedKeys { return &plannedKeys{of: map[string]*plannedKey{}} })
	if other, ok := planned.claim(fingerprint, m.Name.ValueString(), m.ID.ValueString()); !ok {
		op.Refuse(plannedTwice(other))
	}
}

// plannedKeys are the public keys of the resources of one plan, by fingerprint.
type plannedKeys struct {
	mu sync.Mutex
	of map[string]*plannedKey
}

type plannedKey struct {
	name string
	// id is empty for a resource that the plan creates.
	id string
	// replaced says that the creation which replaces the resource was planned,
	// too.
	replaced bool
}

// claim notes that a resource will have a public key. It is false when another
// one has it; then that one's name is returned.
//
// Terraform plans a resource that is replaced on demand twice: as it is, and as
// one that is created. The second time it is told by its name, once. Two
// resources that exist already are left to the API, which let them be made.
func (p *plannedKeys) claim(fingerprint, name, id string) (other string, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	known := p.of[fingerprint]
	switch {
	case known == nil:
		p.of[fingerprint] = &plannedKey{name: name, id: id}
		return "", true
	case id != "" && known.id != "":
		return "", true
	case id == "" && known.id != "" && known.name == name && !known.replaced:
		known.replaced = true
		return "", true
	default:
		return known.name, false
	}
}
