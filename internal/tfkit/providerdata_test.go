package tfkit_test

import (
	"context"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/nebulablock/terraform-provider-nebula/internal/clock"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

type configuredBase struct {
	base  *tfkit.Base
	diags diag.Diagnostics
}

// configured gives each kind of base the provider's data.
func configured(data any) map[string]configuredBase {
	ctx := context.Background()
	var (
		r  tfkit.Resource
		rr resource.ConfigureResponse
		d  tfkit.DataSource
		dr datasource.ConfigureResponse
		e  tfkit.EphemeralResource
		er ephemeral.ConfigureResponse
		l  tfkit.ListResource
		lr resource.ConfigureResponse
		a  tfkit.Action
		ar action.ConfigureResponse
	)
	r.Configure(ctx, resource.ConfigureRequest{ProviderData: data}, &rr)
	d.Configure(ctx, datasource.ConfigureRequest{ProviderData: data}, &dr)
	e.Configure(ctx, ephemeral.ConfigureRequest{ProviderData: data}, &er)
	l.Configure(ctx, resource.ConfigureRequest{ProviderData: data}, &lr)
	a.Configure(ctx, action.ConfigureRequest{ProviderData: data}, &ar)
	return map[string]configuredBase{
		"resource":           {&r.Base, rr.Diagnostics},
		"data source":        {&d.Base, dr.Diagnostics},
		"ephemeral resource": {&e.Base, er.Diagnostics},
		"list resource":      {&l.Base, lr.Diagnostics},
		"action":             {&a.Base, ar.Diagnostics},
	}
}

// run runs an operation that only looks what it works with.
func (c configuredBase) run(to string) (services *tfkit.Services, diags diag.Diagnostics) {
	c.base.Run(context.Background(), tfkit.Doing(to, &diags, nil), func(_ context.Context, op *tfkit.Operation) { services = op.Services })
	return services, diags
}

func TestConfigure(t *testing.T) {
	t.Parallel()
	connected := 0
	services := &tfkit.Services{Clock: clock.System()}
	data := &tfkit.ProviderData{Connect: func() (*tfkit.Services, diag.Diagnostics) {
		connected++
		return services, nil
	}}
	kinds := configured(data)
	if connected != 0 {
		t.Error("connected before anything was needed")
	}
	for kind, got := range kinds {
		if len(got.diags) != 0 {
			t.Errorf("%s: %v", kind, got.diags)
		}
		if s, diags := got.run("read thing"); s != services || len(diags) != 0 {
			t.Errorf("%s: got %v, %v", kind, s, diags)
		}
		if len(got.base.Unknown()) != 0 {
			t.Errorf("%s: not everything is known", kind)
		}
	}
	if connected != 1 {
		t.Errorf("connected %d times", connected)
	}
}

// While Terraform validates, there is no data: what needs services fails, and
// what needs none works.
func TestConfigureWithoutData(t *testing.T) {
	t.Parallel()
	for kind, got := range configured(nil) {
		if len(got.diags) != 0 {
			t.Errorf("%s: %v", kind, got.diags)
		}
		if s, diags := got.run("read thing"); s != nil || !diags.HasError() {
			t.Errorf("%s: got %v, %v", kind, s, diags)
		}
		var diags diag.Diagnostics
		done := false
		got.base.RunOffline(context.Background(), tfkit.Doing("validate thing", &diags, nil), func(context.Context, *tfkit.Operation) { done = true })
		if !done || len(diags) != 0 {
			t.Errorf("%s: %v", kind, diags)
		}
	}
}

func TestConfigureWithForeignData(t *testing.T) {
	t.Parallel()
	for kind, got := range configured(map[string]string{"key": canary}) {
		if len(got.diags) != 1 || got.diags[0].Summary() != "Unable to configure" || !strings.Contains(got.diags[0].Detail(), "map[string]string") {
			t.Errorf("%s: %v", kind, got.diags)
		}
		if strings.Contains(got.diags[0].Detail(), canary) {
			t.Errorf("%s: %v", kind, got.diags)
		}
	}
}

func TestMissingCredentialIsRememberedNotReportedEarly(t *testing.T) {
	t.Parallel()
	tried := 0
	data := &tfkit.ProviderData{Connect: func() (*tfkit.Services, diag.Diagnostics) {
		tried++
		return nil, diag.Diagnostics{diag.NewErrorDiagnostic("Missing credential", "")}
	}}
	for kind, got := range configured(data) {
		if len(got.diags) != 0 {
			t.Errorf("%s: %v", kind, got.diags)
		}
		if s, diags := got.run("read thing"); s != nil || len(diags) != 1 || diags[0].Summary() != "Missing credential" {
			t.Errorf("%s: %v", kind, diags)
		}
	}
	if tried != 1 {
		t.Errorf("tried %d times", tried)
	}
}

func TestUnknownConfigurationIsNamed(t *testing.T) {
	t.Parallel()
	for _, unknown := range [][]string{{"api_key"}, {"api_url", "password"}} {
		data := &tfkit.ProviderData{Unknown: unknown, Connect: func() (*tfkit.Services, diag.Diagnostics) {
			t.Error("connected with what is not known")
			return nil, nil
		}}
		_, diags := configured(data)["resource"].run("create thing")
		if diags.ErrorsCount() != 1 {
			t.Fatalf("got %v", diags)
		}
		for _, argument := range unknown {
			if !strings.Contains(diags[0].Detail(), argument) {
				t.Errorf("%s is not named in %v", argument, diags)
			}
		}
	}
}
