package rehearsal_test

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

// toy is a provider of one resource, test_thing, which keeps things in memory.
// A change of name replaces a thing, and one of note does not.
type toy struct {
	mu                       sync.Mutex // calls can come at once
	tfprotov6.ProviderServer            // what is not asked here

	things map[string]string // note by name
	calls  []string
	broken string // the rule to break
}

var object = tftypes.Object{AttributeTypes: map[string]tftypes.Type{"name": tftypes.String, "note": tftypes.String, "id": tftypes.String, "pin": tftypes.String}}

func (p *toy) GetProviderSchema(context.Context, *tfprotov6.GetProviderSchemaRequest) (*tfprotov6.GetProviderSchemaResponse, error) {
	return &tfprotov6.GetProviderSchemaResponse{Provider: &tfprotov6.Schema{Block: &tfprotov6.SchemaBlock{}}, ResourceSchemas: map[string]*tfprotov6.Schema{
		"test_thing": {Block: &tfprotov6.SchemaBlock{Attributes: []*tfprotov6.SchemaAttribute{
			{Name: "name", Type: tftypes.String, Required: true}, {Name: "note", Type: tftypes.String, Optional: true},
			{Name: "id", Type: tftypes.String, Computed: true}, {Name: "pin", Type: tftypes.String, Optional: true, WriteOnly: true},
		}}}}}, nil
}

func (p *toy) GetResourceIdentitySchemas(context.Context, *tfprotov6.GetResourceIdentitySchemasRequest) (*tfprotov6.GetResourceIdentitySchemasResponse, error) {
	return &tfprotov6.GetResourceIdentitySchemasResponse{}, nil
}

func (p *toy) ValidateProviderConfig(context.Context, *tfprotov6.ValidateProviderConfigRequest) (*tfprotov6.ValidateProviderConfigResponse, error) {
	return &tfprotov6.ValidateProviderConfigResponse{}, nil
}

func (p *toy) ConfigureProvider(context.Context, *tfprotov6.ConfigureProviderRequest) (*tfprotov6.ConfigureProviderResponse, error) {
	return &tfprotov6.ConfigureProviderResponse{}, nil
}

func (p *toy) StopProvider(context.Context, *tfprotov6.StopProviderRequest) (*tfprotov6.StopProviderResponse, error) {
	return &tfprotov6.StopProviderResponse{}, nil
}

func (p *toy) ValidateResourceConfig(context.Context, *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	return &tfprotov6.ValidateResourceConfigResponse{}, nil
}

func (p *toy) UpgradeResourceState(_ context.Context, r *tfprotov6.UpgradeResourceStateRequest) (*tfprotov6.UpgradeResourceStateResponse, error) {
	return &tfprotov6.UpgradeResourceStateResponse{UpgradedState: &tfprotov6.DynamicValue{JSON: r.RawState.JSON}}, nil
}

func (p *toy) ReadResource(_ context.Context, r *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	state := open(r.CurrentState)
	note, ok := p.things[text(state["name"])]
	if !ok {
		return &tfprotov6.ReadResourceResponse{NewState: pack(nil)}, nil
	}
	state["note"] = str(note)
	p.unlessBroken(state, "unknown after refresh", "note", tftypes.NewValue(tftypes.String, tftypes.UnknownValue))
	return &tfprotov6.ReadResourceResponse{NewState: pack(state), Private: r.Private}, nil
}

func (p *toy) PlanResourceChange(_ context.Context, r *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	planned, prior := open(r.ProposedNewState), open(r.PriorState)
	resp := &tfprotov6.PlanResourceChangeResponse{RequiresReplace: []*tftypes.AttributePath{tftypes.NewAttributePath().WithAttributeName("name")}, PlannedPrivate: r.PriorPrivate}
	if planned != nil && (prior == nil || !planned["name"].Equal(prior["name"])) {
		planned["id"] = tftypes.NewValue(tftypes.String, tftypes.UnknownValue)
	}
	if planned != nil {
		p.unlessBroken(planned, "plan against the configuration", "name", str("another"))
		p.unlessBroken(planned, "write-only in the plan", "pin", str("1234"))
		p.unlessBroken(planned, "inconsistent final plan", "id", str(strconv.Itoa(len(p.calls))))
	}
	p.calls = append(p.calls, "planned")
	resp.PlannedState = pack(planned)
	return resp, nil
}

func (p *toy) ApplyResourceChange(_ context.Context, r *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	prior, now := open(r.PriorState), open(r.PlannedState)
	resp := &tfprotov6.ApplyResourceChangeResponse{Private: []byte("private")}
	if now == nil {
		p.calls = append(p.calls, "delete "+text(prior["name"]))
		if p.broken == "left after a delete" {
			now = prior
		} else {
			delete(p.things, text(prior["name"]))
		}
		resp.NewState = pack(now)
		return resp, nil
	}
	name := text(now["name"])
	p.calls = append(p.calls, "write "+name)
	p.things[name] = text(now["note"])
	if !now["id"].IsKnown() {
		now["id"] = str("id of " + name)
	}
	p.unlessBroken(now, "unknown after apply", "id", tftypes.NewValue(tftypes.String, tftypes.UnknownValue))
	p.unlessBroken(now, "inconsistent result", "note", str("something else"))
	p.unlessBroken(now, "write-only in the state", "pin", str("1234"))
	if p.broken == "failed create" {
		resp.Diagnostics = []*tfprotov6.Diagnostic{{Severity: tfprotov6.DiagnosticSeverityError, Summary: "It failed"}}
	}
	resp.NewState = pack(now)
	return resp, nil
}

// unlessBroken keeps to a rule, or sets an attribute against it.
func (p *toy) unlessBroken(o map[string]tftypes.Value, rule, attribute string, value tftypes.Value) {
	if p.broken == rule {
		o[attribute] = value
	}
}

func open(d *tfprotov6.DynamicValue) map[string]tftypes.Value {
	v, err := d.Unmarshal(object)
	if err != nil {
		panic(err)
	}
	var o map[string]tftypes.Value
	if err := v.As(&o); err != nil {
		panic(err)
	}
	if v.IsNull() {
		return nil
	}
	return o
}

func pack(o map[string]tftypes.Value) *tfprotov6.DynamicValue {
	var raw any
	if o != nil {
		raw = o
	}
	d, err := tfprotov6.NewDynamicValue(object, tftypes.NewValue(object, raw))
	if err != nil {
		panic(err)
	}
	return &d
}

func str(s string) tftypes.Value { return tftypes.NewValue(tftypes.String, s) }

func text(v tftypes.Value) string {
	var s *string
	if v.As(&s) != nil || s == nil {
		return ""
	}
	return *s
}

// thing is a block; deps are names of others.
func thing(name, note string, deps ...string) rehearsal.Resource {
	r := rehearsal.Resource{Address: "test_thing." + name, Config: func(k rehearsal.Known) rehearsal.Args {
		args := rehearsal.Args{"name": name + note, "note": note}
		for _, dep := range deps {
			args["note"] = k.Get("test_thing."+dep, "id")
		}
		return args
	}}
	for _, dep := range deps {
		r.DependsOn = append(r.DependsOn, "test_thing."+dep)
	}
	return r
}

func newWorkspace(t *testing.T, p *toy, resources ...rehearsal.Resource) *rehearsal.Workspace {
	t.Helper()
	p.things = map[string]string{}
	schemas, err := rehearsal.SchemasOf(p)
	if err != nil {
		t.Fatal(err)
	}
	return &rehearsal.Workspace{Schemas: schemas, Resources: resources, Serve: func(*rehearsal.Process) tfprotov6.ProviderServer { return p }}
}

func apply(t *testing.T, w *rehearsal.Workspace, o rehearsal.Options) {
	t.Helper()
	if r := w.Apply(t.Context(), o); r.Failed() {
		t.Fatal(r)
	}
}

// A provider that breaks a rule of Terraform's is caught, by the command that
// Terraform would catch it in.
func TestBrokenRules(t *testing.T) {
	t.Parallel()
	for rule, want := range map[string]string{
		"plan against the configuration": "test_thing.a: plan: the plan for name is",
		"write-only in the plan":         "test_thing.a: plan: the plan holds the write-only pin",
		"inconsistent final plan":        "test_thing.a: inconsistent final plan: id was to be",
		"unknown after apply":            "test_thing.a: apply: id is unknown",
		"inconsistent result":            "test_thing.a: inconsistent result after apply: note was to be",
		"write-only in the state":        "test_thing.a: apply: the write-only pin is stored",
		"unknown after refresh":          "test_thing.a: refresh: note is unknown",
		"left after a delete":            "test_thing.a: delete: something is left",
		"":                               "",
	} {
		t.Run(rule, func(t *testing.T) {
			t.Parallel()
			w := newWorkspace(t, &toy{broken: rule}, thing("a", "x"))
			var defects []string
			for _, o := range []rehearsal.Options{{}, {}, {Destroy: true}} {
				defects = append(defects, w.Apply(t.Context(), o).Defects...)
			}
			found := strings.Join(defects, "\n")
			if (want == "") != (found == "") || !strings.Contains(found, want) {
				t.Errorf("the defects are %q, want %q", found, want)
			}
		})
	}
}

// A life of three things that depend on each other: made in order, replaced
// without a gap or with one, given up in the other order.
func TestOrder(t *testing.T) {
	t.Parallel()
	for _, createFirst := range []bool{false, true} {
		p := &toy{}
		w := newWorkspace(t, p, thing("a", ""), thing("b", "", "a"), thing("c", "", "b"))
		wrote := func(want ...string) {
			t.Helper()
			got := slices.DeleteFunc(p.calls, func(call string) bool { return call == "planned" })
			p.calls = nil
			if !slices.Equal(got, want) {
				t.Errorf("the provider did %q, want %q", got, want)
			}
		}
		apply(t, w, rehearsal.Options{})
		wrote("write a", "write b", "write c")
		if got := p.things["b"]; got != "id of a" {
			t.Errorf("b was given %q", got)
		}
		apply(t, w, rehearsal.Options{})
		wrote()
		w.Resources[0] = thing("a", "2")
		w.Resources[0].CreateBeforeDestroy = createFirst
		apply(t, w, rehearsal.Options{})
		if createFirst {
			wrote("write a2", "write b", "delete a")
		} else {
			wrote("delete a", "write a2", "write b")
		}
		apply(t, w, rehearsal.Options{Replace: []string{"test_thing.c"}})
		wrote("delete c", "write c")
		w.Resources = w.Resources[:2]
		apply(t, w, rehearsal.Options{Target: []string{"test_thing.a"}})
		wrote()
		apply(t, w, rehearsal.Options{Destroy: true})
		wrote("delete c", "delete b", "delete a2")
		if len(w.Stored())+len(p.things) != 0 {
			t.Errorf("left are %v and %v", w.Stored(), p.things)
		}
	}
}

// What a process did after it was killed nobody knows; a failed create is
// stored as tainted, and replaced by the next apply; a plan is refused once
// something else was stored.
func TestMisfortune(t *testing.T) {
	t.Parallel()
	p := &toy{}
	w := newWorkspace(t, p, thing("a", ""))
	w.Around = func(p *rehearsal.Process, _ string) func() {
		if p.Command == "apply" {
			p.Kill()
		}
		return func() {}
	}
	if r := w.Apply(t.Context(), rehearsal.Options{}); !r.Failed() || len(w.Stored()) != 0 {
		t.Error(r, w.Stored())
	}
	w.Around = nil
	p.broken = "failed create"
	if r := w.Apply(t.Context(), rehearsal.Options{}); !r.Failed() || !w.State("test_thing.a").Tainted || len(r.Defects) != 0 {
		t.Error(r, w.Stored())
	}
	p.broken = ""
	stale, r := w.Plan(t.Context(), rehearsal.Options{})
	if stale == nil || stale.Changes["test_thing.a"].Action != rehearsal.Replace {
		t.Fatal(stale, r)
	}
	apply(t, w, rehearsal.Options{})
	if i := w.State("test_thing.a"); i.Tainted || string(i.Private) != "private" {
		t.Error(i)
	}
	if r := w.ApplyPlan(t.Context(), stale); !strings.Contains(r.Refused, "stale") {
		t.Error(r)
	}
	delete(p.things, "a")
	apply(t, w, rehearsal.Options{RefreshOnly: true})
	if len(w.Stored()) != 0 {
		t.Error(w.Stored())
	}
}

// A suite plays its schedules, each in a time of its own, and notices what it is
// meant to notice.
func TestSuite(t *testing.T) {
	t.Parallel()
	dice := rehearsal.Suite{Needs: []string{"throws"}, Play: func(s *rehearsal.Schedule) {
		began := time.Now()
		s.Wait(time.Duration(s.Source("pause").Int64N(int64(time.Hour))))
		s.Count("throws", 1)
		s.Note("a throw after %v", time.Since(began))
		if s.IntN(6) == 5 && s.Seed > 1<<62 {
			s.Violate("a six")
		}
	}}
	dice.Run(t)
	dice.Repeat(t)
	rehearsal.Suite{Play: func(s *rehearsal.Schedule) {
		if s.Chance(10) {
			s.Violate("rule %d is broken", 1)
		}
	}}.Catch(t, "rule 1")
}

// An object that could not be destroyed after its replacement is not forgotten
// when that is replaced as well.
func TestDeposed(t *testing.T) {
	t.Parallel()
	p := &toy{}
	a := thing("a", "")
	a.CreateBeforeDestroy = true
	w := newWorkspace(t, p, a)
	apply(t, w, rehearsal.Options{})
	for _, note := range []string{"2", "3"} {
		p.broken = "left after a delete"
		w.Resources[0] = thing("a", note)
		w.Resources[0].CreateBeforeDestroy = true
		w.Apply(t.Context(), rehearsal.Options{})
	}
	if stored := slices.Sorted(maps.Keys(w.Stored())); !slices.Equal(stored, []string{"test_thing.a", "test_thing.a (deposed 2)", "test_thing.a (deposed)"}) {
		t.Errorf("stored are %q", stored)
	}
}
