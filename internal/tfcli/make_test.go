package tfcli_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/nebulablock/terraform-provider-nebula/internal/tfcli"
)

// goStub stands in for go: it notes what it was asked to do, builds a command
// line that knows its version only, and tells which one a program would use.
const goStub = `#!/bin/sh
echo "$1" >>calls
case $1 in
build)
  [ -z "$NO_NETWORK" ] || exit 1
  while [ "$1" != -o ]; do shift; done
  printf '#!/bin/sh\necho OpenTofu v1.12.6\n' >"$2"
  chmod +x "$2" ;;
*) echo "$1 uses $TF_ACC_TERRAFORM_PATH of $TF_ACC_PROVIDER_HOST" ;;
esac
`

// workshop is a folder with the makefile of this repository and nothing of it
// that could be built.
type workshop struct {
	t      *testing.T
	folder string
}

func newWorkshop(t *testing.T) workshop {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the makefile is for a Unix shell")
	}
	w := workshop{t, t.TempDir()}
	for _, folder := range []string{"bin", "path", "internal/tools/tofu"} {
		if err := os.MkdirAll(filepath.Join(w.folder, folder), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	makefile, err := os.ReadFile("../../GNUmakefile")
	if err != nil {
		t.Fatal(err)
	}
	w.write("GNUmakefile", string(makefile))
	w.write("internal/tools/tofu/go.mod", "")
	w.write("path/go", goStub)
	// PATH has what the recipes use, and no command line.
	for _, name := range []string{"make", "echo", "head", "chmod"} {
		program, err := exec.LookPath(name)
		if err != nil {
			t.Skip(err)
		}
		if err := os.Symlink(program, filepath.Join(w.folder, "path", name)); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

func (w workshop) write(name, content string) {
	w.t.Helper()
	if err := os.WriteFile(filepath.Join(w.folder, name), []byte(content), 0o700); err != nil {
		w.t.Fatal(err)
	}
}

// make makes a target, and gives what was printed.
func (w workshop) make(target string, environment ...string) (string, error) {
	command := exec.CommandContext(w.t.Context(), filepath.Join(w.folder, "path", "make"), target)
	command.Dir = w.folder
	command.Env = append([]string{"PATH=" + filepath.Join(w.folder, "path")}, environment...)
	out, err := command.CombinedOutput()
	return string(out), err
}

// builds is how often something was built.
func (w workshop) builds() int {
	calls, err := os.ReadFile(filepath.Join(w.folder, "calls"))
	if err != nil {
		return 0
	}
	return strings.Count(string(calls), "build\n")
}

// A machine with nothing but Go, git and make gets a command line, once.
func TestMakeBuildsACommandLine(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	uses := filepath.Join(w.folder, "bin", "tofu") + " of registry.opentofu.org\n"
	out, err := w.make("demo")
	if err != nil || !strings.Contains(out, "Building OpenTofu") || !strings.Contains(out, "run uses "+uses) {
		t.Errorf("%v\n%s", err, out)
	}
	out, err = w.make("test")
	if err != nil || strings.Contains(out, "Building") || !strings.Contains(out, "test uses "+uses) || w.builds() != 1 {
		t.Errorf("%d builds, %v\n%s", w.builds(), err, out)
	}
}

func TestMakeTakesTheCommandLineThatIsThere(t *testing.T) {
	t.Parallel()
	const stub = "#!/bin/sh\necho Terraform v1.11.4\n"
	for name, environment := range map[string]string{"path/terraform": "", "named": tfcli.EnvPath + "=./named"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorkshop(t)
			w.write(name, stub)
			if out, err := w.make("demo", environment); err != nil || w.builds() != 0 || !strings.Contains(out, filepath.Base(name)+" of \n") {
				t.Errorf("%d builds, %v\n%s", w.builds(), err, out)
			}
		})
	}
}

func TestMakeSaysWhatToDoWithoutACommandLine(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	if out, err := w.make("demo", "NO_NETWORK=1"); err == nil || !strings.Contains(out, "put terraform or tofu on PATH") || strings.Contains(out, "run uses") {
		t.Errorf("%v\n%s", err, out)
	}
}
