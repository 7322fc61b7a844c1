package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfcli"
)

// The recording is of the show as it is now. The show itself is `make demo`,
// which fails when a step is not as told; CI runs it with each command line.
func TestRecording(t *testing.T) {
	t.Parallel()
	recorded, err := os.ReadFile("demo.txt")
	if err != nil {
		t.Fatal(err)
	}
	wants := []string{
		"API calls: POST /api-keys -> 200\n",
		"No changes.",
		"must be replaced",
		"A consumer with the old key calls the API: 200 OK.\n   A consumer with the new key calls the API: 200 OK.",
		"A consumer with the old key calls the API: 401 Unauthorized.\n   A consumer with the new key calls the API: 200 OK.",
		"POST /api-keys -> no answer",
		"+ price_per_hour    = 0.697",
		" steps were as told",
	}
	for i, s := range steps {
		wants = append(wants, fmt.Sprintf("\n%d. %s\n", i+1, s.title))
	}
	for _, want := range wants {
		if !strings.Contains(string(recorded), want) {
			t.Errorf("the recording lacks %q (make demo-record)", want)
		}
	}
	if strings.Contains(string(recorded), "ak_") {
		t.Error("the recording shows a key")
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
		narrator narrator
		want     string
	}{
		"brief":   {narrator{}, "\n1. Title\n   Said 1.\n   ci$ terraform plan\n     Plan: 1\n     API calls: none\n     API calls: POST /a -> 200, GET /b -> no answer\n"},
		"verbose": {narrator{verbose: true}, "\n1. Title\n   Said 1.\n   ci$ terraform plan\n     Noise\n     Plan: 1\n     API calls: none\n     API calls: POST /a -> 200, GET /b -> no answer\n"},
		"in colours": {narrator{paint: true}, "\n\x1b[1m1. Title\x1b[0m\n   Said 1.\n   ci$ terraform plan\n     Plan: 1\n     API calls: none\n" +
			"     API calls: POST /a -> \x1b[32m200\x1b[0m, GET /b -> \x1b[31mno answer\x1b[0m\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out strings.Builder
			n := test.narrator
			n.out = &out
			n.title("Title")
			n.say("Said %d.", 1)
			n.command("ci", "terraform plan", "Noise\nPlan: 1\n")
			n.calls(nil)
			n.calls([]fakenebula.Request{{Method: "POST", Path: "/api/v1/a", Status: 200}, {Method: "GET", Path: "/api/v1/b"}})
			if out.String() != test.want {
				t.Errorf("got\n%q\nwant\n%q", out.String(), test.want)
			}
		})
	}
}

// A step that was left out counts as such, and not as told.
func TestTable(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	n := narrator{out: &out}
	n.title("First")
	n.calls([]fakenebula.Request{{Method: "GET"}, {Method: "POST"}, {Method: "GET"}})
	n.title("Second")
	n.leaveOut(&leftOutError{"this is too old"})
	out.Reset()
	n.end(3 * time.Second)
	const want = `
What was done                                                      Requests of the provider
 1. First                                                          1 POST, 2 GET
 2. Second                                                         left out
    Together                                                       1 POST, 2 GET

1 steps were as told, 1 left out, in 3s.
`
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
}

func TestNoColoursInPipesAndFiles(t *testing.T) {
	t.Parallel()
	null, err := os.Open(os.DevNull) // a character device, as a terminal is
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = null.Close() })
	file, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() })
	for name, test := range map[string]struct {
		out         io.Writer
		environment map[string]string
		want        bool
	}{
		"terminal":          {null, nil, true},
		"NO_COLOR":          {null, map[string]string{"NO_COLOR": "1"}, false},
		"terminal of paper": {null, map[string]string{"TERM": "dumb"}, false},
		"file":              {file, nil, false},
		"buffer":            {&bytes.Buffer{}, nil, false},
	} {
		if got := onTerminal(test.out, func(name string) string { return test.environment[name] }); got != test.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

// stage is a demo with nothing but an API.
func stage(t *testing.T) *demo {
	t.Helper()
	d := &demo{
		api:    fakenebula.New(fakenebula.Options{}),
		tell:   &narrator{out: &bytes.Buffer{}, steps: []shown{{requests: map[string]int{}}}},
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
		"calls": {d.expectCalls(false), d.expectCalls(false, created)},
		"keys":  {d.expectKeys("ci"), d.expectKeys()},
		"key":   {d.consume(t.Context(), "It", secret, 200), d.consume(t.Context(), "It", secret, 401)},
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
