package tfkit_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-log/tflog"
	"github.com/hashicorp/terraform-plugin-log/tflogtest"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/clock"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// thing is the resource of these tests.
type thing struct {
	ID       types.String   `tfsdk:"id"`
	Name     types.String   `tfsdk:"name"`
	Timeouts timeouts.Value `tfsdk:"timeouts"`
}

func (t *thing) Identity() types.String { return t.ID }
func (t *thing) Limits() timeouts.Value { return t.Timeouts }

// bench is what a call of Terraform's about a thing is made of.
type bench struct {
	resource tfkit.Resource
	services *tfkit.Services
	clock    *clock.Fake
	schema   schema.Schema
	object   tftypes.Object
	identity *tfsdk.ResourceIdentity
}

func newBench(t *testing.T, unknown ...string) *bench {
	t.Helper()
	b := &bench{clock: clock.NewFake(acctest.Start())}
	b.services = &tfkit.Services{Clock: b.clock}
	var resp resource.ConfigureResponse
	b.resource.Configure(t.Context(), resource.ConfigureRequest{ProviderData: &tfkit.ProviderData{
		Connect: func() (*tfkit.Services, diag.Diagnostics) { return b.services, nil },
		Unknown: unknown, Secrets: []string{"correct horse battery staple"},
	}}, &resp)
	b.schema = schema.Schema{
		Attributes: map[string]schema.Attribute{"id": schema.StringAttribute{Computed: true}, "name": schema.StringAttribute{Required: true}},
		Blocks:     map[string]schema.Block{"timeouts": timeouts.Block(t.Context(), timeouts.Opts{Create: true, Read: true, Update: true, Delete: true})},
	}
	b.object = b.schema.Type().TerraformType(t.Context()).(tftypes.Object)
	identity := identityschema.Schema{Attributes: map[string]identityschema.Attribute{"id": identityschema.StringAttribute{RequiredForImport: true}}}
	b.identity = &tfsdk.ResourceIdentity{Schema: identity, Raw: tftypes.NewValue(identity.Type().TerraformType(t.Context()), nil)}
	return b
}

// raw is a thing on the wire; an empty name makes none.
func (b *bench) raw(id, name, timeout string) tftypes.Value {
	object := b.object
	if name == "" {
		return tftypes.NewValue(object, nil)
	}
	limits := object.AttributeTypes["timeouts"].(tftypes.Object)
	values := map[string]tftypes.Value{}
	for which := range limits.AttributeTypes {
		values[which] = tftypes.NewValue(tftypes.String, nil)
		if timeout != "" {
			values[which] = tftypes.NewValue(tftypes.String, timeout)
		}
	}
	return tftypes.NewValue(object, map[string]tftypes.Value{
		"id": tftypes.NewValue(tftypes.String, id), "name": tftypes.NewValue(tftypes.String, name), "timeouts": tftypes.NewValue(limits, values),
	})
}

func (b *bench) state(id, name, timeout string) tfsdk.State {
	return tfsdk.State{Schema: b.schema, Raw: b.raw(id, name, timeout)}
}

func (b *bench) plan(name, timeout string) tfsdk.Plan {
	return tfsdk.Plan{Schema: b.schema, Raw: b.raw("", name, timeout)}
}

// create is a Create of a thing.
func (b *bench) create(ctx context.Context, name, timeout string, work func(context.Context, *tfkit.Operation, *thing)) *resource.CreateResponse {
	resp := &resource.CreateResponse{State: b.state("", "", ""), Identity: b.identity}
	var m thing
	b.resource.Run(ctx, tfkit.Creating("create thing", &m, resource.CreateRequest{Plan: b.plan(name, timeout)}, resp),
		func(ctx context.Context, op *tfkit.Operation) { work(ctx, op, &m) })
	return resp
}

// read is a Read of a thing.
func (b *bench) read(ctx context.Context, work func(context.Context, *tfkit.Operation, *thing)) *resource.ReadResponse {
	prior := b.state("7", "old", "")
	resp := &resource.ReadResponse{State: prior, Identity: b.identity}
	var m thing
	b.resource.Run(ctx, tfkit.Reading("read thing", &m, resource.ReadRequest{State: prior}, resp),
		func(ctx context.Context, op *tfkit.Operation) { work(ctx, op, &m) })
	return resp
}

func (b *bench) identityID(t *testing.T) string {
	t.Helper()
	var id types.String
	if diags := b.identity.GetAttribute(t.Context(), path.Root("id"), &id); diags.HasError() {
		t.Fatal(diags)
	}
	return id.ValueString()
}

// A state is never stored without its identity.
func TestSaveStoresStateAndIdentityTogether(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	resp := b.create(t.Context(), "new", "", func(ctx context.Context, op *tfkit.Operation, m *thing) {
		if m.Name.ValueString() != "new" || op.Services != b.services {
			t.Errorf("the operation has %v, %v", m, op.Services)
		}
		m.ID = types.StringValue("9")
		op.Save(ctx, m)
	})
	var got thing
	if diags := resp.State.Get(t.Context(), &got); diags.HasError() || got.ID.ValueString() != "9" || got.Name.ValueString() != "new" {
		t.Errorf("the state holds %v, %v", got, diags)
	}
	if id := b.identityID(t); id != "9" || resp.Diagnostics.HasError() {
		t.Errorf("the identity holds %q, %v", id, resp.Diagnostics)
	}
}

// Terraform 1.11 wants an identity of a resource that is gone, too.
func TestForgettingLeavesAnIdentity(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	resp := b.read(t.Context(), func(ctx context.Context, op *tfkit.Operation, _ *thing) { op.Forget(ctx) })
	if !resp.State.Raw.IsNull() || b.identityID(t) != "7" || len(resp.Diagnostics) != 0 {
		t.Errorf("state %v, identity %q, %v", resp.State.Raw, b.identityID(t), resp.Diagnostics)
	}
}

// A plan must not fail because a credential comes from another resource.
func TestRefreshIsSkippedWhileTheConfigurationIsNotKnown(t *testing.T) {
	t.Parallel()
	b := newBench(t, "api_url", "password")
	resp := b.read(t.Context(), func(context.Context, *tfkit.Operation, *thing) { t.Error("something was read") })
	if resp.State.Raw.IsNull() || b.identityID(t) != "7" {
		t.Error("the state or the identity is lost")
	}
	if len(resp.Diagnostics) != 1 || resp.Diagnostics.HasError() || resp.Diagnostics[0].Summary() != "Provider configuration is not known yet" ||
		!strings.Contains(resp.Diagnostics[0].Detail(), "api_url and password") ||
		!strings.Contains(resp.Diagnostics[0].Detail(), "Its last known state is kept and may be out of date.") {
		t.Errorf("got %v", resp.Diagnostics)
	}
}

// What was saved before a panic stays, and what is said names no secret.
func TestPanicInAnOperationKeepsWhatWasSaved(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	resp := b.create(t.Context(), "new", "", func(ctx context.Context, op *tfkit.Operation, m *thing) {
		m.ID = types.StringValue("9")
		op.Save(ctx, m)
		panic(canary)
	})
	if resp.State.Raw.IsNull() || b.identityID(t) != "9" {
		t.Error("what was saved is lost")
	}
	if resp.Diagnostics.ErrorsCount() != 1 || resp.Diagnostics[0].Summary() != "Unable to create thing" ||
		!strings.Contains(resp.Diagnostics[0].Detail(), "a panic with a value of type string") || strings.Contains(resp.Diagnostics[0].Detail(), canary) {
		t.Errorf("got %v", resp.Diagnostics)
	}
}

// A panic while the models are loaded is caught as well.
func TestPanicWhileLoading(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	var diags diag.Diagnostics
	b.resource.RunOffline(t.Context(), tfkit.Doing("plan thing", &diags, func(context.Context) diag.Diagnostics { panic(canary) }),
		func(context.Context, *tfkit.Operation) { t.Error("the work was begun") })
	if diags.ErrorsCount() != 1 || strings.Contains(diags[0].Detail(), canary) {
		t.Errorf("got %v", diags)
	}
}

// What cannot be loaded is not worked on.
func TestNothingIsDoneWithoutTheModel(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	var diags diag.Diagnostics
	load := func(context.Context) diag.Diagnostics {
		return diag.Diagnostics{diag.NewErrorDiagnostic("Not readable", "")}
	}
	b.resource.Run(t.Context(), tfkit.Doing("plan thing", &diags, load), func(context.Context, *tfkit.Operation) { t.Error("the work was begun") })
	if len(diags) != 1 || diags[0].Summary() != "Not readable" {
		t.Errorf("got %v", diags)
	}
}

// The time-out is the configured one, else the operation's own, else the one of
// all.
func TestTimeOutOfAnOperation(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		configured string
		within     time.Duration
		want       time.Duration
	}{
		"default":    {"", 0, tfkit.DefaultTimeout},
		"own":        {"", 20 * time.Minute, 20 * time.Minute},
		"configured": {"90s", 20 * time.Minute, 90 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			resp := &resource.CreateResponse{State: b.state("", "", ""), Identity: b.identity}
			var m thing
			op := tfkit.Creating("create thing", &m, resource.CreateRequest{Plan: b.plan("new", test.configured)}, resp).Within(test.within)
			b.resource.Run(t.Context(), op, func(ctx context.Context, op *tfkit.Operation) {
				if left, ok := op.Clock.Remaining(ctx); !ok || left != test.want {
					t.Errorf("%s are left", left)
				}
				if err := op.Clock.Sleep(ctx, test.want+time.Second); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("a wait beyond it: %v", err)
				}
			})
			if resp.Diagnostics.HasError() {
				t.Error(resp.Diagnostics)
			}
		})
	}
}

// Every call is masked again: what is masked in a context does not reach another.
func TestOperationsMaskSecretsInLogs(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	var out bytes.Buffer
	b.create(tflogtest.RootLogger(t.Context(), &out), "new", "", func(ctx context.Context, _ *tfkit.Operation, _ *thing) {
		tflog.Info(ctx, "correct horse battery staple and "+canary)
	})
	if logged := out.String(); strings.Contains(logged, "staple") || strings.Contains(logged, canary) || !strings.Contains(logged, "*** and") {
		t.Errorf("logged %s", logged)
	}
}

func TestRefusalsAndWarningsNameTheOperation(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	resp := b.create(t.Context(), "new", "", func(_ context.Context, op *tfkit.Operation, _ *thing) {
		op.Warn(tfkit.Message{Title: "Careful", What: "It is odd."})
		if op.Failed() {
			t.Error("a warning is no failure")
		}
		op.Refuse(tfkit.Message{Attribute: path.Root("name"), What: "It is wrong."})
		op.Fail(tfkit.Failure{Err: errors.New("no entropy")})
		if !op.Failed() || op.To() != "create thing" {
			t.Errorf("failed %t, to %q", op.Failed(), op.To())
		}
	})
	var titles []string
	for _, d := range resp.Diagnostics {
		titles = append(titles, acctest.Rendered(d))
	}
	want := []string{"Warning: Careful\n\nIt is odd.\n", "Error on name: Unable to create thing\n\nIt is wrong.\n", "Error: Unable to create thing\n\nNo entropy.\n"}
	if strings.Join(titles, "|") != strings.Join(want, "|") {
		t.Errorf("got %q", titles)
	}
}

// What an action says goes to a terminal.
func TestProgressIsCleaned(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	var said []string
	resp := &action.InvokeResponse{SendProgress: func(event action.InvokeProgressEvent) { said = append(said, event.Message) }}
	b.resource.Run(t.Context(), tfkit.Doing("reboot thing", &resp.Diagnostics, nil), func(_ context.Context, op *tfkit.Operation) { op.Say("unheard") })
	invoke := tfkit.Invoking("reboot thing", &thing{}, action.InvokeRequest{Config: tfsdk.Config{Schema: b.schema, Raw: b.raw("7", "n", "")}}, resp)
	b.resource.Run(t.Context(), invoke, func(_ context.Context, op *tfkit.Operation) { op.Say("red \x1b[31m " + canary) })
	if len(said) != 1 || said[0] != `red \u001b[31m (masked)` || resp.Diagnostics.HasError() {
		t.Errorf("said %q, %v", said, resp.Diagnostics)
	}
}

// Each thing brings a value of its own type, made once per configured provider.
func TestSharedIsMadeOncePerProvider(t *testing.T) {
	t.Parallel()
	type list struct{ number int }
	made := 0
	get := func(s *tfkit.Services) *list {
		return tfkit.Shared(s, func(*tfkit.Services) *list { made++; return &list{made} })
	}
	one, other := &tfkit.Services{}, &tfkit.Services{}
	if got := [...]int{get(one).number, get(one).number, get(other).number}; got != [...]int{1, 1, 2} {
		t.Errorf("got the values %v", got)
	}
	if n := tfkit.Shared(one, func(*tfkit.Services) int { return 5 }); n != 5 || tfkit.Shared(one, func(*tfkit.Services) int { return 6 }) != 5 {
		t.Error("another type has no value of its own")
	}
}

// Forty resources that fail for one cause are one long text and short ones.
func TestOneCauseIsExplainedOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	fail := func(err error, arguments ...string) string {
		resp := b.create(t.Context(), "new", "", func(_ context.Context, op *tfkit.Operation, _ *thing) {
			op.Fail(tfkit.Failure{Err: err, State: "Nothing is recorded.", Arguments: arguments})
		})
		return acctest.Rendered(resp.Diagnostics[0])
	}
	full := fail(created(acctest.ProxyPage))
	short := fail(created(acctest.ProxyPage))
	if !strings.Contains(full, "The API may or may not") && !strings.Contains(full, "may or may not have acted") || !strings.Contains(full, "Next: ") {
		t.Errorf("the first one:\n%s", full)
	}
	if want := "Error: Unable to create thing\n\nPOST /api-keys: HTTP 502 Bad Gateway: the answer is an HTML page, not the API's JSON (a proxy may have answered)." +
		" Another error of this run tells more about the same failure.\n\nState: Nothing is recorded.\n"; short != want {
		t.Errorf("the second one:\n%s", short)
	}
	for _, message := range []string{"Forbidden", "Ask your administrator"} {
		if other := fail(created(acctest.Refused(403, message))); !strings.Contains(other, "Next: ") {
			t.Errorf("another cause:\n%s", other)
		}
	}
	for i, message := range []string{`No room for "a" (request 7f3a-1)`, `No room for "b" (request 9c01-2)`} {
		if text := fail(created(acctest.Refused(400, message))); strings.Contains(text, "Next: ") != (i == 0) || !strings.Contains(text, message) {
			t.Errorf("one cause, whose message differs from resource to resource:\n%s", text)
		}
	}
	if step := fail(&tfkit.StepError{What: "the old one stays", Err: created(acctest.ProxyPage)}); !strings.Contains(step, "Next: ") {
		t.Errorf("another step:\n%s", step)
	}
	for range 2 {
		if own := fail(created(acctest.Refused(422, "Name is too long")), "name"); !strings.HasPrefix(own, "Error on name: ") || !strings.Contains(own, "Next: ") {
			t.Errorf("about an argument:\n%s", own)
		}
	}
	// So is what stands for itself.
	for range 2 {
		if own := fail(&mayExistError{created(acctest.ProxyPage)}); !strings.Contains(own, "Next: ") || strings.Contains(own, "Another error") {
			t.Errorf("of an error that stands for itself:\n%s", own)
		}
	}
	// Another run tells it in full again.
	if again := newBench(t).create(t.Context(), "new", "", func(_ context.Context, op *tfkit.Operation, _ *thing) {
		op.Fail(tfkit.Failure{Err: created(acctest.ProxyPage)})
	}); !strings.Contains(again.Diagnostics[0].Detail(), "Next: ") {
		t.Error(again.Diagnostics)
	}
}

// mayExistError is a failure after which there may be something.
type mayExistError struct{ error }

func (e *mayExistError) Unwrap() error { return e.error }

func (e *mayExistError) ToldInFull() {}

func TestWarnOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	warnings := 0
	for range 3 {
		resp := b.read(t.Context(), func(_ context.Context, op *tfkit.Operation, _ *thing) {
			op.WarnOnce(tfkit.Message{Title: "Everywhere"})
			op.WarnOnce(tfkit.Message{Title: "Everywhere else"})
		})
		warnings += len(resp.Diagnostics)
	}
	if warnings != 2 {
		t.Errorf("%d warnings", warnings)
	}
}

// Of many warnings of one kind the first one explains, and the others say which
// object they are about.
func TestManyWarningsOfOneKind(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	warn := func(m tfkit.Message) string {
		resp := b.read(t.Context(), func(_ context.Context, op *tfkit.Operation, _ *thing) { op.Warn(m) })
		return acctest.Rendered(resp.Diagnostics[0])
	}
	about := func(id string) tfkit.Message {
		return tfkit.Message{Title: "Thing odd", What: "Thing " + id + " is odd.", Brief: "Thing " + id + " is odd, too.", Next: "Look at it."}
	}
	if got := warn(about("1")); !strings.Contains(got, "Thing 1 is odd.") || !strings.Contains(got, "Next: ") {
		t.Errorf("the first one:\n%s", got)
	}
	for range 2 {
		if got := warn(about("2")); !strings.Contains(got, "Thing 2 is odd, too. Another warning of this run tells more") || strings.Contains(got, "Next: ") {
			t.Errorf("another one:\n%s", got)
		}
	}
	always := about("3")
	always.Brief = ""
	if got := warn(always); !strings.Contains(got, "Next: ") {
		t.Errorf("one that is always given in full:\n%s", got)
	}
	if got := acctest.Rendered(newBench(t).read(t.Context(), func(_ context.Context, op *tfkit.Operation, _ *thing) { op.Warn(about("4")) }).Diagnostics[0]); !strings.Contains(got, "Next: ") {
		t.Errorf("the first one of another run:\n%s", got)
	}
}
