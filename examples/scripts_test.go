package examples_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nebulablock/terraform-provider-nebula/examples"
)

// script is how an example script is run in a test.
type script struct {
	args        []string
	environment map[string]string
	programs    []string
	stubs       map[string]string
	// code is the exit code when all works, stdout part of what is printed then.
	code   int
	stdout string
	// may are the steps whose failure the script is meant to bear.
	may []string
}

// plannedDrift is a terraform whose plan has changes to make.
const plannedDrift = `case "$1 $2" in
"plan -no-color") echo 'unmanaged = { "7" = "forgotten" -> null }'; echo plan >drift.tfplan; exit 2 ;;
"query -json") echo '{"type":"list_resource_found"}'; echo '{"type":"list_resource_found"}' ;;
"query -no-color") printf 'import {\n  to = nebula_api_key.all_0\n  identity = {\n    id = "7"\n  }\n}\n' >adopted.tf ;;
"query -help") ;;
"apply -no-color") echo applied >>drift.tfplan ;;
*) exit 64 ;;
esac
`

// plannedCleanUp is a terraform whose plan names a machine.
const plannedCleanUp = `case "$1" in
plan) echo 'unmanaged = { "7" = "\"left over\", running" -> null }'; exit 2 ;;
apply) echo "applied $3" ;;
*) exit 64 ;;
esac
`

// dueRotation is a terraform with something to do.
const dueRotation = `case "$1" in
plan) exit 2 ;;
apply) echo "applied $3" ;;
*) exit 64 ;;
esac
`

// pulledState is a terraform that has a state. Its key is sha256("ak_found").
const pulledState = `[ "$1 $2" = "state pull" ]
cat <<END
{"resources": [{"mode": "managed", "type": "nebula_api_key", "instances": [{"attributes": {"id": "5",
"fingerprint": "e52fa31a2b8f97ed2ce04a1811c0eb1116880c2246d4719895f76229632ca230"}}]}]}
END
`

// api is a curl that knows a key with an ownership marker, and reads its
// credential.
const api = `grep -q '^Authorization: Bearer ak_own$' || exit 22
case "$*" in
*"GET "*) printf '{"status": "success", "data": [{"id": 5, "name": "left over", "description": "[tf:20261123T015500Z-abcdefghijklmnop]"}]}' ;;
*) printf '{"status": "success", "message": "deleted"}' ;;
esac
`

// scripts are the scripts of the guides, one entry for each use. Those of
// gitops have a test of their own.
var scripts = map[string][]script{
	"guides/drift-cleanup/drift.sh": {
		{
			args: []string{"report"}, programs: []string{"cat", "grep", "rm"}, stubs: map[string]string{"terraform": plannedDrift},
			code: 2, stdout: "\"forgotten\" -> null }\nKeys in the account: 2\n",
			// Without the command query there is no list of keys, and the number of
			// keys is only told.
			may: []string{"terraform query -help", "grep"},
		},
		{
			args: []string{"adopt", "^forgotten$"}, programs: []string{"rm", "sed"}, stubs: map[string]string{"terraform": plannedDrift},
			stdout: "other_key_ids in the same change. Otherwise the next\nplan names the adopted keys for deletion:\n  \"7\",\n",
		},
		{args: []string{"remove"}, programs: []string{"rm"}, stubs: map[string]string{"terraform": plannedDrift}},
	},
	"guides/gpu-machines/pipeline/nightly.sh": {
		{args: []string{"report"}, stubs: map[string]string{"terraform": plannedCleanUp}, code: 2, stdout: "left over"},
		{args: []string{"remove"}, stubs: map[string]string{"terraform": plannedCleanUp}, stdout: "applied nightly.tfplan"},
	},
	"guides/when-an-apply-goes-wrong/by-hand.sh": {
		{
			args: []string{"list"}, environment: map[string]string{"NEBULA_API_KEY": "ak_own"},
			programs: []string{"jq"}, stubs: map[string]string{"curl": api}, stdout: "5\tleft over\t[tf:",
		},
		{
			args: []string{"revoke", "5"}, environment: map[string]string{"NEBULA_API_KEY": "ak_own"},
			programs: []string{"jq"}, stubs: map[string]string{"curl": api}, stdout: "deleted",
		},
	},
	"guides/when-an-apply-goes-wrong/known.sh": {{
		programs: []string{"jq"}, stubs: map[string]string{"terraform": pulledState}, stdout: "5\n",
	}},
	"guides/when-an-apply-goes-wrong/adopt.sh": {{
		stubs: map[string]string{"terraform": `echo "$1" >>ran` + "\n"},
	}},
	"guides/what-is-in-state/which-key.sh": {{
		environment: map[string]string{"FOUND_KEY": "ak_found"},
		programs:    []string{"jq", "sha256sum"}, stubs: map[string]string{"terraform": pulledState}, stdout: "5\n",
	}},
	"guides/rotating-keys/pipeline/rotate.sh": {{
		programs: []string{"rm"}, stubs: map[string]string{"terraform": dueRotation}, stdout: "applied rotate.tfplan", may: []string{"rm"},
	}, {
		programs: []string{"rm"}, stubs: map[string]string{"terraform": `[ "$1" = plan ]` + "\n"}, may: []string{"rm"},
	}},
	"guides/rotating-keys/kubernetes/rotate.sh": {{
		stubs: map[string]string{
			"terraform": `case "$2" in -target=kubernetes_secret_v1.ci) [ -z "$TF_VAR_delivered_key" ] ;; *) echo "handed over $TF_VAR_delivered_key" ;; esac` + "\n",
			"kubectl":   `[ "$1 $2 $3 $4 $5" = "--namespace ci get secret nebula" ]; printf ak_in-the-cluster` + "\n",
		},
		stdout: "handed over ak_in-the-cluster\n",
	}},
	"guides/rotating-keys/try/try.sh": {{
		stubs: map[string]string{"terraform": "", "sleep": ""},
	}},
	"guides/rotating-keys/gitops/age-open.sh": {{
		args: []string{"deploy", "now"}, environment: map[string]string{"AGE_IDENTITY_FILE": "key.txt"},
		stubs: map[string]string{
			"age":    `[ "$*" = "--decrypt --identity key.txt secrets/nebula.age" ]; printf ak_opened` + "\n",
			"deploy": `echo "$1 with $NEBULA_API_KEY"` + "\n",
		},
		stdout: "now with ak_opened\n",
	}},
}

// Whatever a script calls can fail, and then the script fails: a pipeline that
// goes on after an error publishes nothing, or the wrong thing.
func TestScriptsFailWithTheirTools(t *testing.T) {
	t.Parallel()
	for file, uses := range scripts {
		for _, use := range uses {
			t.Run(file+" "+strings.Join(use.args, " "), func(t *testing.T) {
				t.Parallel()
				box := newToolbox(t, use.programs, use.stubs)
				good := box.run(t, file, t.TempDir(), use.environment, fault{}, use.args...)
				if good.code != use.code || !strings.Contains(good.stdout, use.stdout) {
					t.Fatalf("exit code %d, want %d; printed, which lacks %q:\n%s\n%s", good.code, use.code, use.stdout, good.stdout, good.stderr)
				}
				for _, step := range good.steps {
					for _, kind := range []faultKind{fails, breaks} {
						bad := box.run(t, file, t.TempDir(), use.environment, fault{step, kind}, use.args...)
						if (bad.code == use.code || bad.code == 0) && !slices.Contains(use.may, step) {
							t.Errorf("%s %s: exit code %d\n%s\n%s", step, kind, bad.code, bad.stdout, bad.stderr)
						}
					}
				}
			})
		}
	}
}

// A script that no test knows could fail in any way.
func TestAllScriptsAreTested(t *testing.T) {
	t.Parallel()
	for _, file := range files(t, ".sh") {
		_, tested := scripts[file]
		_, publishes := publishing[file]
		if !tested && !publishes && strings.HasPrefix(file, "guides/") {
			t.Errorf("%s is not in the table", file)
		}
	}
	for file := range scripts {
		examples.Text(file) // panics when the file is gone
	}
}

// What a nightly job prints is all that people see of an error.
func TestDriftReportTellsTheReason(t *testing.T) {
	t.Parallel()
	const file = "guides/drift-cleanup/drift.sh"
	for name, stub := range map[string]string{
		"plan":  `case $1 in plan) echo "Error: connection refused" >&2; exit 1 ;; esac` + "\n",
		"query": `case "$1 $2" in "query -json") echo '{"@message":"Error: connection refused"}'; exit 1 ;; esac` + "\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			box := newToolbox(t, []string{"cat", "grep", "rm"}, map[string]string{"terraform": stub})
			got := box.run(t, file, t.TempDir(), nil, fault{}, "report")
			if got.code != 1 || !strings.Contains(got.stdout+got.stderr, "Error: connection refused") {
				t.Errorf("exit code %d, printed:\n%s\n%s", got.code, got.stdout, got.stderr)
			}
		})
	}
}

// What somebody has written into adopted.tf is not lost to a second adopt, and
// a failed one leaves nothing behind that stands in the way of the next.
func TestDriftAdoptKeepsWhatIsThere(t *testing.T) {
	t.Parallel()
	const file = "guides/drift-cleanup/drift.sh"
	box := newToolbox(t, []string{"rm", "sed"}, map[string]string{"terraform": plannedDrift})
	folder := t.TempDir()
	adopted := filepath.Join(folder, "adopted.tf")

	if got := box.run(t, file, folder, nil, fault{"terraform query -no-color", breaks}, "adopt", "."); got.code != 1 {
		t.Errorf("exit code %d", got.code)
	}
	if _, err := os.Stat(adopted); err == nil {
		t.Error("a failed adopt leaves its file")
	}
	if err := os.WriteFile(adopted, []byte("edited"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := box.run(t, file, folder, nil, fault{}, "adopt", "."); got.code != 1 || !strings.Contains(got.stderr, "adopted.tf is there already") {
		t.Errorf("exit code %d: %s", got.code, got.stderr)
	}
	if content, err := os.ReadFile(adopted); err != nil || string(content) != "edited" {
		t.Errorf("adopted.tf is now %q, %v", content, err)
	}
}

// A state that cannot be had must not look like one that knows no key, and a
// credential must not be readable in the list of processes.
func TestScriptsBeforeKeysAreRevoked(t *testing.T) {
	t.Parallel()
	box := newToolbox(t, []string{"jq"}, map[string]string{"terraform": ""})
	if got := box.run(t, "guides/when-an-apply-goes-wrong/known.sh", t.TempDir(), nil, fault{}); got.code == 0 || !strings.Contains(got.stderr, "there is no state here") {
		t.Errorf("exit code %d: %s", got.code, got.stderr)
	}

	box = newToolbox(t, []string{"jq"}, map[string]string{
		"curl": `cat >/dev/null; case "$*" in *ak_own*) exit 2 ;; esac` + "\n" + `printf '{"status": "failed", "message": "No such key"}'` + "\n",
	})
	got := box.run(t, "guides/when-an-apply-goes-wrong/by-hand.sh", t.TempDir(), map[string]string{"NEBULA_API_KEY": "ak_own"}, fault{}, "revoke", "5")
	if got.code == 0 || got.code == 2 || !strings.Contains(got.stderr, "No such key") {
		t.Errorf("exit code %d: %s", got.code, got.stderr)
	}
}
