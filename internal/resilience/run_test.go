package resilience_test

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfcli"
)

func TestMain(m *testing.M) { acctest.Main(m) }

// needsSoak skips what is for `make soak` only.
func needsSoak(t *testing.T) {
	t.Helper()
	if os.Getenv("NEBULA_SOAK") == "" {
		t.Skip("set NEBULA_SOAK=1: it takes some minutes")
	}
}

// site is a directory with a configuration, a fake API of its own, and a copy
// of the provider that can be told from all others.
type site struct {
	*acctest.CLI
	api      *fakenebula.Server
	provider string
	t        *testing.T
}

// newSite is for a test that signals processes; keys is the number of keys in
// its configuration.
func newSite(t *testing.T, binary string, keys int, o fakenebula.Options) *site {
	t.Helper()
	s, _ := openSite(t, binary, o)
	s.Write("main.tf", `resource "nebula_api_key" "k" {
  count = `+strconv.Itoa(keys)+`
  name  = "key-${count.index}"
}

output "keys" {
  value     = { for k in nebula_api_key.k : k.id => k.key }
  sensitive = true
}
`)
	return s
}

// openSite is a site without a configuration, and its world.
func openSite(t *testing.T, binary string, o fakenebula.Options) (*site, *acctest.World) {
	t.Helper()
	world := acctest.New(t, acctest.Options{Fake: o})
	own := filepath.Join(t.TempDir(), "terraform-provider-nebula")
	if err := os.Link(binary, own); err != nil {
		t.Fatal(err)
	}
	return &site{CLI: world.Program(t, own), api: world.API, provider: own, t: t}, world
}

// start begins an apply in a process group of its own, as a terminal would
// have it. The returned function waits for its end.
func (s *site) start(args ...string) (pid int, wait func() (output string, code int)) {
	s.t.Helper()
	var out printed
	return s.startInto(&out, args...)
}

// startInto is start with what is printed going to out.
func (s *site) startInto(out *printed, args ...string) (pid int, wait func() (output string, code int)) {
	s.t.Helper()
	command := exec.Command(os.Getenv(tfcli.EnvPath), append([]string{"apply", "-no-color", "-input=false", "-auto-approve"}, args...)...)
	command.Dir = s.Dir
	command.Env = os.Environ()
	for name, value := range s.Environment {
		command.Env = append(command.Env, name+"="+value)
	}
	command.Stdout, command.Stderr = out, out
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := command.Start(); err != nil {
		s.t.Fatal(err)
	}
	return command.Process.Pid, func() (string, int) {
		s.t.Helper()
		var exit *exec.ExitError
		if err := command.Wait(); err != nil && !errors.As(err, &exit) {
			s.t.Fatal(err)
		}
		return out.String(), command.ProcessState.ExitCode()
	}
}

// printed is what a command prints. Once it holds the text, it calls reached.
type printed struct {
	text    string
	reached func()

	strings.Builder
}

func (p *printed) Write(b []byte) (int, error) {
	n, err := p.Builder.Write(b)
	if p.reached != nil && strings.Contains(p.String(), p.text) {
		reached := p.reached
		p.reached = nil
		reached()
	}
	return n, err
}

// killProvider ends every process of this site's provider at once.
func (s *site) killProvider() {
	processes, err := filepath.Glob("/proc/[0-9]*/exe")
	if err != nil {
		s.t.Error(err)
	}
	for _, exe := range processes {
		if target, err := os.Readlink(exe); err == nil && target == s.provider {
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(exe)))
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
}

// restoreCutState does what the guide says of a state file that Terraform had
// begun to write when it was stopped: the backup takes its place, if there is
// one.
func (s *site) restoreCutState() {
	s.t.Helper()
	path := filepath.Join(s.Dir, "terraform.tfstate")
	content, err := os.ReadFile(path)
	if err != nil || json.Valid(content) {
		return
	}
	s.t.Logf("the state file was cut off after %d bytes", len(content))
	err = os.Rename(path+".backup", path)
	if errors.Is(err, os.ErrNotExist) {
		err = os.Remove(path)
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

// recorded are the ids in state; tainted ones and those without an id count as
// far as they have one.
func (s *site) recorded() map[string]bool {
	s.t.Helper()
	ids := map[string]bool{}
	for _, instance := range s.Instances("nebula_api_key.k") {
		if id, ok := instance.Attributes["id"].(string); ok {
			ids[id] = true
		}
	}
	return ids
}

// unrecorded are the live keys of this configuration that no state knows.
func (s *site) unrecorded() []fakenebula.Key {
	s.t.Helper()
	recorded := s.recorded()
	var orphans []fakenebula.Key
	for _, key := range s.api.Keys() {
		if key.Name != acctest.OwnKey && !recorded[key.ID] {
			orphans = append(orphans, key)
		}
	}
	return orphans
}

// expectComplete checks that state and API agree: so many keys, each secret in
// state valid.
func (s *site) expectComplete(keys int) {
	s.t.Helper()
	instances := s.Instances("nebula_api_key.k")
	if len(instances) != keys {
		s.t.Errorf("%d keys are in state, want %d", len(instances), keys)
	}
	for _, instance := range instances {
		secret, _ := instance.Attributes["key"].(string)
		if instance.Tainted || !s.api.Valid(secret) {
			s.t.Errorf("key %v in state is tainted or its secret is not valid", instance.Attributes["id"])
		}
	}
	if live := len(s.api.Keys()) - 1; live != keys {
		s.t.Errorf("%d keys are live, want %d", live, keys)
	}
}
