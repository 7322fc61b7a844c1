package apikey_test

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/clock"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/provider"
)

const keyType = "nebula_api_key"

// benchServer is a configured provider in front of an account of a thousand
// keys, as Terraform talks to it, but without Terraform and without sockets.
type benchServer struct {
	tfprotov6.ProviderServer

	object, identity tftypes.Object
}

func newBenchServer(b *testing.B) benchServer {
	b.Helper()
	now := clock.NewFake(acctest.Start())
	const secret = "ak_bench-own-key-0123456789"
	api := fakenebula.New(fakenebula.Options{Clock: now, APIKeys: []fakenebula.SeedKey{{Name: "own", Secret: secret}}})
	for i := range 1000 {
		api.AddKey(fmt.Sprintf("key-%d", i), "")
	}
	environment := map[string]string{"NEBULA_API_URL": api.BaseURL(), "NEBULA_API_KEY": secret}
	s := benchServer{ProviderServer: provider.Unlogged(provider.Server("bench",
		provider.WithClock(now), provider.WithTransport(api.Transport()),
		provider.WithEnvironment(func(name string) (string, bool) { v, ok := environment[name]; return v, ok }))())}

	schemas, err := s.GetProviderSchema(b.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		b.Fatal(err)
	}
	identities, err := s.GetResourceIdentitySchemas(b.Context(), &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		b.Fatal(err)
	}
	s.object = schemas.ResourceSchemas[keyType].ValueType().(tftypes.Object)
	s.identity = identities.IdentitySchemas[keyType].ValueType().(tftypes.Object)
	config := value(b, schemas.Provider.ValueType().(tftypes.Object), nil)
	configured, err := s.ConfigureProvider(b.Context(), &tfprotov6.ConfigureProviderRequest{TerraformVersion: "1.11.0", Config: config})
	if err != nil || len(configured.Diagnostics) > 0 {
		b.Fatal(err, configured)
	}
	return s
}

// value is an object with some texts and nothing else.
func value(b *testing.B, object tftypes.Object, texts map[string]string) *tfprotov6.DynamicValue {
	b.Helper()
	values := map[string]tftypes.Value{}
	for name, of := range object.AttributeTypes {
		values[name] = tftypes.NewValue(of, nil)
		if text, ok := texts[name]; ok {
			values[name] = tftypes.NewValue(of, text)
		}
	}
	encoded, err := tfprotov6.NewDynamicValue(object, tftypes.NewValue(object, values))
	if err != nil {
		b.Fatal(err)
	}
	return &encoded
}

func unexpected(b *testing.B, err error, diagnostics []*tfprotov6.Diagnostic) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
	for _, d := range diagnostics {
		b.Fatal(d.Summary, d.Detail)
	}
}

// What a plan asks of the provider for one key that has not changed, call by
// call. What is beyond the provider's own code is the framework's.
func BenchmarkUnchangedKey(b *testing.B) {
	s := newBenchServer(b)
	known := map[string]string{"id": "700", "name": "key-698", "description": "", "key": "ak_some-secret-value", "fingerprint": "00"}
	state := value(b, s.object, known)
	config := value(b, s.object, map[string]string{"name": "key-698"})
	identity := &tfprotov6.ResourceIdentityData{IdentityData: value(b, s.identity, map[string]string{"id": "700"})}

	b.Run("validate", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			resp, err := s.ValidateResourceConfig(b.Context(), &tfprotov6.ValidateResourceConfigRequest{TypeName: keyType, Config: config})
			unexpected(b, err, resp.Diagnostics)
		}
	})
	b.Run("read", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			resp, err := s.ReadResource(b.Context(), &tfprotov6.ReadResourceRequest{TypeName: keyType, CurrentState: state, CurrentIdentity: identity})
			unexpected(b, err, resp.Diagnostics)
		}
	})
	b.Run("plan", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			resp, err := s.PlanResourceChange(b.Context(), &tfprotov6.PlanResourceChangeRequest{TypeName: keyType, PriorState: state,
				ProposedNewState: state, Config: config, PriorIdentity: identity})
			unexpected(b, err, resp.Diagnostics)
		}
	})
}
