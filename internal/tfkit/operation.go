package tfkit

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// DefaultTimeout is the time-out of operations that is not configured. Reading
// can wait out a rate limit and a list's lag, so it needs some minutes too.
const DefaultTimeout = 5 * time.Minute

// Model is what an operation reads from the configuration, the plan or the
// state. A pointer to a struct with tfsdk tags is one.
type Model any

// Identified is a model with a resource identity of one attribute, "id".
type Identified interface {
	// Identity is the value of the identity. It must not be null.
	Identity() types.String
}

// Limited is a model with time-outs.
type Limited interface {
	Limits() timeouts.Value
}

// Operation is one call of Terraform's, from its beginning to its end. It is
// made by the function that is named after the call (Creating, Reading, ...),
// and carried out by Base.Run or Base.RunOffline.
//
//	func (r *thingResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
//		var m model
//		r.Run(ctx, tfkit.Creating("create thing", &m, req, resp), func(ctx context.Context, op *tfkit.Operation) {
//			...
//			op.Save(ctx, &m)
//		})
//	}
type Operation struct {
	// Services is what the operation works with; nil in RunOffline.
	*Services

	to    string
	diags *diag.Diagnostics
	// load reads the models.
	load func(context.Context) diag.Diagnostics
	// save writes a model to where the operation's result belongs.
	save     func(context.Context, Model) diag.Diagnostics
	identity *tfsdk.ResourceIdentity
	remove   func(context.Context)
	progress func(string)
	// limit reads the configured time-out.
	limit          func(context.Context, time.Duration) (time.Duration, diag.Diagnostics)
	defaultTimeout time.Duration
	// refreshes is the model that a read refreshes: it keeps its prior state
	// while the provider's configuration is not known.
	refreshes Model
	// notes is the resource's private state as it was, newNotes as it will be.
	notes    noteReader
	newNotes noteWriter
}

// Within sets the time-out where none is configured.
func (op *Operation) Within(d time.Duration) *Operation {
	op.defaultTimeout = d
	return op
}

// Creating is a resource's Create; m gets the plan.
func Creating(to string, m Model, req resource.CreateRequest, resp *resource.CreateResponse) *Operation {
	return &Operation{
		to: to, diags: &resp.Diagnostics, identity: resp.Identity,
		load:  func(ctx context.Context) diag.Diagnostics { return req.Plan.Get(ctx, m) },
		save:  func(ctx context.Context, m Model) diag.Diagnostics { return resp.State.Set(ctx, m) },
		limit: limitOf(m, timeouts.Value.Create), newNotes: resp.Private,
	}
}

// Reading is a resource's Read; m gets the state.
func Reading(to string, m Model, req resource.ReadRequest, resp *resource.ReadResponse) *Operation {
	return &Operation{
		to: to, diags: &resp.Diagnostics, identity: resp.Identity, refreshes: m,
		load:   func(ctx context.Context) diag.Diagnostics { return req.State.Get(ctx, m) },
		save:   func(ctx context.Context, m Model) diag.Diagnostics { return resp.State.Set(ctx, m) },
		remove: resp.State.RemoveResource,
		limit:  limitOf(m, timeouts.Value.Read),
		notes:  req.Private, newNotes: resp.Private,
	}
}

// Updating is a resource's Update; plan and state get what their names say.
func Updating(to string, plan, state Model, req resource.UpdateRequest, resp *resource.UpdateResponse) *Operation {
	return &Operation{
		to: to, diags: &resp.Diagnostics, identity: resp.Identity,
		load: func(ctx context.Context) diag.Diagnostics {
			diags := req.Plan.Get(ctx, plan)
			diags.Append(req.State.Get(ctx, state)...)
			return diags
		},
		save:  func(ctx context.Context, m Model) diag.Diagnostics { return resp.State.Set(ctx, m) },
		limit: limitOf(plan, timeouts.Value.Update),
		notes: req.Private, newNotes: resp.Private,
	}
}

// Deleting is a resource's Delete; m gets the state. The framework removes the
// resource from the state unless there is an error; Save keeps what is left.
func Deleting(to string, m Model, req resource.DeleteRequest, resp *resource.DeleteResponse) *Operation {
	return &Operation{
		to: to, diags: &resp.Diagnostics, identity: resp.Identity,
		load:  func(ctx context.Context) diag.Diagnostics { return req.State.Get(ctx, m) },
		save:  func(ctx context.Context, m Model) diag.Diagnostics { return resp.State.Set(ctx, m) },
		limit: limitOf(m, timeouts.Value.Delete),
		notes: req.Private, newNotes: resp.Private,
	}
}

// Looking is a data source's Read; m gets the configuration.
func Looking(to string, m Model, req datasource.ReadRequest, resp *datasource.ReadResponse) *Operation {
	return &Operation{
		to: to, diags: &resp.Diagnostics,
		load: func(ctx context.Context) diag.Diagnostics { return req.Config.Get(ctx, m) },
		save: func(ctx context.Context, m Model) diag.Diagnostics { return resp.State.Set(ctx, m) },
	}
}

// Opening is an ephemeral resource's Open; m gets the configuration.
func Opening(to string, m Model, req ephemeral.OpenRequest, resp *ephemeral.OpenResponse) *Operation {
	return &Operation{
		to: to, diags: &resp.Diagnostics,
		load: func(ctx context.Context) diag.Diagnostics { return req.Config.Get(ctx, m) },
		save: func(ctx context.Context, m Model) diag.Diagnostics { return resp.Result.Set(ctx, m) },
	}
}

// Invoking is an action's Invoke; m gets the configuration.
func Invoking(to string, m Model, req action.InvokeRequest, resp *action.InvokeResponse) *Operation {
	return &Operation{
		to: to, diags: &resp.Diagnostics,
		load:     func(ctx context.Context) diag.Diagnostics { return req.Config.Get(ctx, m) },
		progress: func(text string) { resp.SendProgress(action.InvokeProgressEvent{Message: text}) },
	}
}

// Doing is any other call: validation, planning, import. Load may be nil.
func Doing(to string, diags *diag.Diagnostics, load func(context.Context) diag.Diagnostics) *Operation {
	return &Operation{to: to, diags: diags, load: load}
}

// limitOf gives the time-out that a model configures for an operation, which is
// known once the model has been loaded.
func limitOf(m Model, limit func(timeouts.Value, context.Context, time.Duration) (time.Duration, diag.Diagnostics)) func(context.Context, time.Duration) (time.Duration, diag.Diagnostics) {
	limited, ok := m.(Limited)
	if !ok {
		return nil
	}
	return func(ctx context.Context, d time.Duration) (time.Duration, diag.Diagnostics) {
		return limit(limited.Limits(), ctx, d)
	}
}

// Run carries an operation out: it loads the models, masks secrets in what is
// logged, turns a panic into an error, reports a missing credential, and bounds
// the work by the time-out. A refresh whose provider configuration is not known
// yet keeps the prior state, with a warning.
func (b *Base) Run(ctx context.Context, op *Operation, work func(context.Context, *Operation)) {
	b.run(ctx, op, func(ctx context.Context) {
		if op.refreshes != nil {
			op.identify(ctx, op.refreshes)
			if b.skipRefresh(op) {
				return
			}
		}
		services, diags := b.services()
		op.diags.Append(diags...)
		timeout, diags := op.timeout(ctx)
		op.diags.Append(diags...)
		if op.diags.HasError() {
			return
		}
		op.Services = services
		timed, cancel := services.Clock.WithTimeout(ctx, timeout)
		defer cancel()
		work(timed, op)
	})
}

// RunOffline is Run for an operation that calls nothing.
func (b *Base) RunOffline(ctx context.Context, op *Operation, work func(context.Context, *Operation)) {
	b.run(ctx, op, func(ctx context.Context) { work(ctx, op) })
}

func (b *Base) run(ctx context.Context, op *Operation, work func(context.Context)) {
	ctx = MaskLogs(ctx, b.secrets())
	defer func() { guard(recover(), op.to, op.diags) }()
	if op.load != nil {
		op.diags.Append(op.load(ctx)...)
		if op.diags.HasError() {
			return
		}
	}
	work(ctx)
}

func (op *Operation) timeout(ctx context.Context) (time.Duration, diag.Diagnostics) {
	d := op.defaultTimeout
	if d == 0 {
		d = DefaultTimeout
	}
	if op.limit == nil {
		return d, nil
	}
	return op.limit(ctx, d)
}

// Save puts a model into the state (or the result), and its identity with it.
func (op *Operation) Save(ctx context.Context, m Model) {
	op.diags.Append(op.save(ctx, m)...)
	op.identify(ctx, m)
}

// Forget removes the resource from the state. Its identity is set already:
// Terraform 1.11 wants one of a resource that is gone, too.
func (op *Operation) Forget(ctx context.Context) { op.remove(ctx) }

func (op *Operation) identify(ctx context.Context, m Model) {
	identified, ok := m.(Identified)
	if op.identity == nil || !ok {
		return
	}
	op.diags.Append(op.identity.SetAttribute(ctx, path.Root("id"), identified.Identity())...)
}

// Fail reports a failure of the operation. Where many operations of a run fail
// for one cause, the first report is in full and the others refer to it.
func (op *Operation) Fail(f Failure) {
	if f.To == "" {
		f.To = op.to
	}
	op.diags.Append(Diagnose(op.shortened(f)))
}

// Refuse reports that the operation is not carried out; the title is made of
// the operation unless the message has one.
func (op *Operation) Refuse(m Message) {
	if m.Title == "" {
		m.Title = "Unable to " + op.to
	}
	op.diags.Append(m.Error())
}

// Warn reports what people should know although the operation succeeds. What
// concerns many resources of a run alike is told in full once, if the message has
// a Brief.
func (op *Operation) Warn(m Message) { op.diags.Append(op.abridged(m).Warning()) }

// Say tells whoever watches an action how it goes on.
func (op *Operation) Say(text string) {
	if op.progress != nil {
		op.progress(Printable(text))
	}
}

// Append takes over diagnostics of a function that has made some, and reports
// whether the operation has failed by now.
func (op *Operation) Append(diags diag.Diagnostics) (failed bool) {
	op.diags.Append(diags...)
	return op.diags.HasError()
}

// Failed reports whether the operation has an error.
func (op *Operation) Failed() bool { return op.diags.HasError() }

// To names the operation, verb and thing: "create volume".
func (op *Operation) To() string { return op.to }
