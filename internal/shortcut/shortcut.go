// Package shortcut answers the plainest calls about resources without the
// framework: that a configuration is in order, that a state needs no upgrade,
// that an object has not changed, that nothing or everything is planned anew.
// At a thousand objects such calls are all there is, and the framework spends
// up to half a millisecond on each of them. It is asked whenever an answer is
// not plain, and it answers the plain ones the same, as a test shows
// (TestShortcutsAnswerAsTheFrameworkDoes in internal/provider).
package shortcut

import (
	"bytes"
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/defaults"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-log/tflog"
)

// FullServer is what the framework's server implements and Terraform may ask
// of it. State stores, which it implements too, are not offered.
type FullServer interface {
	tfprotov6.ProviderServer
	tfprotov6.ListResourceServer
	tfprotov6.ActionServer
}

// Object is the attributes of a configuration, a plan or a state.
type Object map[string]tftypes.Value

// Text is the value of an attribute; ok is false for one that is null, unknown
// or no text.
func (o Object) Text(name string) (text string, ok bool) {
	value, ok := o[name]
	if !ok || value.IsNull() || !value.IsKnown() {
		return "", false
	}
	return text, value.As(&text) == nil
}

// IsNull reports whether an attribute is null.
func (o Object) IsNull(name string) bool {
	value, ok := o[name]
	return ok && value.IsNull()
}

// IsUnknown reports whether an attribute is not known yet.
func (o Object) IsUnknown(name string) bool {
	value, ok := o[name]
	return ok && !value.IsKnown()
}

// Rules say what is plain about the resources of a type. Whoever declines, by
// false, leaves the answer to the framework.
//
// They fit resources whose plan modifiers do nothing to a plan that creates and
// to one without changes, that have no ModifyPlan, no private state, no
// write-only attribute, and no computed attribute inside another.
type Rules struct {
	// Valid reports whether the framework surely has nothing to say about a
	// configuration.
	Valid func(config Object) bool
	// Unchanged reports whether a refresh surely leaves the state as it is,
	// without waiting for anything, and gives the identity.
	Unchanged func(state Object) (identity Object, ok bool)
}

// Resource is a type of resources with its rules.
type Resource struct {
	rules            Rules
	version          int64
	object, identity tftypes.Object
	// initial are the values of a plan to create for what is not configured.
	initial map[string]tftypes.Value
	// defaults are those among them that are known.
	defaults map[string]string
	// noIdentity is that of an object that is yet to be created.
	noIdentity tfprotov6.ResourceIdentityData
}

// New takes the schemas from the resource. It panics when it can tell that
// rules do not fit it: that is a defect, which shows in every run.
func New(r resource.ResourceWithIdentity, rules Rules) Resource {
	ctx := context.Background()
	var described resource.SchemaResponse
	r.Schema(ctx, resource.SchemaRequest{}, &described)
	var identified resource.IdentitySchemaResponse
	r.IdentitySchema(ctx, resource.IdentitySchemaRequest{}, &identified)

	result := Resource{rules: rules, version: described.Schema.Version, initial: map[string]tftypes.Value{}, defaults: map[string]string{}}
	result.object, _ = described.Schema.Type().TerraformType(ctx).(tftypes.Object)
	result.identity, _ = identified.IdentitySchema.Type().TerraformType(ctx).(tftypes.Object)
	if _, modifies := r.(resource.ResourceWithModifyPlan); modifies {
		panic("no rules fit a resource that modifies its plan")
	}
	for name, block := range described.Schema.Blocks {
		for inner, attribute := range block.GetNestedObject().GetAttributes() {
			if attribute.IsComputed() || attribute.IsWriteOnly() {
				panic("no rules fit a resource whose attribute " + name + "." + inner + " is computed or write-only")
			}
		}
	}
	for name, attribute := range described.Schema.Attributes {
		text, isText := attribute.(schema.StringAttribute)
		switch {
		case attribute.IsWriteOnly(), attribute.IsComputed() && !isText, isNested(attribute), isText && text.CustomType != nil:
			panic("no rules fit a resource whose attribute " + name + " is write-only, nested, of a custom type, or computed and no text")
		case isText && text.Default != nil:
			var value defaults.StringResponse
			text.Default.DefaultString(ctx, defaults.StringRequest{}, &value)
			result.defaults[name] = value.PlanValue.ValueString()
			result.initial[name] = tftypes.NewValue(tftypes.String, result.defaults[name])
		case attribute.IsComputed():
			result.initial[name] = tftypes.NewValue(tftypes.String, tftypes.UnknownValue)
		}
	}
	none, err := tfprotov6.NewDynamicValue(result.identity, tftypes.NewValue(result.identity, nil))
	if err != nil {
		panic(err)
	}
	result.noIdentity.IdentityData = &none
	return result
}

func isNested(attribute schema.Attribute) bool {
	_, nested := attribute.(schema.NestedAttribute)
	return nested
}

// Types are those of the resource's state and of its identity.
func (r Resource) Types() (state, identity tftypes.Object) { return r.object, r.identity }

// Server asks the framework only where no rule answers. Resources are by type
// name.
func Server(framework FullServer, resources map[string]Resource) FullServer {
	return server{framework, resources}
}

type server struct {
	FullServer

	resources map[string]Resource
}

// attempt is f, except that a panic declines: then the framework answers, or
// turns the same panic into an error.
func attempt[Response any](ctx context.Context, f func() (*Response, bool)) (response *Response, ok bool) {
	defer func() {
		if panicked := recover(); panicked != nil {
			// Its value may be, or quote, a secret.
			tflog.Warn(ctx, "A shortcut panicked", map[string]any{"type": fmt.Sprintf("%T", panicked)})
			ok = false
		}
		if ok {
			// Whoever reads the logs misses the framework's lines.
			tflog.Trace(ctx, "Answered without the framework")
		}
	}()
	return f()
}

func decode(value *tfprotov6.DynamicValue, object tftypes.Object) (Object, bool) {
	if value == nil {
		return nil, false
	}
	decoded, err := value.Unmarshal(object)
	if err != nil || decoded.IsNull() || !decoded.IsKnown() {
		return nil, false
	}
	var attributes map[string]tftypes.Value
	return attributes, decoded.As(&attributes) == nil
}

func isNull(value *tfprotov6.DynamicValue) bool {
	if value == nil {
		return false
	}
	null, err := value.IsNull()
	return err == nil && null
}

// ValidateResourceConfig answers for configurations that are in order.
func (s server) ValidateResourceConfig(ctx context.Context, req *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	if r, ok := s.resources[req.TypeName]; ok {
		if resp, ok := attempt(ctx, func() (*tfprotov6.ValidateResourceConfigResponse, bool) {
			config, ok := decode(req.Config, r.object)
			return &tfprotov6.ValidateResourceConfigResponse{}, ok && r.rules.Valid(config)
		}); ok {
			return resp, nil
		}
	}
	return s.FullServer.ValidateResourceConfig(ctx, req)
}

// UpgradeResourceState answers for states of the present version.
func (s server) UpgradeResourceState(ctx context.Context, req *tfprotov6.UpgradeResourceStateRequest) (*tfprotov6.UpgradeResourceStateResponse, error) {
	if r, ok := s.resources[req.TypeName]; ok && req.Version == r.version && req.RawState != nil {
		if resp, ok := attempt(ctx, func() (*tfprotov6.UpgradeResourceStateResponse, bool) {
			state, err := req.RawState.UnmarshalWithOpts(r.object, tfprotov6.UnmarshalOpts{
				ValueFromJSONOpts: tftypes.ValueFromJSONOpts{IgnoreUndefinedAttributes: true},
			})
			if err != nil {
				return nil, false
			}
			encoded, err := tfprotov6.NewDynamicValue(r.object, state)
			return &tfprotov6.UpgradeResourceStateResponse{UpgradedState: &encoded}, err == nil
		}); ok {
			return resp, nil
		}
	}
	return s.FullServer.UpgradeResourceState(ctx, req)
}

// ReadResource answers for objects that are known not to have changed.
func (s server) ReadResource(ctx context.Context, req *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	// The framework notes in private state that an object was just imported.
	if r, ok := s.resources[req.TypeName]; ok && len(req.Private) == 0 {
		if resp, ok := attempt(ctx, func() (*tfprotov6.ReadResourceResponse, bool) {
			state, ok := decode(req.CurrentState, r.object)
			if !ok {
				return nil, false
			}
			identity, ok := r.rules.Unchanged(state)
			if !ok {
				return nil, false
			}
			encoded, err := tfprotov6.NewDynamicValue(r.identity, tftypes.NewValue(r.identity, map[string]tftypes.Value(identity)))
			return &tfprotov6.ReadResourceResponse{NewState: req.CurrentState, NewIdentity: &tfprotov6.ResourceIdentityData{IdentityData: &encoded}}, err == nil
		}); ok {
			return resp, nil
		}
	}
	return s.FullServer.ReadResource(ctx, req)
}

// PlanResourceChange answers for plans that change nothing, that create, and
// that destroy.
func (s server) PlanResourceChange(ctx context.Context, req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	if r, ok := s.resources[req.TypeName]; ok && len(req.PriorPrivate) == 0 {
		if resp, ok := attempt(ctx, func() (*tfprotov6.PlanResourceChangeResponse, bool) {
			planned, ok := r.plan(req)
			if !ok {
				return nil, false
			}
			identity := req.PriorIdentity
			if identity == nil {
				identity = &r.noIdentity
			}
			return &tfprotov6.PlanResourceChangeResponse{PlannedState: planned, PlannedIdentity: identity}, true
		}); ok {
			return resp, nil
		}
	}
	return s.FullServer.PlanResourceChange(ctx, req)
}

func (r Resource) plan(req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.DynamicValue, bool) {
	switch {
	case isNull(req.ProposedNewState):
		return req.ProposedNewState, true
	case isNull(req.PriorState):
		return r.planCreate(req)
	default:
		return req.ProposedNewState, r.asBefore(req)
	}
}

// planCreate fills in what is not configured.
func (r Resource) planCreate(req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.DynamicValue, bool) {
	config, ok := decode(req.Config, r.object)
	if !ok {
		return nil, false
	}
	planned, ok := decode(req.ProposedNewState, r.object)
	if !ok {
		return nil, false
	}
	for name, value := range r.initial {
		if config.IsNull(name) {
			planned[name] = value
		}
	}
	encoded, err := tfprotov6.NewDynamicValue(r.object, tftypes.NewValue(r.object, map[string]tftypes.Value(planned)))
	return &encoded, err == nil
}

// asBefore reports whether a plan changes nothing. Terraform proposes the prior
// value of what is not configured, and the framework the default.
func (r Resource) asBefore(req *tfprotov6.PlanResourceChangeRequest) bool {
	if req.PriorState == nil || req.ProposedNewState == nil || len(req.PriorState.MsgPack) == 0 ||
		!bytes.Equal(req.PriorState.MsgPack, req.ProposedNewState.MsgPack) {
		return false
	}
	prior, ok := decode(req.PriorState, r.object)
	if !ok {
		return false
	}
	var config Object
	for name, value := range r.defaults {
		if text, ok := prior.Text(name); ok && text == value {
			continue
		}
		if config == nil {
			if config, ok = decode(req.Config, r.object); !ok {
				return false
			}
		}
		if config.IsNull(name) {
			return false
		}
	}
	return true
}
