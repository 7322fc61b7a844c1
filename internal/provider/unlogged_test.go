package provider_test

import (
	"context"
	"runtime"
	"testing"
	"weak"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/nebulablock/terraform-provider-nebula/internal/provider"
)

// listening answers reads with what it found in their context.
type listening struct {
	tfprotov6.ProviderServer
	tfprotov6.ListResourceServer
	tfprotov6.ActionServer

	read func(context.Context)
}

func (l listening) ReadResource(ctx context.Context, _ *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	l.read(ctx)
	return &tfprotov6.ReadResourceResponse{}, nil
}

type loggers struct{}

func TestUnloggedCallsEndWithTheirCaller(t *testing.T) {
	t.Parallel()
	ctx, interrupt := context.WithCancel(context.WithValue(t.Context(), loggers{}, "value"))
	defer interrupt()
	arrived := false
	server := provider.Unlogged(listening{read: func(inner context.Context) {
		arrived = true
		if inner.Value(loggers{}) != nil {
			t.Error("the values are still there")
		}
		if inner.Err() != nil {
			t.Error("ended before the interrupt")
		}
		interrupt()
		<-inner.Done()
	}})
	if _, err := server.ReadResource(ctx, &tfprotov6.ReadResourceRequest{}); err != nil {
		t.Fatal(err)
	}
	if !arrived {
		t.Fatal("the call did not arrive")
	}
}

// The framework's own server must be one that Unlogged can wrap, and must not
// keep what is in the context of a call that has ended.
func TestUnloggedCallsAreForgotten(t *testing.T) {
	t.Parallel()
	server := provider.Unlogged(provider.Server("test")())
	schema, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	const keyType = "nebula_api_key"
	object := schema.ResourceSchemas[keyType].ValueType().(tftypes.Object)
	values := map[string]tftypes.Value{}
	for name, attribute := range object.AttributeTypes {
		values[name] = tftypes.NewValue(attribute, nil)
	}
	values["name"] = tftypes.NewValue(tftypes.String, "test")
	config, err := tfprotov6.NewDynamicValue(object, tftypes.NewValue(object, values))
	if err != nil {
		t.Fatal(err)
	}

	call := func() weak.Pointer[[1 << 12]byte] {
		large := new([1 << 12]byte)
		resp, err := server.ValidateResourceConfig(context.WithValue(t.Context(), loggers{}, large),
			&tfprotov6.ValidateResourceConfigRequest{TypeName: keyType, Config: &config})
		if err != nil || len(resp.Diagnostics) > 0 {
			t.Error(err, resp)
		}
		return weak.Make(large)
	}
	kept := call()
	runtime.GC()
	runtime.GC()
	if kept.Value() != nil {
		t.Error("the context of a call is kept")
	}
}
