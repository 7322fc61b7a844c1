package apikeyhandover_test

import (
	"context"
	"maps"
	"sync"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/nebulablock/terraform-provider-nebula/internal/provider"
	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

// published is a secret in a store, which belongs to another provider.
const published = "store_secret.ci"

// store is a secret store together with its provider. The provider has the one
// resource store_secret: `secret_wo` is written when `version` changes.
type store struct {
	mu      sync.Mutex
	content string
	outage  outage
	// changed is called when consumers begin to get another secret.
	changed func(from, to string)
}

// outage is how a write fails.
type outage int

const (
	// available: it does not.
	available outage = iota
	// refuses: with an error, and the state stays as it was.
	refuses
	// forgets: with an error, and the state claims that it was written. That is
	// how providers behave that are built on the older SDK.
	forgets
)

func (s *store) get() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.content
}

func (s *store) fail(o outage) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.outage = o
}

// write reports whether the secret was written.
func (s *store) write(secret string) outage {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.outage == available && s.content != secret {
		if s.changed != nil {
			s.changed(s.content, secret)
		}
		s.content = secret
	}
	return s.outage
}

var secretType = tftypes.Object{AttributeTypes: map[string]tftypes.Type{"version": tftypes.Number, "secret_wo": tftypes.String}}

// storeSchemas are those of this provider and of the store's.
var storeSchemas = sync.OnceValues(func() (*rehearsal.Schemas, error) {
	return rehearsal.SchemasOf((&store{}).beside(provider.Server("test")()))
})

// beside adds the store's provider to another one.
func (s *store) beside(other tfprotov6.ProviderServer) tfprotov6.ProviderServer {
	return withStore{ProviderServer: other, store: s}
}

type withStore struct {
	tfprotov6.ProviderServer

	store *store
}

func isSecret(typeName string) bool { return typeName == "store_secret" }

func (p withStore) GetProviderSchema(ctx context.Context, r *tfprotov6.GetProviderSchemaRequest) (*tfprotov6.GetProviderSchemaResponse, error) {
	resp, err := p.ProviderServer.GetProviderSchema(ctx, r)
	if err != nil {
		return nil, err
	}
	both := *resp
	both.ResourceSchemas = maps.Clone(resp.ResourceSchemas)
	both.ResourceSchemas["store_secret"] = &tfprotov6.Schema{Block: &tfprotov6.SchemaBlock{Attributes: []*tfprotov6.SchemaAttribute{
		{Name: "version", Type: tftypes.Number, Required: true}, {Name: "secret_wo", Type: tftypes.String, Required: true, WriteOnly: true},
	}}}
	return &both, nil
}

func (p withStore) ValidateResourceConfig(ctx context.Context, r *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	if isSecret(r.TypeName) {
		return &tfprotov6.ValidateResourceConfigResponse{}, nil
	}
	return p.ProviderServer.ValidateResourceConfig(ctx, r)
}

func (p withStore) UpgradeResourceState(ctx context.Context, r *tfprotov6.UpgradeResourceStateRequest) (*tfprotov6.UpgradeResourceStateResponse, error) {
	if isSecret(r.TypeName) {
		return &tfprotov6.UpgradeResourceStateResponse{UpgradedState: &tfprotov6.DynamicValue{JSON: r.RawState.JSON}}, nil
	}
	return p.ProviderServer.UpgradeResourceState(ctx, r)
}

// ReadResource finds no difference: nobody can compare a secret that is in no
// state.
func (p withStore) ReadResource(ctx context.Context, r *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	if isSecret(r.TypeName) {
		return &tfprotov6.ReadResourceResponse{NewState: r.CurrentState, Private: r.Private}, nil
	}
	return p.ProviderServer.ReadResource(ctx, r)
}

func (p withStore) PlanResourceChange(ctx context.Context, r *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	if isSecret(r.TypeName) {
		return &tfprotov6.PlanResourceChangeResponse{PlannedState: r.ProposedNewState, PlannedPrivate: r.PriorPrivate}, nil
	}
	return p.ProviderServer.PlanResourceChange(ctx, r)
}

func (p withStore) ApplyResourceChange(ctx context.Context, r *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	if !isSecret(r.TypeName) {
		return p.ProviderServer.ApplyResourceChange(ctx, r)
	}
	resp := &tfprotov6.ApplyResourceChangeResponse{NewState: r.PlannedState}
	// A deletion leaves the secret to whoever creates it next.
	secret, err := secretOf(r.Config)
	if err != nil || secret == "" {
		return resp, err
	}
	switch p.store.write(secret) {
	case available:
		return resp, nil
	case refuses:
		resp.NewState = r.PriorState
	case forgets:
	}
	resp.Diagnostics = []*tfprotov6.Diagnostic{{Severity: tfprotov6.DiagnosticSeverityError, Summary: "Unable to write the secret", Detail: "403 permission denied"}}
	return resp, nil
}

// secretOf is the secret in a configuration, empty when there is none.
func secretOf(config *tfprotov6.DynamicValue) (string, error) {
	v, err := config.Unmarshal(secretType)
	if err != nil || v.IsNull() {
		return "", err
	}
	var attributes map[string]tftypes.Value
	if err := v.As(&attributes); err != nil {
		return "", err
	}
	var secret string
	err = attributes["secret_wo"].As(&secret)
	return secret, err
}
