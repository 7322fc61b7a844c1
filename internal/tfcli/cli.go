package tfcli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

// patience is how long an interrupted command may take to tidy up.
const patience = 10 * time.Second

// CLI is a Terraform or an OpenTofu that runs in an environment of its own: the
// developer's could name other providers, or a real account.
type CLI struct {
	path        string
	version     string
	environment []string
}

// Use makes a CLI of a binary. It uses the CLI configuration in the file config,
// and sees the variables, such as "NAME=value", besides those of this process
// that do not steer it. The error says that the binary does not run.
func Use(ctx context.Context, path, config string, variables ...string) (*CLI, error) {
	c := &CLI{path: path, environment: Environment(config, variables...)}
	output, code, err := c.Run(ctx, "", "version")
	if err == nil && code != 0 {
		err = fmt.Errorf("exit code %d: %s", code, output)
	}
	if err != nil {
		return nil, fmt.Errorf("%s does not run: %w", path, err)
	}
	c.version, _, _ = strings.Cut(output, "\n")
	return c, nil
}

// Environment is that of this process without what steers Terraform, OpenTofu
// or the provider, with a CLI configuration and the variables added.
func Environment(config string, variables ...string) []string {
	environment := append(scrubbed(os.Environ()), "TF_CLI_CONFIG_FILE="+config, "TF_IN_AUTOMATION=1", "CHECKPOINT_DISABLE=1")
	return append(environment, variables...)
}

func scrubbed(environment []string) []string {
	var kept []string
	for _, variable := range environment {
		switch {
		case strings.HasPrefix(variable, "TF_"), strings.HasPrefix(variable, "TOFU_"), strings.HasPrefix(variable, "NEBULA_"):
		default:
			kept = append(kept, variable)
		}
	}
	return kept
}

// Version is the product and its version: "Terraform v1.11.4".
func (c *CLI) Version() string { return c.version }

// Name is what people type: "terraform" or "tofu".
func (c *CLI) Name() string {
	if strings.HasPrefix(c.version, "OpenTofu") {
		return "tofu"
	}
	return "terraform"
}

// HasQuery says whether there is a command `query`: Terraform has it since 1.14,
// OpenTofu has not.
func (c *CLI) HasQuery() bool {
	var major, minor int
	if _, err := fmt.Sscanf(c.version, "Terraform v%d.%d", &major, &minor); err != nil {
		return false
	}
	return major > 1 || major == 1 && minor >= 14
}

// Command is a command to run in a folder. When the context ends it is
// interrupted, so that it tidies up, and killed only when that takes long.
func (c *CLI) Command(ctx context.Context, folder string, args ...string) *exec.Cmd {
	command := exec.CommandContext(ctx, c.path, args...) //nolint:gosec // the developer's own command line
	command.Dir, command.Env = folder, c.environment
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
	command.WaitDelay = patience
	return command
}

// Run runs a command in a folder, and gives all that it printed and its exit
// code. The error says that it could not be run, or was interrupted.
func (c *CLI) Run(ctx context.Context, folder string, args ...string) (output string, exitCode int, err error) {
	var printed bytes.Buffer
	command := c.Command(ctx, folder, args...)
	command.Stdout, command.Stderr = &printed, &printed
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
