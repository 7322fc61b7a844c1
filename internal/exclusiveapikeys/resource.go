// Package exclusiveapikeys offers the resource nebula_api_keys_exclusive: no
// API key exists besides those that a configuration allows.
package exclusiveapikeys

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/nebulablock/terraform-provider-nebula/internal/exclusivekit"
	"github.com/nebulablock/terraform-provider-nebula/internal/keykit"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

var (
	_ resource.ResourceWithConfigure      = (*exclusiveResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*exclusiveResource)(nil)
	_ resource.ResourceWithValidateConfig = (*exclusiveResource)(nil)
)

// model is nebula_api_keys_exclusive as configuration, plan and state hold it.
type model = exclusivekit.Model

type exclusiveResource struct{ exclusivekit.Resource[*model] }

// NewResource is the resource nebula_api_keys_exclusive.
func NewResource() resource.Resource {
	return &exclusiveResource{exclusivekit.Resource[*model]{
		Resource: tfkit.Resource{Type: "api_keys_exclusive"}, Words: words, Timeout: 10 * time.Minute,
		NewModel: func() *model { return &model{} }, Look: look, Announce: announce, Evict: evict,
	}}
}

var words = exclusivekit.Words{
	One: "key", Many: "API keys", Short: "keys", Print: tfkit.Quoted,
	Arguments: "allowed_ids and ignore_name_regex",
	Allow:     "Add them to allowed_ids: the id of a nebula_api_key, all ids of a nebula_rotating_api_key.",
}

// look gives the keys that are not spared, and remembers what this run knows.
func look(ctx context.Context, op *tfkit.Operation, m *model, refreshing bool) (exclusivekit.Named, error) {
	p := policyOf(ctx, op, m)
	if op.Failed() {
		return nil, nil
	}
	list := keykit.Keys(op.Services).ForRead()
	if refreshing {
		list = keykit.Keys(op.Services).ForRefresh()
	}
	keys, err := list.All(ctx)
	if err != nil {
		return nil, err
	}
	known := remembered(ctx, op).forCredential(op.CredentialFingerprint).learn(keykit.ManagedKeys(op.Services), keys, p)
	known.saveIfNew(ctx, op)
	return observe(keys, known.sparing(p)), nil
}
