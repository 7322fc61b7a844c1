package main

import (
	"context"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/nebulablock/terraform-provider-nebula/examples"
)

// workspace is a folder with a configuration and a state.
type workspace struct {
	demo   *demo
	name   string
	folder string
	vars   []string
	// inAnyOrder says that the order and the number of the calls are not
	// certain: see demo.expectCalls.
	inAnyOrder bool
}

// open makes a workspace of the provider block and further examples, named as
// in package examples, with variables such as "name=value".
func (d *demo) open(name string, vars []string, files ...string) (*workspace, error) {
	w := &workspace{demo: d, name: name, folder: filepath.Join(d.folder, "workspaces", name), vars: vars}
	if err := os.MkdirAll(w.folder, 0o700); err != nil {
		return nil, err
	}
	for _, file := range append([]string{"provider/provider.tf"}, files...) {
		if err := os.WriteFile(filepath.Join(w.folder, path.Base(file)), []byte(examples.Text(file)), 0o600); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// run runs a command in the workspace and expects its exit code.
func (w *workspace) run(ctx context.Context, wantExit int, args ...string) (string, error) {
	output, exit, err := w.demo.cli.Run(ctx, w.folder, args...)
	if err != nil {
		return "", err
	}
	if exit != wantExit {
		return "", fmt.Errorf("%s %s ended with exit code %d, want %d:\n%s", w.demo.cli.Name(), strings.Join(args, " "), exit, wantExit, output)
	}
	return output, nil
}

// The exit codes of plan -detailed-exitcode.
const (
	nothingToDo   = 0
	somethingToDo = 2
)

// plan saves a plan, and expects what its exit code tells and the API's calls.
func (w *workspace) plan(ctx context.Context, wantExit int, wantCalls ...string) error {
	args := append([]string{"plan", "-no-color", "-input=false", "-detailed-exitcode", "-out=saved.tfplan"}, w.variables()...)
	return w.show(ctx, wantExit, []string{"plan"}, args, wantCalls)
}

// apply applies the plan that was made last, which does what it showed and
// asks the API nothing more.
func (w *workspace) apply(ctx context.Context, wantCalls ...string) error {
	return w.show(ctx, 0, []string{"apply"}, []string{"apply", "-no-color", "-input=false", "saved.tfplan"}, wantCalls)
}

// do plans and applies at once. The command is apply or destroy.
func (w *workspace) do(ctx context.Context, command string, wantExit int, wantCalls ...string) error {
	args := append([]string{command, "-no-color", "-input=false", "-auto-approve"}, w.variables()...)
	return w.show(ctx, wantExit, []string{command}, args, wantCalls)
}

func (w *workspace) variables() []string {
	var args []string
	for _, v := range w.vars {
		args = append(args, "-var="+v)
	}
	return args
}

// show runs a command before the audience, which sees it without the options
// that only a program needs.
func (w *workspace) show(ctx context.Context, wantExit int, shown, args, wantCalls []string) error {
	output, err := w.run(ctx, wantExit, args...)
	if err != nil {
		return err
	}
	w.demo.tell.command(w.name, w.demo.cli.Name()+" "+strings.Join(shown, " "), output)
	return w.demo.expectCalls(w.inAnyOrder, wantCalls...)
}

// write puts a file into the workspace.
func (w *workspace) write(name, content string) error {
	return os.WriteFile(filepath.Join(w.folder, name), []byte(content), 0o600)
}

// output is the value of an output.
func (w *workspace) output(ctx context.Context, name string) (string, error) {
	return w.run(ctx, 0, "output", "-raw", name)
}

// inState says whether the state holds a text.
func (w *workspace) inState(text string) (bool, error) {
	state, err := os.ReadFile(filepath.Join(w.folder, "terraform.tfstate"))
	return strings.Contains(string(state), text), err
}
