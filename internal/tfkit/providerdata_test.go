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

	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// configured gives each kind of base the provider's data.
func configured(data any) map[string]struct {
	base  *tfkit.Base
	diags diag.Diagnostics
} {
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
	return map[string]struct {
		base  *tfkit.Base
		diags diag.Diagnostics
	}{
		"resource":           {&r.Base, rr.Diagnostics},
		"data source":        {&d.Base, dr.Diagnostics},
		"ephemeral resource": {&e.Base, er.Diagnostics},
		"list resource":      {&l.Base, lr.Diagnostics},
		"action":             {&a.Base, ar.Diagnostics},
	}
}

func TestConfigure(t *testing.T) {
	t.Parallel()
	connected := 0
	services := &tfkit.Services{}
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
		if s, diags := got.base.Services(context.Background()); s != services || len(diags) != 0 {
			t.Errorf("%s: got %v, %v", kind, s, diags)
		}
		if got.base.SkipRefresh("API key", &got.diags) || len(got.base.Unknown()) != 0 || len(got.diags) != 0 {
			t.Errorf("%s: not everything is known", kind)
		}
	}
	if connected != 1 {
		t.Errorf("connected %d times", connected)
	}
}

// While Terraform validates, there is no data.
func TestConfigureWithoutData(t *testing.T) {
	t.Parallel()
	for kind, got := range configured(nil) {
		if len(got.diags) != 0 {
			t.Errorf("%s: %v", kind, got.diags)
		}
		if s, diags := got.base.Services(context.Background()); s != nil || !diags.HasError() {
			t.Errorf("%s: got %v, %v", kind, s, diags)
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
		if _, diags := got.base.Services(context.Background()); len(diags) != 1 {
			t.Errorf("%s: %v", kind, diags)
		}
	}
	if tried != 1 {
		t.Errorf("tried %d times", tried)
	}
}

func TestUnknownConfiguration(t *testing.T) {
	t.Parallel()
	for _, unknown := range [][]string{{"api_key"}, {"api_url", "password"}} {
		data := &tfkit.ProviderData{Unknown: unknown, Connect: func() (*tfkit.Services, diag.Diagnostics) {
			t.Error("connected with what is not known")
			return nil, nil
		}}
		got := configured(data)["resource"]
		var diags diag.Diagnostics
		if !got.base.SkipRefresh("API key", &diags) || diags.HasError() || diags.WarningsCount() != 1 {
			t.Errorf("got %v", diags)
		}
		_, errs := got.base.Services(context.Background())
		if errs.ErrorsCount() != 1 {
			t.Fatalf("got %v", errs)
		}
		for _, argument := range unknown {
			if !strings.Contains(diags[0].Detail(), argument) || !strings.Contains(errs[0].Detail(), argument) {
				t.Errorf("%s is not named in %v, %v", argument, diags, errs)
			}
		}
	}
}
