package rotatingapikey_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/nebulablock/terraform-provider-nebula/internal/clock"
	"github.com/nebulablock/terraform-provider-nebula/internal/lifecycle"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/rotatingapikey"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// engine runs commands on one rotating key and keeps its state between them.
// There are two: core goes through the provider's RPCs, as Terraform does, and
// direct leaves them out, which is thirty times as fast.
type engine interface {
	run(context.Context) (run, error)
	view() rotatingapikey.View
}

// run is one command.
type run interface {
	refresh(context.Context) error
	plan(context.Context, rotatingapikey.Arguments) (plan, error)
	apply(context.Context, plan, rotatingapikey.Arguments) error
	destroy(context.Context) error
	importKey(ctx context.Context, id string) error
	reports() reports
}

type plan interface {
	noop() bool
	difference() error
}

// report is a diagnostic.
type report struct {
	isError         bool
	summary, detail string
}

type reports []report

func (rs reports) failed() bool {
	return slices.ContainsFunc(rs, func(r report) bool { return r.isError })
}

func (rs reports) String() string {
	lines := make([]string, len(rs))
	for i, r := range rs {
		lines[i] = fmt.Sprintf("error %t: %s: %s", r.isError, r.summary, r.detail)
	}
	return strings.Join(lines, "\n")
}

type direct struct {
	transport http.RoundTripper
	baseURL   string
	retries   int
	last      *rotatingapikey.Direct
}

func (d *direct) view() rotatingapikey.View { return d.last.View() }

func (d *direct) run(context.Context) (run, error) {
	client, err := nebula.New(nebula.Config{BaseURL: d.baseURL, Credential: nebula.APIKey(rootSecret), Transport: d.transport, MaxRetries: d.retries})
	if err != nil {
		return nil, err
	}
	d.last = d.last.Another(&tfkit.Services{
		Client: client, Clock: clock.System(), OwnFingerprint: lifecycle.Fingerprint(rootSecret),
		Keys: lifecycle.New(lifecycle.Options{Client: client, OwnershipMarker: true}),
	})
	return directRun{d.last}, nil
}

type directRun struct{ *rotatingapikey.Direct }

type directPlan struct{ rotatingapikey.Planned }

func (p directPlan) noop() bool        { return p.Noop() }
func (p directPlan) difference() error { return p.Difference() }

func (d directRun) refresh(ctx context.Context) error { return d.Refresh(ctx) }
func (d directRun) destroy(ctx context.Context) error { return d.Destroy(ctx) }

func (d directRun) plan(_ context.Context, a rotatingapikey.Arguments) (plan, error) {
	return directPlan{d.Plan(a)}, nil
}

func (d directRun) apply(ctx context.Context, p plan, a rotatingapikey.Arguments) error {
	first, ok := p.(directPlan)
	if !ok {
		return fmt.Errorf("a plan of type %T", p)
	}
	return d.Apply(ctx, first.Planned, a)
}

func (d directRun) importKey(_ context.Context, id string) error { return d.Import(id) }

func (d directRun) reports() reports {
	var rs reports
	for _, one := range d.Diagnostics() {
		rs = append(rs, report{one.Severity() == diag.SeverityError, one.Summary(), one.Detail()})
	}
	return rs
}
