package tfcli_test

import (
	"errors"
	"os/exec"
	"slices"
	"testing"

	"github.com/nebulablock/terraform-provider-nebula/internal/tfcli"
)

func TestFind(t *testing.T) {
	t.Parallel()
	on := func(installed ...string) func(string) (string, error) {
		return func(name string) (string, error) {
			if slices.Contains(installed, name) {
				return "/bin/" + name, nil
			}
			return "", exec.ErrNotFound
		}
	}
	for name, test := range map[string]struct {
		variable  string
		installed []string
		want      string
	}{
		"named":   {"/opt/tofu", []string{"terraform"}, "/opt/tofu"},
		"both":    {"", []string{"tofu", "terraform"}, "/bin/terraform"},
		"tofu":    {"", []string{"tofu"}, "/bin/tofu"},
		"neither": {"", nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := tfcli.Find(func(string) string { return test.variable }, on(test.installed...))
			if got != test.want || errors.Is(err, tfcli.ErrNone) != (test.want == "") {
				t.Errorf("got %q and %v, want %q", got, err, test.want)
			}
		})
	}
}

func TestOverrides(t *testing.T) {
	t.Parallel()
	const want = `provider_installation {
  dev_overrides {
    "nebulablock/nebula" = "/a folder/bin"
    "nebulablock/other" = "/a folder/bin"
  }
  direct {}
}
`
	if got := tfcli.Overrides("/a folder/bin", "nebulablock/nebula", "nebulablock/other"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
