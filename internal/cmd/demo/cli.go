package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/tfcli"
)

// cli is a Terraform or an OpenTofu that uses the provider built here.
type cli struct {
	path string
	// name is "terraform" or "tofu", version such as "Terraform v1.11.4".
	name, version string
	environment   []string
}

// newCLI finds the command line and gives it a configuration and an
// environment of its own: the developer's could name other providers, or a
// real account.
func newCLI(ctx context.Context, folder, plugins, apiURL, accessToken string) (*cli, error) {
	path, err := tfcli.Find(os.Getenv, exec.LookPath)
	if err != nil {
		return nil, err
	}
	config := filepath.Join(folder, "cli.tfrc")
	if err := os.WriteFile(config, []byte(tfcli.Overrides(plugins, "nebulablock/nebula")), 0o600); err != nil {
		return nil, err
	}
	c := &cli{path: path, environment: append(scrubbed(os.Environ()),
		"TF_CLI_CONFIG_FILE="+config,
		"TF_IN_AUTOMATION=1",
		"CHECKPOINT_DISABLE=1",
		"NEBULA_API_URL="+apiURL,
		"NEBULA_ACCESS_TOKEN="+accessToken,
	)}
	output, _, err := c.run(ctx, folder, "version")
	if err != nil {
		return nil, err
	}
	c.version, _, _ = strings.Cut(output, "\n")
	c.name = "terraform"
	if strings.HasPrefix(c.version, "OpenTofu") {
		c.name = "tofu"
	}
	return c, nil
}

// hasQuery reports whether the command line knows `query`: Terraform has since
// 1.14, OpenTofu has not.
func (c *cli) hasQuery() bool {
	var major, minor int
	if _, err := fmt.Sscanf(c.version, "Terraform v%d.%d", &major, &minor); err != nil {
		return false
	}
	return major > 1 || major == 1 && minor >= 14
}

// scrubbed is an environment without what steers Terraform, OpenTofu or the
// provider.
func scrubbed(environment []string) []string {
	var kept []string
	for _, variable := range environment {
		name, _, _ := strings.Cut(variable, "=")
		switch {
		case strings.HasPrefix(name, "TF_"), strings.HasPrefix(name, "TOFU_"), strings.HasPrefix(name, "NEBULA_"):
		default:
			kept = append(kept, variable)
		}
	}
	return kept
}

// run runs the command line in a folder, and gives all that it printed and its
// exit code. The error says that it could not be run, or was interrupted.
func (c *cli) run(ctx context.Context, folder string, args ...string) (output string, exitCode int, err error) {
	var printed bytes.Buffer
	command := exec.CommandContext(ctx, c.path, args...) //nolint:gosec // the developer's own command line
	command.Dir, command.Env = folder, c.environment
	command.Stdout, command.Stderr = &printed, &printed
	// It tidies up when it is interrupted, and must not be waited for forever.
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
	command.WaitDelay = 10 * time.Second
	err = command.Run()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return "", 0, ctx.Err()
	case errors.As(err, &exit):
		return printed.String(), exit.ExitCode(), nil
	case err != nil:
		return "", 0, err
	}
	return printed.String(), 0, nil
}
