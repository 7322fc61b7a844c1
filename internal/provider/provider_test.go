package provider_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/nebulablock/terraform-provider-nebula/internal/provider"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// refusing is a network that nobody may use.
type refusing struct{ t *testing.T }

func (r refusing) RoundTrip(req *http.Request) (*http.Response, error) {
	r.t.Errorf("%s %s", req.Method, req.URL)
	return nil, io.ErrUnexpectedEOF
}

func serve(t *testing.T, env map[string]string) tfprotov6.ProviderServer {
	t.Helper()
	return providerserver.NewProtocol6(provider.New("test", provider.WithTransport(refusing{t}),
		provider.WithEnvironment(func(name string) (string, bool) { v, ok := env[name]; return v, ok }))())()
}

func schemas(t *testing.T) *tfprotov6.GetProviderSchemaResponse {
	t.Helper()
	// The answer includes what is wrong with any schema of any thing.
	got, err := serve(t, nil).GetProviderSchema(context.Background(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range got.Diagnostics {
		t.Errorf("%s: %s: %s", d.Severity, d.Summary, d.Detail)
	}
	return got
}

func TestProviderSchema(t *testing.T) {
	t.Parallel()
	sensitive := map[string]bool{tfkit.ArgAPIKey: true, tfkit.ArgAccessToken: true, tfkit.ArgPassword: true}
	types := map[string]tftypes.Type{
		tfkit.ArgAPIURL: tftypes.String, tfkit.ArgAPIKey: tftypes.String, tfkit.ArgAccessToken: tftypes.String,
		tfkit.ArgUsername: tftypes.String, tfkit.ArgPassword: tftypes.String, tfkit.ArgRequestTimeout: tftypes.String,
		tfkit.ArgMaxRetries: tftypes.Number, tfkit.ArgMaxRequestsPerSecond: tftypes.Number, tfkit.ArgOwnershipMarker: tftypes.Bool,
	}
	block := schemas(t).Provider.Block
	for _, a := range block.Attributes {
		if a.Type == nil || types[a.Name] == nil || !a.Type.Is(types[a.Name]) || !a.Optional || a.Sensitive != sensitive[a.Name] {
			t.Errorf("%s: %v, optional %t, sensitive %t", a.Name, a.Type, a.Optional, a.Sensitive)
		}
		if variable := tfkit.EnvironmentVariable(a.Name); !strings.Contains(a.Description, "`"+variable+"`") {
			t.Errorf("%s: the description does not name %s", a.Name, variable)
		}
		delete(types, a.Name)
	}
	if len(types) != 0 || len(block.BlockTypes) != 0 {
		t.Errorf("missing %v, blocks %v", types, block.BlockTypes)
	}
}

// The descriptions are the documentation.
func TestEverythingIsDescribed(t *testing.T) {
	t.Parallel()
	got := schemas(t)
	described := 0
	var check func(where string, block *tfprotov6.SchemaBlock)
	checkText := func(where, text string) {
		described++
		if !isSentences(text) {
			t.Errorf("%s: not described in whole sentences: %q", where, text)
		}
	}
	var checkAttributes func(where string, attributes []*tfprotov6.SchemaAttribute)
	checkAttributes = func(where string, attributes []*tfprotov6.SchemaAttribute) {
		for _, a := range attributes {
			checkText(where+"."+a.Name, a.Description)
			if a.NestedType != nil {
				checkAttributes(where+"."+a.Name, a.NestedType.Attributes)
			}
		}
	}
	check = func(where string, block *tfprotov6.SchemaBlock) {
		checkAttributes(where, block.Attributes)
		for _, nested := range block.BlockTypes {
			check(where+"."+nested.TypeName, nested.Block)
		}
	}
	top := func(where string, schema *tfprotov6.Schema) {
		checkText(where, schema.Block.Description)
		check(where, schema.Block)
	}
	top("provider", got.Provider)
	for name, s := range got.ResourceSchemas {
		top("resource "+name, s)
	}
	for name, s := range got.DataSourceSchemas {
		top("data source "+name, s)
	}
	for name, s := range got.EphemeralResourceSchemas {
		top("ephemeral resource "+name, s)
	}
	for name, s := range got.ListResourceSchemas {
		top("list resource "+name, s)
	}
	for name, s := range got.ActionSchemas {
		top("action "+name, s.Schema)
	}
	identities, err := serve(t, nil).GetResourceIdentitySchemas(context.Background(), &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil || len(identities.Diagnostics) != 0 || len(identities.IdentitySchemas) == 0 {
		t.Fatal(identities, err)
	}
	for name, schema := range identities.IdentitySchemas {
		for _, a := range schema.IdentityAttributes {
			checkText("identity of "+name+"."+a.Name, a.Description)
		}
	}
	if described < 10 {
		t.Errorf("only %d descriptions found", described)
	}
}

func isSentences(text string) bool {
	if text == "" || strings.TrimSpace(text) != text || !strings.HasSuffix(text, ".") {
		return false
	}
	first := strings.TrimLeft(text, "`[")
	return first != "" && (first[0] < 'a' || first[0] > 'z')
}

// configure runs validation and configuration as Terraform does, with the
// network forbidden.
func configure(t *testing.T, env, config map[string]any) (validated, configured []*tfprotov6.Diagnostic) {
	t.Helper()
	variables := map[string]string{}
	for name, value := range env {
		variables[name] = fmt.Sprint(value)
	}
	server := serve(t, variables)
	schema := schemas(t).Provider
	object, ok := schema.ValueType().(tftypes.Object)
	if !ok {
		t.Fatal("the schema is no object")
	}
	values := map[string]tftypes.Value{}
	for name, kind := range object.AttributeTypes {
		values[name] = tftypes.NewValue(kind, config[name])
	}
	value, err := tfprotov6.NewDynamicValue(object, tftypes.NewValue(object, values))
	if err != nil {
		t.Fatal(err)
	}
	v, err := server.ValidateProviderConfig(context.Background(), &tfprotov6.ValidateProviderConfigRequest{Config: &value})
	if err != nil {
		t.Fatal(err)
	}
	c, err := server.ConfigureProvider(context.Background(), &tfprotov6.ConfigureProviderRequest{Config: &value, TerraformVersion: "1.11.4"})
	if err != nil {
		t.Fatal(err)
	}
	return v.Diagnostics, c.Diagnostics
}

func TestConfigureCallsNothing(t *testing.T) {
	t.Parallel()
	for name, config := range map[string]map[string]any{
		"no credential": {},
		"api key":       {"api_key": "ak_0123456789"},
		"login":         {"username": "u", "password": "p"},
		"unknown":       {"api_key": tftypes.UnknownValue},
	} {
		if validated, configured := configure(t, nil, config); len(validated)+len(configured) != 0 {
			t.Errorf("%s: %v, %v", name, validated, configured)
		}
	}
}

func TestConfigureRefuses(t *testing.T) {
	t.Parallel()
	on := func(diags []*tfprotov6.Diagnostic) string {
		if len(diags) != 1 || diags[0].Attribute == nil {
			return fmt.Sprintf("%d diagnostics", len(diags))
		}
		return diags[0].Attribute.String()
	}
	for name, test := range map[string]struct {
		env, config           map[string]any
		validated, configured string
	}{
		"configuration":      {nil, map[string]any{"max_retries": -1}, `AttributeName("max_retries")`, `AttributeName("max_retries")`},
		"malformed duration": {nil, map[string]any{"request_timeout": "soon"}, `AttributeName("request_timeout")`, `AttributeName("request_timeout")`},
		"environment":        {map[string]any{"NEBULA_MAX_RETRIES": -1}, nil, "0 diagnostics", `AttributeName("max_retries")`},
	} {
		validated, configured := configure(t, test.env, test.config)
		if v, c := on(validated), on(configured); v != test.validated || c != test.configured {
			t.Errorf("%s: validate reports %s, configure %s", name, v, c)
		}
	}
}
