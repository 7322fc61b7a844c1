package provider

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/nebulablock/terraform-provider-nebula/internal/clock"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/lifecycle"
	"github.com/nebulablock/terraform-provider-nebula/internal/shortcut"
)

const keyType = "nebula_api_key"

// counting is the framework's server, which counts what it was asked.
type counting struct {
	shortcut.FullServer

	asked map[string]int
}

func (c counting) ValidateResourceConfig(ctx context.Context, req *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	c.asked["validate"]++
	return c.FullServer.ValidateResourceConfig(ctx, req)
}

func (c counting) UpgradeResourceState(ctx context.Context, req *tfprotov6.UpgradeResourceStateRequest) (*tfprotov6.UpgradeResourceStateResponse, error) {
	c.asked["upgrade"]++
	return c.FullServer.UpgradeResourceState(ctx, req)
}

func (c counting) ReadResource(ctx context.Context, req *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	c.asked["read"]++
	return c.FullServer.ReadResource(ctx, req)
}

func (c counting) PlanResourceChange(ctx context.Context, req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	c.asked["plan"]++
	return c.FullServer.PlanResourceChange(ctx, req)
}

// pair is the same provider twice: with shortcuts, and as the framework alone
// serves it.
type pair struct {
	quick, framework tfprotov6.ProviderServer
	// providers are those behind the two.
	providers [2]*nebulaProvider
	// asked counts what the shortcuts left to the framework.
	asked map[string]int

	api              *fakenebula.Server
	clock            *clock.Fake
	provider         tftypes.Object
	object, identity tftypes.Object
}

func newPair(t *testing.T) *pair {
	t.Helper()
	now := clock.NewFake(time.Date(2026, 11, 23, 1, 56, 0, 0, time.UTC))
	api := fakenebula.New(fakenebula.Options{Clock: now, APIKeys: []fakenebula.SeedKey{{Name: "own", Secret: ownSecret}}})
	environment := map[string]string{"NEBULA_API_URL": api.BaseURL(), "NEBULA_API_KEY": ownSecret}
	options := []Option{WithClock(now), WithTransport(api.Transport()),
		WithEnvironment(func(name string) (string, bool) { v, ok := environment[name]; return v, ok })}

	p := &pair{api: api, clock: now, asked: map[string]int{}, providers: [2]*nebulaProvider{newProvider("test", options), newProvider("test", options)}}
	inner, ok := providerserver.NewProtocol6(p.providers[0])().(shortcut.FullServer)
	if !ok {
		t.Fatal("the framework's server lacks something")
	}
	p.quick = p.providers[0].shorten(counting{inner, p.asked})
	p.framework = providerserver.NewProtocol6(p.providers[1])()

	schemas, err := p.framework.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	identities, err := p.framework.GetResourceIdentitySchemas(t.Context(), &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		t.Fatal(err)
	}
	p.object, _ = schemas.ResourceSchemas[keyType].ValueType().(tftypes.Object)
	p.identity, _ = identities.IdentitySchemas[keyType].ValueType().(tftypes.Object)
	p.provider, _ = schemas.Provider.ValueType().(tftypes.Object)
	p.configure(t)
	return p
}

const ownSecret = "ak_own-key-0123456789"

func (p *pair) configure(t *testing.T) {
	t.Helper()
	for _, server := range []tfprotov6.ProviderServer{p.quick, p.framework} {
		configured, err := server.ConfigureProvider(t.Context(), &tfprotov6.ConfigureProviderRequest{Config: encode(t, p.provider, nil)})
		if err != nil || len(configured.Diagnostics) > 0 {
			t.Fatal(err, configured)
		}
	}
}

// ownKeys are the ids of the key that each of the two has recognised as the one
// it authenticates with.
func (p *pair) ownKeys() (quick, framework string) {
	var ids [2]string
	for i, provider := range p.providers {
		if services, ok := provider.data.Load().Connected(); ok {
			ids[i] = services.OwnKeyID()
		}
	}
	return ids[0], ids[1]
}

// values are attributes; those that are left out are null.
type values map[string]any

func toValue(of tftypes.Type, v any) tftypes.Value {
	switch v := v.(type) {
	case map[string]any:
		elements := map[string]tftypes.Value{}
		switch of := of.(type) {
		case tftypes.Map:
			for name, element := range v {
				elements[name] = toValue(of.ElementType, element)
			}
		case tftypes.Object:
			for name, attribute := range of.AttributeTypes {
				elements[name] = toValue(attribute, v[name])
			}
		}
		return tftypes.NewValue(of, elements)
	case []any:
		var elements []tftypes.Value
		if list, ok := of.(tftypes.List); ok {
			for _, element := range v {
				elements = append(elements, toValue(list.ElementType, element))
			}
		}
		return tftypes.NewValue(of, elements)
	default:
		return tftypes.NewValue(of, v)
	}
}

func encode(t *testing.T, object tftypes.Object, attributes values) *tfprotov6.DynamicValue {
	t.Helper()
	encoded, err := tfprotov6.NewDynamicValue(object, toValue(object, map[string]any(attributes)))
	if err != nil {
		t.Fatal(err)
	}
	return &encoded
}

func null(t *testing.T, object tftypes.Object) *tfprotov6.DynamicValue {
	t.Helper()
	encoded, err := tfprotov6.NewDynamicValue(object, tftypes.NewValue(object, nil))
	if err != nil {
		t.Fatal(err)
	}
	return &encoded
}

// show is everything that a response holds, in a form that can be compared.
func (p *pair) show(t *testing.T, err error, diagnostics []*tfprotov6.Diagnostic, state *tfprotov6.DynamicValue, identity *tfprotov6.ResourceIdentityData, rest ...any) string {
	t.Helper()
	decoded := func(value *tfprotov6.DynamicValue, object tftypes.Object) string {
		if value == nil {
			return "none"
		}
		v, err := value.Unmarshal(object)
		if err != nil {
			t.Error(err)
		}
		return v.String()
	}
	var out strings.Builder
	fmt.Fprintf(&out, "error %v\nstate %s\n", err, decoded(state, p.object))
	if identity == nil {
		out.WriteString("no identity\n")
	} else {
		fmt.Fprintf(&out, "identity %s\n", decoded(identity.IdentityData, p.identity))
	}
	var lines []string
	for _, d := range diagnostics {
		lines = append(lines, fmt.Sprintf("%s: %s: %s at %s", d.Severity, d.Summary, d.Detail, d.Attribute))
	}
	slices.Sort(lines)
	fmt.Fprintf(&out, "%s\n%v", strings.Join(lines, "\n"), rest)
	return out.String()
}

func (p *pair) validate(t *testing.T, server tfprotov6.ProviderServer, config *tfprotov6.DynamicValue) string {
	t.Helper()
	resp, err := server.ValidateResourceConfig(t.Context(), &tfprotov6.ValidateResourceConfigRequest{TypeName: keyType, Config: config})
	return p.show(t, err, resp.Diagnostics, nil, nil)
}

func (p *pair) upgrade(t *testing.T, server tfprotov6.ProviderServer, version int64, state []byte) string {
	t.Helper()
	resp, err := server.UpgradeResourceState(t.Context(), &tfprotov6.UpgradeResourceStateRequest{TypeName: keyType, Version: version, RawState: &tfprotov6.RawState{JSON: state}})
	return p.show(t, err, resp.Diagnostics, resp.UpgradedState, nil)
}

func (p *pair) read(t *testing.T, server tfprotov6.ProviderServer, state *tfprotov6.DynamicValue, identity *tfprotov6.ResourceIdentityData, private []byte) string {
	t.Helper()
	resp, err := server.ReadResource(t.Context(), &tfprotov6.ReadResourceRequest{TypeName: keyType, CurrentState: state, CurrentIdentity: identity, Private: private})
	return p.show(t, err, resp.Diagnostics, resp.NewState, resp.NewIdentity, string(resp.Private), resp.Deferred)
}

func (p *pair) plan(t *testing.T, server tfprotov6.ProviderServer, req tfprotov6.PlanResourceChangeRequest) string {
	t.Helper()
	req.TypeName = keyType
	resp, err := server.PlanResourceChange(t.Context(), &req)
	var replace []string
	for _, path := range resp.RequiresReplace {
		replace = append(replace, path.String())
	}
	return p.show(t, err, resp.Diagnostics, resp.PlannedState, resp.PlannedIdentity, string(resp.PlannedPrivate), replace, resp.Deferred)
}

// The plain cases, which are all there is in a plan of a thousand unchanged
// keys, do not reach the framework.
func TestShortcutsAnswerPlainCalls(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	id, secret := p.api.AddKey("ci", lifecycle.MarkDescription("text", "20261123T015600Z-aaaaaaaaaaaaaaaa"))
	state := values{"id": id, "name": "ci", "description": "text", "key": secret, "fingerprint": "00", "creation_token": "20261123T015600Z-aaaaaaaaaaaaaaaa"}
	config := values{"name": "ci", "description": "text"}
	identity := &tfprotov6.ResourceIdentityData{IdentityData: encode(t, p.identity, values{"id": id})}
	raw, err := json.Marshal(state)
	if err != nil {
		t.Fatal(err)
	}
	// The first read makes the list.
	p.read(t, p.quick, encode(t, p.object, state), identity, nil)
	if p.asked["read"] != 1 {
		t.Errorf("asked %v", p.asked)
	}
	clear(p.asked)
	p.validate(t, p.quick, encode(t, p.object, config))
	p.upgrade(t, p.quick, 0, raw)
	p.read(t, p.quick, encode(t, p.object, state), identity, nil)
	for _, req := range []tfprotov6.PlanResourceChangeRequest{
		{PriorState: encode(t, p.object, state), ProposedNewState: encode(t, p.object, state), Config: encode(t, p.object, config), PriorIdentity: identity},
		{PriorState: null(t, p.object), ProposedNewState: encode(t, p.object, config), Config: encode(t, p.object, config)},
		{PriorState: encode(t, p.object, state), ProposedNewState: null(t, p.object), Config: null(t, p.object), PriorIdentity: identity},
	} {
		p.plan(t, p.quick, req)
	}
	if len(p.asked) != 0 {
		t.Errorf("the framework was asked: %v", p.asked)
	}

	// What a read tells of the provider's own key is told all the same.
	own := values{"id": "1", "name": "own", "description": "", "fingerprint": lifecycle.Fingerprint(ownSecret)}
	p.read(t, p.quick, encode(t, p.object, own), nil, nil)
	if quick, _ := p.ownKeys(); quick != "1" || len(p.asked) != 0 {
		t.Errorf("the own key is %q; the framework was asked: %v", quick, p.asked)
	}

	// Neither a list that is too old nor one of another configuration is any
	// good, and a provider that could not be configured knows nothing.
	read := func(asked int, why string) {
		t.Helper()
		clear(p.asked)
		p.read(t, p.quick, encode(t, p.object, state), identity, nil)
		if p.asked["read"] != asked {
			t.Errorf("%s: asked %v", why, p.asked)
		}
	}
	read(0, "list at hand")
	p.clock.Advance(lifecycle.RefreshAge + time.Second)
	read(1, "list too old")
	read(0, "list again at hand")
	p.configure(t)
	read(1, "configured anew")
	read(0, "list again at hand")
	if _, err := p.quick.ConfigureProvider(t.Context(), &tfprotov6.ConfigureProviderRequest{Config: encode(t, p.provider, values{"api_url": "bad"})}); err != nil {
		t.Fatal(err)
	}
	read(1, "not configured")
}

// What is shipped has the shortcuts.
func TestServerHasShortcuts(t *testing.T) {
	t.Parallel()
	with := fmt.Sprintf("%T", newPair(t).quick)
	if got := fmt.Sprintf("%T", Server("test")()); got != with {
		t.Errorf("it is a %s, not a %s", got, with)
	}
}

// Whatever Terraform may ask, with shortcuts the answer is that of the
// framework. A run is repeated with NEBULA_SEED=<seed>.
func TestShortcutsAnswerAsTheFrameworkDoes(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	if text := os.Getenv("NEBULA_SEED"); text != "" {
		if _, err := fmt.Sscan(text, &seed); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	p := newPair(t)
	const token, recipient = "20261122T015600Z-aaaaaaaaaaaaaaaa", "age1lggyhqrw2nlhcxprm67z43rta597azn8gknawjehu9d9dl0jq3yqqvfafg"
	keys := []values{{"id": "1", "name": "own", "description": "", "fingerprint": lifecycle.Fingerprint(ownSecret)}}
	addKey := func(i int) {
		name, description, mark := fmt.Sprintf("n%d", i%3), []string{"", "text", "more text"}[i%3], ""
		if i%2 == 0 {
			mark = fmt.Sprintf("%s%d", token[:len(token)-1], 2+i%6)
		}
		id, secret := p.api.AddKey(name, lifecycle.MarkDescription(description, mark))
		key := values{"id": id, "name": name, "description": description, "key": secret, "fingerprint": lifecycle.Fingerprint(secret)}
		if mark != "" {
			key["creation_token"] = mark
		}
		keys = append(keys, key)
	}
	for i := range 6 {
		addKey(i)
	}
	pick := func(choices ...any) any { return choices[random.IntN(len(choices))] }
	// Each argument is mostly as in most configurations.
	arguments := func(v values) {
		v["name"] = pick("n0", "n1", "n2", "", tftypes.UnknownValue, nil)
		v["description"] = pick(nil, nil, "", "text", "odd \u2028 \"text\"", "text [tf:"+token+"]", "[tf:", tftypes.UnknownValue)
		v["keepers"] = pick(nil, nil, map[string]any{}, map[string]any{"a": "1"}, map[string]any{"a": nil}, map[string]any{"a": tftypes.UnknownValue}, tftypes.UnknownValue)
		v["age_recipients"] = pick(nil, nil, nil, []any{recipient}, []any{"bad"}, []any{}, []any{nil}, []any{tftypes.UnknownValue}, tftypes.UnknownValue)
		v["timeouts"] = pick(nil, nil, nil, map[string]any{}, map[string]any{"create": "1m"}, map[string]any{"delete": "bad"}, map[string]any{"create": tftypes.UnknownValue})
	}
	known := func(v values) {
		for name, value := range v {
			if holdsUnknown(value) {
				v[name] = nil
			}
		}
	}
	configuration := func() values {
		v := values{}
		arguments(v)
		if random.IntN(20) == 0 {
			// Terraform would not let it through.
			v[pick("id", "key", "encrypted_key", "fingerprint", "creation_token").(string)] = "7"
		}
		return v
	}
	state := func() values {
		v := values{}
		arguments(v)
		known(v)
		maps.Copy(v, keys[random.IntN(len(keys))])
		// Mostly one thing is not as it was.
		switch random.IntN(10) {
		case 0:
			v["name"] = "other"
		case 1:
			v["description"] = pick(nil, "other", "text [tf:"+token+"]")
		case 2:
			v["id"] = pick("9999", nil, "")
		case 3:
			v["creation_token"] = pick(nil, token)
		case 4:
			v["key"], v["fingerprint"] = nil, nil
		case 5:
			v["key"], v["encrypted_key"] = nil, "sealed"
		}
		return v
	}
	rounds := 1000
	if testing.Short() {
		rounds = 300
	}
	compare := func(what string, input any, quick, framework string) {
		t.Helper()
		if quick != framework {
			t.Fatalf("%s: %v\nwith shortcuts:\n%s\n\nthe framework alone:\n%s", what, input, quick, framework)
		}
	}
	for round := range rounds {
		if random.IntN(50) == 0 {
			// Time passes, and the account changes meanwhile.
			p.clock.Advance(lifecycle.RefreshAge + time.Second)
			p.api.DeleteKey(keys[1]["id"].(string))
			keys = slices.Delete(keys, 1, 2)
			addKey(round)
		}
		if random.IntN(200) == 0 {
			p.configure(t)
		}
		config, prior := configuration(), state()
		var identity *tfprotov6.ResourceIdentityData
		switch id := prior["id"].(type) {
		case string:
			if random.IntN(4) > 0 {
				identity = &tfprotov6.ResourceIdentityData{IdentityData: encode(t, p.identity, values{"id": id})}
			}
		default:
			identity = &tfprotov6.ResourceIdentityData{IdentityData: encode(t, p.identity, values{"id": "unresolved:" + token})}
		}
		var private []byte
		if random.IntN(10) == 0 {
			private = []byte(pick(`{".import_before_read":"dHJ1ZQ=="}`, `{"note":"Ingi"}`).(string))
		}

		encoded := encode(t, p.object, config)
		compare("validate", config, p.validate(t, p.quick, encoded), p.validate(t, p.framework, encoded))

		raw := map[string]any(prior)
		if random.IntN(4) == 0 {
			raw = maps.Clone(raw)
			raw[pick("new", "name", "keepers").(string)] = pick("x", 7, nil, []string{"x"}, map[string]string{"a": "b"})
		}
		text, err := json.Marshal(raw)
		if err != nil {
			t.Fatal(err)
		}
		version := int64(random.IntN(10) / 9)
		compare("upgrade", string(text), p.upgrade(t, p.quick, version, text), p.upgrade(t, p.framework, version, text))

		encoded = encode(t, p.object, prior)
		compare("read", prior, p.read(t, p.quick, encoded, identity, private), p.read(t, p.framework, encoded, identity, private))
		quick, framework := p.ownKeys()
		compare("own key", prior, quick, framework)

		req := tfprotov6.PlanResourceChangeRequest{PriorState: encoded, PriorIdentity: identity, PriorPrivate: private, Config: encode(t, p.object, config)}
		// Terraform proposes what is configured and, else, what was there.
		proposed := maps.Clone(config)
		switch random.IntN(5) {
		case 0:
			req.PriorState, req.PriorIdentity = null(t, p.object), nil
		case 1:
			req.Config, proposed = null(t, p.object), nil
		case 2, 3:
			for _, name := range []string{"name", "description", "keepers", "age_recipients", "timeouts"} {
				config[name] = prior[name]
			}
			if random.IntN(2) == 0 {
				config["description"] = nil
			}
			req.Config, proposed = encode(t, p.object, config), prior
		default:
			for _, name := range []string{"id", "key", "encrypted_key", "fingerprint", "creation_token", "description"} {
				if config[name] == nil {
					proposed[name] = prior[name]
				}
			}
		}
		req.ProposedNewState = null(t, p.object)
		if proposed != nil {
			req.ProposedNewState = encode(t, p.object, proposed)
		}
		compare("plan", []any{prior, config, proposed}, p.plan(t, p.quick, req), p.plan(t, p.framework, req))
	}
	// Neither way of answering is left out.
	for _, call := range []string{"validate", "upgrade", "read", "plan"} {
		if n := p.asked[call]; n < rounds/50 || n > rounds-rounds/50 {
			t.Errorf("%s: the framework answered %d of %d", call, n, rounds)
		}
	}
	t.Logf("of %d calls each the framework answered %v", rounds, p.asked)
}

func holdsUnknown(value any) bool {
	switch value := value.(type) {
	case []any:
		return slices.ContainsFunc(value, holdsUnknown)
	case map[string]any:
		return slices.ContainsFunc(slices.Collect(maps.Values(value)), holdsUnknown)
	default:
		return value == any(tftypes.UnknownValue)
	}
}
