package rehearsal

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Schemas are what a provider says of itself. They are asked for once and
// shared, because that takes longer than a whole command.
type Schemas struct {
	all        *tfprotov6.GetProviderSchemaResponse
	identities map[string]*tfprotov6.ResourceIdentitySchema
}

// SchemasOf asks a provider for its schemas.
func SchemasOf(server tfprotov6.ProviderServer) (*Schemas, error) {
	all, err := server.GetProviderSchema(context.Background(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		return nil, err
	}
	identities, err := server.GetResourceIdentitySchemas(context.Background(), &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		return nil, err
	}
	for _, d := range append(all.Diagnostics, identities.Diagnostics...) {
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			err = errors.Join(err, errors.New(d.Summary+": "+d.Detail))
		}
	}
	return &Schemas{all, identities.IdentitySchemas}, err
}

func (s *Schemas) identity(typeName string) tftypes.Type {
	if i, ok := s.identities[typeName]; ok {
		return i.ValueType()
	}
	return nil
}

// Process is the provider as one command, or one half of it, runs it.
type Process struct {
	// Workspace is the one whose command it serves, Command what that does:
	// "plan", "apply", "import".
	Workspace *Workspace
	Command   string

	report         *Report
	dead, stopping atomic.Bool
	requests       atomic.Int64

	mu      sync.Mutex
	server  tfprotov6.ProviderServer // nil until it was started
	objects map[string]Object        // what other blocks may refer to
}

// Kill is kill -9: what the process is doing comes to nothing that anybody
// knows, and nothing of it is stored. Requests on a Wire are refused from now
// on, but for the one that is on its way.
func (p *Process) Kill() { p.dead.Store(true) }

// Interrupt is the first Ctrl-C: the provider is told to stop, nothing new is
// begun, and what comes to an end is stored.
func (p *Process) Interrupt() {
	p.stopping.Store(true)
	p.mu.Lock()
	server := p.server
	p.mu.Unlock()
	if server != nil {
		// The answer tells of nothing but trouble in stopping.
		_, _ = server.StopProvider(context.Background(), &tfprotov6.StopProviderRequest{})
	}
}

// Wire is a transport for the process's provider. Each request goes through
// meet, which gets its number in the process, counted from 1, and may kill or
// interrupt the process; an error of it is the request's.
func (p *Process) Wire(next http.RoundTripper, meet func(n int, r *http.Request) error) http.RoundTripper {
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		if p.dead.Load() {
			return nil, errKilled
		}
		if err := meet(int(p.requests.Add(1)), r); err != nil {
			return nil, err
		}
		return next.RoundTrip(r)
	})
}

// Mimic sends another request with the headers of one that the provider sends,
// its credential among them. It is for tests of tests, which break a rule on
// behalf of the provider.
func Mimic(next http.RoundTripper, like *http.Request, method, url string) {
	r, err := http.NewRequestWithContext(like.Context(), method, url, http.NoBody)
	if err != nil {
		panic(err)
	}
	r.Header = like.Header.Clone()
	if resp, err := next.RoundTrip(r); err == nil {
		_ = resp.Body.Close()
	}
}

var errKilled = errors.New("the process was killed")

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// start runs the provider for a command and configures it.
func (w *Workspace) start(ctx context.Context, command string, report *Report) (*Process, bool) {
	p := &Process{Workspace: w, Command: command, report: report, objects: map[string]Object{}}
	server := w.Serve(p)
	p.mu.Lock()
	p.server = server
	p.mu.Unlock()
	t := w.Schemas.all.Provider.ValueType()
	config, err := block(t, w.Provider)
	if p.defect("provider", "configuration", err) {
		return p, false
	}
	packed := pack(t, config)
	validated, err := p.server.ValidateProviderConfig(ctx, &tfprotov6.ValidateProviderConfigRequest{Config: packed})
	if err != nil || p.tell("provider", validated.Diagnostics) {
		p.defect("provider", "validate", err)
		return p, false
	}
	configured, err := p.server.ConfigureProvider(ctx, &tfprotov6.ConfigureProviderRequest{TerraformVersion: "1.14.0", Config: packed})
	if err != nil || p.tell("provider", configured.Diagnostics) {
		p.defect("provider", "configure", err)
		return p, false
	}
	return p, true
}

// tell notes what an operation said, and reports whether it failed. What a dead
// process said nobody hears.
func (p *Process) tell(address string, diags []*tfprotov6.Diagnostic) (failed bool) {
	if p.dead.Load() {
		p.report.killed()
		return true
	}
	for _, d := range diags {
		said := Diagnostic{Address: address, IsError: d.Severity == tfprotov6.DiagnosticSeverityError, Summary: d.Summary, Detail: d.Detail}
		if steps := d.Attribute.Steps(); len(steps) > 0 {
			said.Argument = fmt.Sprint(steps[0])
		}
		failed = failed || said.IsError
		p.report.add(said)
	}
	return failed
}

// defect notes a broken rule and reports whether there is one.
func (p *Process) defect(address, when string, err error) bool {
	if err == nil {
		return false
	}
	p.report.defect(address + ": " + when + ": " + err.Error())
	return true
}

// begin says whether something new may be begun.
func (p *Process) begin() bool { return !p.dead.Load() && !p.stopping.Load() }

func (p *Process) know(address string, o Object) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.objects[address] = o
}

// Known is what a block's arguments can be made of.
type Known struct {
	// Applying tells the apply, in which everything has to be known, from the
	// plan.
	Applying bool

	process *Process
}

// Get is an attribute of another block that the one at hand depends on: what it
// has, what is planned for it, or Unknown.
func (k Known) Get(address, attribute string) any {
	k.process.mu.Lock()
	defer k.process.mu.Unlock()
	if v, ok := k.process.objects[address][attribute]; ok {
		return v
	}
	return Unknown
}

// typeOf is the type that a block's address begins with.
func typeOf(address string) string {
	name, _, _ := strings.Cut(address, ".")
	return name
}
