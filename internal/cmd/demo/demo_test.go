package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfcli"
)

// The whole show, as `make demo` gives it.
func TestDemo(t *testing.T) {
	t.Parallel()
	if _, err := tfcli.Find(os.Getenv, exec.LookPath); err != nil {
		t.Skip(err)
	}
	var stdout, stderr bytes.Buffer
	if err := run(t.Context(), nil, &stdout, &stderr); err != nil {
		t.Fatalf("%v\n%s%s", err, stdout.String(), stderr.String())
	}
	for _, want := range []string{
		"API calls: POST /api-keys -> 200\n",
		"API calls: DELETE /api-keys/4 -> 200\n",
		"No changes.",
		"must be replaced",
		"401 Unauthorized",
		"All 11 steps were as told",
	} {
		if !strings.Contains(stdout.String(), want) {
			t.Errorf("the show lacks %q:\n%s", want, stdout.String())
		}
	}
	if strings.Contains(stdout.String(), "ak_") {
		t.Errorf("the show shows a key:\n%s", stdout.String())
	}
}

func TestRunRefusesArguments(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"-no-such-flag"}, {"superfluous"}} {
		var stdout, stderr bytes.Buffer
		if err := run(t.Context(), args, &stdout, &stderr); err == nil {
			t.Errorf("%q was accepted", args)
		}
		if stdout.Len() != 0 {
			t.Errorf("%q showed something: %s", args, stdout.String())
		}
	}
}

func TestHighlights(t *testing.T) {
	t.Parallel()
	const output = `╷
│ Warning: Provider development overrides are in effect
│ 
│ The following provider development overrides are set in the CLI configuration:
╵

Terraform will perform the following actions:

  # nebula_api_key.ci must be replaced
-/+ resource "nebula_api_key" "ci" {
      ~ description    = "do not use" -> "Used by the build pipeline" # forces replacement
      ~ id             = "2" -> (known after apply)
    }

Plan: 1 to add, 0 to change, 1 to destroy.
╷
│ Warning: API key gone soon after its creation
│ 
│ Two complete lists do not show key 1.
╵
╷
│ Error: Unable to create API key
╵
`
	want := []string{
		"# nebula_api_key.ci must be replaced",
		`~ description    = "do not use" -> "Used by the build pipeline" # forces replacement`,
		"Plan: 1 to add, 0 to change, 1 to destroy.",
		"Warning: API key gone soon after its creation",
		"Error: Unable to create API key",
	}
	if got := highlights(output); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := highlights("No changes. Your infrastructure matches the configuration.\n"); len(got) != 1 {
		t.Errorf("got %q of a plan that changes nothing", got)
	}
}

func TestNarrator(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		verbose bool
		want    string
	}{
		"brief":   {false, "\n1. Title\n   Said 1.\n   ci$ terraform plan\n     Plan: 1\n     API calls: none\n     API calls: a, b\n"},
		"verbose": {true, "\n1. Title\n   Said 1.\n   ci$ terraform plan\n     Noise\n     Plan: 1\n     API calls: none\n     API calls: a, b\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out strings.Builder
			n := narrator{out: &out, verbose: test.verbose}
			n.title("Title")
			n.say("Said %d.", 1)
			n.command("ci", "terraform plan", "Noise\nPlan: 1\n")
			n.calls(nil)
			n.calls([]string{"a", "b"})
			if out.String() != test.want {
				t.Errorf("got\n%s\nwant\n%s", out.String(), test.want)
			}
		})
	}
}

func TestTranscript(t *testing.T) {
	t.Parallel()
	got := transcript([]fakenebula.Request{
		{Method: "POST", Path: "/api/v1/api-keys", Status: 200},
		{Method: "DELETE", Path: "/api/v1/api-keys/7", Status: 404},
	})
	want := []string{"POST /api-keys -> 200", "DELETE /api-keys/7 -> 404"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// stage is a demo with nothing but an API.
func stage(t *testing.T) *demo {
	t.Helper()
	d := &demo{
		api:    fakenebula.New(fakenebula.Options{}),
		tell:   &narrator{out: &bytes.Buffer{}},
		folder: filepath.Join(t.TempDir(), "demo"),
		cli:    &tfcli.CLI{},
	}
	var err error
	if d.endpoint, err = d.api.Start(""); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.endpoint.Close)
	return d
}

// What is not as told must end the demo.
func TestExpectations(t *testing.T) {
	t.Parallel()
	d := stage(t)
	id, secret := d.api.AddKey("ci", "")
	for name, test := range map[string]struct {
		met, missed error
	}{
		"calls": {d.expectCalls(), d.expectCalls(created)},
		"keys":  {d.expectKeys("ci"), d.expectKeys()},
		"key":   {d.consume(t.Context(), secret, 200), d.consume(t.Context(), secret, 401)},
	} {
		if test.met != nil {
			t.Errorf("%s: %v", name, test.met)
		}
		if test.missed == nil {
			t.Errorf("%s: what is missed is not told", name)
		}
	}
	if got := d.idOf(secret); got != id {
		t.Errorf("idOf gives %q, want %q", got, id)
	}
	if got := d.idOf("ak_unknown"); got != "" {
		t.Errorf("idOf gives %q of a secret that was never issued", got)
	}
}

func TestWorkspaceExpectsTheExitCode(t *testing.T) {
	t.Parallel()
	d := stage(t)
	w, err := d.open("ci", nil, keyExample)
	if err != nil {
		t.Fatal(err)
	}
	// Any program with exit codes will do.
	program, err := exec.LookPath("go")
	if err != nil {
		t.Skip(err)
	}
	if d.cli, err = tfcli.Use(t.Context(), program, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := w.run(t.Context(), 0, "version"); err != nil {
		t.Error(err)
	}
	if _, err := w.run(t.Context(), 2, "version"); err == nil {
		t.Error("exit code 0 passes for 2")
	}
	if _, err := w.run(t.Context(), 0, "no-such-command"); err == nil {
		t.Error("exit code 2 passes for 0")
	}
	interrupted, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := w.run(interrupted, 0, "version"); !errors.Is(err, context.Canceled) {
		t.Errorf("an interrupt gives %v", err)
	}
	if err := d.close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(d.folder); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder is left: %v", err)
	}
}

func TestInState(t *testing.T) {
	t.Parallel()
	d := stage(t)
	w, err := d.open("ci", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.inState("ak_"); err == nil {
		t.Error("a missing state passes for a clean one")
	}
	if err := os.WriteFile(filepath.Join(w.folder, "terraform.tfstate"), []byte(`{"key":"ak_plain"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]bool{"ak_plain": true, "ak_other": false} {
		if got, err := w.inState(text); err != nil || got != want {
			t.Errorf("%s: got %v, %v", text, got, err)
		}
	}
}
