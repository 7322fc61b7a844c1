package tfcli

import (
	"context"
	"errors"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

func TestScrubbed(t *testing.T) {
	t.Parallel()
	got := scrubbed([]string{"PATH=/bin", "TF_LOG=TRACE", "NEBULA_API_KEY=ak_real", "TOFU_X=1", "HOME=/home/me", "TF_CLI_CONFIG_FILE=x"})
	if want := []string{"PATH=/bin", "HOME=/home/me"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestVersions(t *testing.T) {
	t.Parallel()
	for version, want := range map[string]struct {
		name  string
		query bool
	}{
		"Terraform v1.11.4":     {"terraform", false},
		"Terraform v1.14.0":     {"terraform", true},
		"Terraform v1.16.0-dev": {"terraform", true},
		"Terraform v2.0.0":      {"terraform", true},
		"OpenTofu v1.14.0":      {"tofu", false},
		"":                      {"terraform", false},
	} {
		c := &CLI{version: version}
		if c.Name() != want.name || c.HasQuery() != want.query {
			t.Errorf("%q: %s, query %t", version, c.Name(), c.HasQuery())
		}
	}
}

// Any program with a command "version" and exit codes will do.
func TestRun(t *testing.T) {
	t.Parallel()
	program, err := exec.LookPath("go")
	if err != nil {
		t.Skip(err)
	}
	c, err := Use(t.Context(), program, "the.tfrc", "NEBULA_API_URL=http://localhost")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(c.Version(), "go version ") {
		t.Errorf("the version is %q", c.Version())
	}
	for _, variable := range []string{"TF_CLI_CONFIG_FILE=the.tfrc", "NEBULA_API_URL=http://localhost"} {
		if !slices.Contains(c.Command(t.Context(), "").Env, variable) {
			t.Errorf("%s is not in the environment", variable)
		}
	}
	if output, code, err := c.Run(t.Context(), t.TempDir(), "no-such-command"); code != 2 || err != nil || !strings.Contains(output, "unknown command") {
		t.Errorf("%q, exit code %d, %v", output, code, err)
	}
	interrupted, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := c.Run(interrupted, "", "version"); !errors.Is(err, context.Canceled) {
		t.Errorf("an interrupt gives %v", err)
	}
	if _, err := Use(t.Context(), t.TempDir(), ""); err == nil {
		t.Error("a folder is used as a command line")
	}
}
