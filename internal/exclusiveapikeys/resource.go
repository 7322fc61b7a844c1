package exclusiveapikeys

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/nebulablock/terraform-provider-nebula/internal/keykit"
	"github.com/nebulablock/terraform-provider-nebula/internal/keyring"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// updateTimeout bounds an apply that deletes keys, where none is configured.
const updateTimeout = 10 * time.Minute

var (
	_ resource.ResourceWithConfigure      = (*exclusiveResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*exclusiveResource)(nil)
	_ resource.ResourceWithValidateConfig = (*exclusiveResource)(nil)
)

type exclusiveResource struct{ tfkit.Resource }

// NewResource is the resource nebula_api_keys_exclusive.
func NewResource() resource.Resource {
	return &exclusiveResource{tfkit.Resource{Type: "api_keys_exclusive"}}
}

// Create only looks.
func (r *exclusiveResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var m model
	r.Run(ctx, tfkit.Creating("look for unmanaged API keys", &m, req, resp), func(ctx context.Context, op *tfkit.Operation) {
		m.look(ctx, op, keykit.Keys(op.Services).ForRead(), "Nothing is in the state, and nothing was deleted.")
	})
}

// Read looks again, in the list that all reads of this run share.
func (r *exclusiveResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var m model
	r.Run(ctx, tfkit.Reading("look for unmanaged API keys", &m, req, resp), func(ctx context.Context, op *tfkit.Operation) {
		m.look(ctx, op, keykit.Keys(op.Services).ForRefresh(), "The unmanaged keys stay in the state as they were.")
	})
}

// look records which keys there are besides those that are spared.
func (m *model) look(ctx context.Context, op *tfkit.Operation, list keyring.Look, stateOtherwise string) {
	p := m.policy(ctx, op)
	if op.Failed() {
		return
	}
	keys, err := list.All(ctx)
	if err != nil {
		op.Fail(tfkit.Failure{Err: err, State: stateOtherwise})
		return
	}
	known := remembered(ctx, op).forCredential(op.CredentialFingerprint).learn(keykit.ManagedKeys(op.Services), keys, p)
	m.setUnmanaged(observe(keys, known.sparing(p)))
	op.Save(ctx, m)
	known.saveIfNew(ctx, op)
}

// Update deletes what the plan has named, and what is left undone stays
// recorded.
func (r *exclusiveResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state model
	op := tfkit.Updating("delete unmanaged API keys", &plan, &state, req, resp).Within(updateTimeout)
	r.Run(ctx, op, func(ctx context.Context, op *tfkit.Operation) {
		p := plan.policy(ctx, op)
		if op.Failed() {
			return
		}
		evict(ctx, op, &state, &plan, p)
	})
}

// Delete forgets the resource. No key is deleted.
func (r *exclusiveResource) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {
}
