// Package tfcli finds the Terraform or OpenTofu at hand and makes it use the
// provider of this repository. The tests, the demo and the benchmark share it;
// the provider has no use for it.
package tfcli

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// EnvPath is the environment variable that names the command line to use. It
// is terraform-plugin-testing's.
const EnvPath = "TF_ACC_TERRAFORM_PATH"

// ErrNone says that there is no command line to use.
var ErrNone = errors.New("no Terraform or OpenTofu found: put terraform or tofu on PATH, or set " + EnvPath + " to one")

// Find is the command line to use: what EnvPath names, else terraform, else
// tofu. The error is ErrNone. The arguments are os.Getenv and exec.LookPath,
// outside of tests.
func Find(getenv func(string) string, lookPath func(string) (string, error)) (string, error) {
	if path := getenv(EnvPath); path != "" {
		return path, nil
	}
	for _, name := range []string{"terraform", "tofu"} {
		if path, err := lookPath(name); err == nil {
			return path, nil
		}
	}
	return "", ErrNone
}

// Binary is the path of a provider's program in a folder.
func Binary(folder, name string) string {
	path := filepath.Join(folder, "terraform-provider-"+name)
	if runtime.GOOS == "windows" {
		path += ".exe"
	}
	return path
}

// Build builds the provider of this repository into a folder, with these flags
// for go build, and gives the program's path. It works from wherever in the
// repository it is called.
func Build(ctx context.Context, folder string, flags ...string) (string, error) {
	binary := Binary(folder, "nebula")
	args := append([]string{"build", "-o", binary}, flags...)
	build := exec.CommandContext(ctx, "go", append(args, "github.com/nebulablock/terraform-provider-nebula")...) //nolint:gosec // no outside input
	if output, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the provider: %w\n%s", err, output)
	}
	return binary, nil
}

// Overrides is a CLI configuration that takes the providers with these sources,
// such as "nebulablock/nebula", from a folder, and makes `init` needless.
func Overrides(folder string, sources ...string) string {
	var lines strings.Builder
	for _, source := range sources {
		fmt.Fprintf(&lines, "    %q = %q\n", source, filepath.ToSlash(folder))
	}
	return "provider_installation {\n  dev_overrides {\n" + lines.String() + "  }\n  direct {}\n}\n"
}
