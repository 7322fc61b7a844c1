package examples_test

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/nebulablock/terraform-provider-nebula/examples"
)

// toolbox holds all programs that a script finds: nothing else is on its PATH.
// Each of them can be made to fail.
type toolbox struct {
	dir string
}

// fault is what is wrong with one program.
type fault struct {
	// step is the program, and for programs of many commands the command and its
	// first argument, too: "age", "git push".
	step string
	kind faultKind
}

type faultKind string

const (
	// fails: it does nothing, and says so by its exit code.
	fails faultKind = "fails"
	// breaks: it does all its work, and its exit code says that it failed.
	breaks faultKind = "breaks"
	// silent: it does nothing, and its exit code is 0.
	silent faultKind = "is silent"
	// babbles: it prints something else than it should, and its exit code is 0.
	babbles faultKind = "babbles"
)

// wrapper stands on the PATH in the place of each program. It notes that the
// program was called, and does what FAULT says or the work of the program.
const wrapper = `#!/bin/sh
name=%[1]s
work() {
%[2]s
}
case $name in git | terraform) step="$name $1${2:+ $2}" ;; *) step=$name ;; esac
echo "$step" >>"$STEPS"
if [ "$step" = "$FAULT_STEP" ]; then
  case $FAULT_KIND in
  fails) exit 3 ;;
  breaks) (work "$@"); exit 3 ;;
  "is silent") exit 0 ;;
  babbles) echo "╷ Warning: No outputs found"; exit 0 ;;
  esac
fi
work "$@"
`

// newToolbox holds programs of this machine, and stubs: bodies of shell scripts
// by the name of the program that they stand in for. A program that the machine
// does not have skips the test.
func newToolbox(t *testing.T, programs []string, stubs map[string]string) toolbox {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the scripts are for a Unix shell")
	}
	box := toolbox{dir: t.TempDir()}
	for _, name := range programs {
		program, err := exec.LookPath(name)
		if err != nil {
			t.Skip(err)
		}
		box.put(t, name, "exec "+program+` "$@"`)
	}
	for name, body := range stubs {
		// A stub may call what it likes: that is not the script's doing.
		box.put(t, name, "set -eu\nPATH='"+os.Getenv("PATH")+"'\n"+body)
	}
	return box
}

func (b toolbox) put(t *testing.T, name, work string) {
	t.Helper()
	writeProgram(t, filepath.Join(b.dir, name), fmt.Sprintf(wrapper, name, work))
}

func writeProgram(t *testing.T, file, content string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(content), 0o700); err != nil {
		t.Fatal(err)
	}
}

// result is how a script ended.
type result struct {
	code           int
	stdout, stderr string
	// steps are the programs that it called, in their order, each once.
	steps []string
}

// run runs an example script in a folder, with the shell that its first line
// names.
func (b toolbox) run(t *testing.T, script, folder string, environment map[string]string, broken fault, args ...string) result {
	t.Helper()
	first, _, _ := strings.Cut(examples.Text(script), "\n")
	words := strings.Fields(strings.ReplaceAll(first, "/", " "))
	shell, err := exec.LookPath(words[len(words)-1])
	if err != nil {
		t.Skip(err)
	}
	scratch := t.TempDir()
	file, steps := filepath.Join(scratch, path.Base(script)), filepath.Join(scratch, "steps")
	writeProgram(t, file, examples.Text(script))

	var stdout, stderr bytes.Buffer
	command := exec.CommandContext(t.Context(), shell, append([]string{file}, args...)...)
	command.Dir = folder
	command.Env = []string{"PATH=" + b.dir, "HOME=" + scratch, "STEPS=" + steps, "FAULT_STEP=" + broken.step, "FAULT_KIND=" + string(broken.kind)}
	for _, name := range slices.Sorted(maps.Keys(environment)) {
		command.Env = append(command.Env, name+"="+environment[name])
	}
	command.Stdout, command.Stderr = &stdout, &stderr
	var exit *exec.ExitError
	if err := command.Run(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	r := result{code: command.ProcessState.ExitCode(), stdout: stdout.String(), stderr: stderr.String()}
	if noted, err := os.ReadFile(steps); err == nil {
		for step := range strings.Lines(string(noted)) {
			if step = strings.TrimSpace(step); !slices.Contains(r.steps, step) {
				r.steps = append(r.steps, step)
			}
		}
	}
	return r
}
