package acctest

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/nebulablock/terraform-provider-nebula/internal/clock"
	"github.com/nebulablock/terraform-provider-nebula/internal/provider"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfcli"
)

// CLI runs commands of Terraform or OpenTofu one at a time in a directory of
// its own. It is for what World.Test does not show: the state after a failed
// apply, warnings, exit codes, saved plans, logs.
type CLI struct {
	// Environment is added to the command's.
	Environment map[string]string
	// Dir is where the commands run. The state is there.
	Dir string

	t        *testing.T
	binary   string // of the provider; in process when empty
	provider func() tfprotov6.ProviderServer
	others   map[string]func() tfprotov6.ProviderServer // by source
}

// CLI is a directory in which commands use the World's provider, in the test's
// process. Options are added to the provider's. Each command gets a provider
// that remembers nothing of the one before, as it would outside of tests. The
// provider can be configured once only: see Program for aliases.
func (w *World) CLI(t *testing.T, options ...provider.Option) *CLI {
	t.Helper()
	options = append([]provider.Option{provider.WithClock(w.Clock), provider.WithEnvironment(w.getenv)}, options...)
	return &CLI{t: t, Dir: t.TempDir(), provider: func() tfprotov6.ProviderServer {
		return provider.Server("test", options...)()
	}}
}

// Program is a directory in which commands start the provider as a program,
// one that BuildProvider made. It measures time with the machine's clock, to
// which the World's is set, so it is for runs in which nothing waits. Each
// configuration of the provider is a process, as it is for users.
func (w *World) Program(t *testing.T, binary string) *CLI {
	t.Helper()
	w.Clock.Advance(clock.System().Now().Sub(w.Clock.Now()))
	environment := maps.Clone(w.environment)
	config := filepath.Join(t.TempDir(), "cli.tfrc")
	// Examples name the source, other configurations need not.
	overrides := tfcli.Overrides(filepath.Dir(binary), namespace+"/nebula", "hashicorp/nebula")
	if err := os.WriteFile(config, []byte(overrides), 0o600); err != nil {
		t.Fatal(err)
	}
	environment["TF_CLI_CONFIG_FILE"] = config
	return &CLI{t: t, Dir: t.TempDir(), binary: binary, Environment: environment}
}

// programs is the folder with the provider as a program; Main removes it.
var programs string

var build = sync.OnceValues(func() (binary string, err error) {
	if programs, err = os.MkdirTemp("", "nebula"); err != nil {
		return "", err
	}
	// Linking takes half the time without symbols.
	return tfcli.Build(context.Background(), programs, "-ldflags=-s -w")
})

// BuildProvider builds the provider, once for all tests of a package, and
// returns the program's path.
func BuildProvider(t *testing.T) string {
	t.Helper()
	binary, err := build()
	if err != nil {
		t.Fatal(err)
	}
	return binary
}

var aliases = regexp.MustCompile(`(?m)^\s*alias\s*=`)

// Write puts a file into the directory.
func (c *CLI) Write(name, content string) {
	c.t.Helper()
	if c.provider != nil && aliases.MatchString(content) {
		// They would share a server, and the last one configured would win.
		c.t.Fatal("aliases of the provider need Program")
	}
	if err := os.WriteFile(filepath.Join(c.Dir, name), []byte(content), 0o600); err != nil {
		c.t.Fatal(err)
	}
}

// Run runs a command and waits for its end.
func (c *CLI) Run(args ...string) Result {
	c.t.Helper()
	return c.Execute(os.Getenv(tfcli.EnvPath), args...)
}

// Execute runs another program as Run does, such as a script that runs commands.
// They have one provider together.
func (c *CLI) Execute(program string, args ...string) Result {
	c.t.Helper()
	environment := maps.Clone(c.Environment)
	if environment == nil {
		environment = map[string]string{}
	}
	if c.provider != nil {
		reattach, stop := c.attach()
		defer stop()
		environment["TF_REATTACH_PROVIDERS"] = reattach
	}
	var stdout, stderr strings.Builder
	command := exec.CommandContext(c.t.Context(), program, args...) //nolint:gosec // the tester's own
	command.Dir = c.Dir
	command.Env = os.Environ()
	for _, name := range slices.Sorted(maps.Keys(environment)) {
		command.Env = append(command.Env, name+"="+environment[name])
	}
	command.Stdout, command.Stderr = &stdout, &stderr
	err := command.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		c.t.Fatal(err)
	}
	return Result{t: c.t, command: strings.Join(args, " "), Stdout: stdout.String(), Stderr: stderr.String(), ExitCode: command.ProcessState.ExitCode()}
}

// Apply applies the configuration.
func (c *CLI) Apply(args ...string) Result {
	c.t.Helper()
	return c.Run(append([]string{"apply", "-no-color", "-input=false", "-auto-approve"}, args...)...)
}

// Plan makes a plan. Its exit code is 0 without and 2 with changes.
func (c *CLI) Plan(args ...string) Result {
	c.t.Helper()
	return c.Run(append([]string{"plan", "-no-color", "-input=false", "-detailed-exitcode"}, args...)...)
}

// Destroy destroys everything.
func (c *CLI) Destroy(args ...string) Result {
	c.t.Helper()
	return c.Run(append([]string{"destroy", "-no-color", "-input=false", "-auto-approve"}, args...)...)
}

// Instance is an instance of a resource in the state.
type Instance struct {
	Tainted    bool
	Attributes map[string]any
}

// State is what the state file holds, by address. Addresses are those of
// resources without count, for_each and modules; a deposed instance has
// " (deposed)" appended.
func (c *CLI) State() map[string]Instance {
	c.t.Helper()
	instances := map[string]Instance{}
	for _, r := range c.recorded() {
		for _, i := range r.Instances {
			where := r.address()
			if i.Deposed != "" {
				where += " (deposed)"
			}
			instances[where] = i.instance()
		}
	}
	return instances
}

// Instances are the instances of a resource with count or for_each.
func (c *CLI) Instances(address string) []Instance {
	c.t.Helper()
	var instances []Instance
	for _, r := range c.recorded() {
		if r.address() != address {
			continue
		}
		for _, i := range r.Instances {
			instances = append(instances, i.instance())
		}
	}
	return instances
}

// recordedResource is a resource as the state file holds it.
type recordedResource struct {
	Mode, Type, Name string
	Instances        []recordedInstance
}

type recordedInstance struct {
	Status     string
	Deposed    string
	Attributes map[string]any
}

func (r recordedResource) address() string {
	if r.Mode == "data" {
		return "data." + r.Type + "." + r.Name
	}
	return r.Type + "." + r.Name
}

func (i recordedInstance) instance() Instance {
	return Instance{Tainted: i.Status == "tainted", Attributes: i.Attributes}
}

func (c *CLI) recorded() []recordedResource {
	c.t.Helper()
	content, err := os.ReadFile(filepath.Join(c.Dir, "terraform.tfstate"))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		c.t.Fatal(err)
	}
	var state struct{ Resources []recordedResource }
	if err := json.Unmarshal(content, &state); err != nil {
		c.t.Fatal(err)
	}
	return state.Resources
}
