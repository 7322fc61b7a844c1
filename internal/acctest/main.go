package acctest

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/hashicorp/go-version"

	"github.com/nebulablock/terraform-provider-nebula/internal/tfcli"
)

const (
	envHost      = "TF_ACC_PROVIDER_HOST"
	envNamespace = "TF_ACC_PROVIDER_NAMESPACE"

	namespace    = "nebulablock"
	openTofuHost = "registry.opentofu.org"
)

// Main runs the tests of a package that runs Terraform. The testing framework
// takes the command line to run, and where its providers are from, out of the
// process's environment alone, and the command line inherits that environment;
// so it is put in order here, once, before any test runs.
//
//	func TestMain(m *testing.M) { acctest.Main(m) }
func Main(m *testing.M) {
	if err := prepare(); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	if programs != "" {
		_ = os.RemoveAll(programs)
	}
	os.Exit(code)
}

func prepare() error {
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		if developersOwn(name) {
			if err := os.Unsetenv(name); err != nil {
				return err
			}
		}
	}
	for name, value := range map[string]string{
		// A developer's own configuration can point to an installed provider,
		// or not exist.
		"TF_CLI_CONFIG_FILE": os.DevNull,
		"CHECKPOINT_DISABLE": "1",
		envNamespace:         namespace,
	} {
		if err := os.Setenv(name, value); err != nil {
			return err
		}
	}
	cli, err := tfcli.Find(os.Getenv, exec.LookPath)
	if err != nil {
		return nil //nolint:nilerr // then the tests that need one skip
	}
	if err := os.Setenv(tfcli.EnvPath, cli); err != nil {
		return err
	}
	out, err := exec.Command(cli, "version").Output() //nolint:gosec,noctx // the tester's own command line, once
	if err != nil {
		return fmt.Errorf("%s does not run: %w", cli, err)
	}
	var tool, number string
	if _, err := fmt.Sscanf(string(out), "%s v%s", &tool, &number); err != nil {
		return fmt.Errorf("%s does not tell its version: %w", cli, err)
	}
	if cliVersion, err = version.NewVersion(number); err != nil {
		return fmt.Errorf("%s does not tell its version: %w", cli, err)
	}
	if tool == "OpenTofu" {
		return os.Setenv(envHost, openTofuHost)
	}
	return nil
}

// cliVersion is that of the command line; nil without one.
var cliVersion *version.Version

// Minor is the 11 of Terraform 1.11.4, and 0 without a command line.
func Minor() int {
	if cliVersion == nil {
		return 0
	}
	return cliVersion.Segments()[1]
}

// developersOwn says whether a variable changes what Terraform does and has no
// place in a test. The version variable would download one.
func developersOwn(name string) bool {
	switch name {
	case "TF_ACC_TERRAFORM_VERSION", "TF_DATA_DIR", "TF_PLUGIN_CACHE_DIR", "TF_REATTACH_PROVIDERS", "TF_WORKSPACE", envHost:
		return true
	}
	return strings.HasPrefix(name, "TF_CLI_ARGS") || strings.HasPrefix(name, "TF_VAR_")
}

// OpenTofu reports whether the tests run on OpenTofu.
func OpenTofu() bool { return os.Getenv(envHost) == openTofuHost }
