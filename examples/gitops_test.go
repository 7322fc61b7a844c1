package examples_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"filippo.io/age"
	"filippo.io/age/armor"

	"github.com/nebulablock/terraform-provider-nebula/examples"
)

// publisher is a script that commits a key to a repository.
type publisher struct {
	// file is what it commits.
	file string
	// holds says whether a committed file is the good one of a key.
	holds func(file, key string) bool
	// programs are what it may call besides git and the stubs.
	programs []string
}

var publishing = map[string]publisher{
	"guides/rotating-keys/gitops/age.sh": {
		file:     "secrets/nebula.age",
		holds:    func(file, key string) bool { return file == sealed(key) },
		programs: []string{"git", "grep", "mkdir", "mv", "rm"},
	},
	"guides/rotating-keys/gitops/sops.sh": {
		file: "secrets/nebula.yaml",
		holds: func(file, key string) bool {
			return strings.Contains(file, "fingerprint: "+fingerprint(key)+"\n") && strings.Contains(file, "ENC[") && strings.HasSuffix(file, "\nsops: {}\n")
		},
		programs: []string{"git", "grep", "mkdir", "mv", "rm", "sha256sum"},
	},
}

// sealed is a key as the stubs seal it.
func sealed(key string) string {
	return "-----BEGIN AGE ENCRYPTED FILE-----\n" + hex.EncodeToString([]byte(key)) + "\n-----END AGE ENCRYPTED FILE-----\n"
}

func fingerprint(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:])
}

// The stubs have what they need to know in files of the folder KNOWN. SOPS
// writes another file each time, as the real one does.
var gitopsStubs = map[string]string{
	"terraform": `case "$*" in
"apply -target="*) [ -z "$TF_VAR_delivered_key" ] ;;
"apply "*) printf %s "$TF_VAR_delivered_key" >"$KNOWN/handed-over" ;;
"output -raw sealed_ci_key") cat "$KNOWN/sealed" ;;
"output -raw ci_fingerprint") cat "$KNOWN/fingerprint" ;;
*) exit 64 ;;
esac
`,
	"age": `[ "$1 $2" = "--decrypt --identity" ] && [ "$(cat)" = "$(cat "$KNOWN/sealed")" ]
cat "$KNOWN/key"
`,
	"jq": `[ "$1 $2 $3 $4" = "--raw-input --slurp --arg fingerprint" ]
echo "fingerprint: $5"
cat
`,
	"sops": `read -r line
rest=$(cat)
[ -n "$line" ] && [ -n "$rest" ]
case "$1 $2 $3" in
"encrypt --input-type json") printf '%s\napi_key: ENC[%s]\nsops: {}\n' "$line" $$ ;;
"decrypt --input-type yaml") [ "$line" = "fingerprint: $(cat "$KNOWN/fingerprint")" ]; cat "$KNOWN/key" ;;
*) exit 64 ;;
esac
`,
}

// gitStub is a git of one file: what was added, committed and pushed of it are
// files of KNOWN.
const gitStub = `case "$1 ${4-}" in
"add "*) cat "$2" >"$KNOWN/added" ;;
"diff --") cmp -s "$KNOWN/added" "$KNOWN/committed" ;;
"commit --") cat "$5" >"$KNOWN/committed" ;;
"push "*) cat "$KNOWN/committed" >"$KNOWN/pushed" ;;
"show "*) cat "$KNOWN/pushed" ;;
*) exit 64 ;;
esac
`

// repository is a clone in which a pipeline works, and what it pushes to.
type repository struct {
	t *testing.T
	// stubbed says that gitStub takes the place of git.
	stubbed bool
	// folder is the clone, remote what is pushed to, known what the stubs know.
	// All are in root.
	root, folder, remote, known string
}

func newRepository(t *testing.T) repository {
	t.Helper()
	r := repositoryIn(t, t.TempDir())
	if err := os.Mkdir(r.known, 0o700); err != nil {
		t.Fatal(err)
	}
	r.git(r.root, "init", "--quiet", "--template=", "--bare", "--initial-branch=main", r.remote)
	r.git(r.root, "clone", "--quiet", "--template=", r.remote, r.folder)
	// A relative one, so that the whole can be copied.
	r.git(r.folder, "remote", "set-url", "origin", "../remote.git")
	r.git(r.folder, "commit", "--quiet", "--allow-empty", "--message=Begin")
	r.git(r.folder, "push", "--quiet", "--set-upstream", "origin", "HEAD:main")
	return r
}

func repositoryIn(t *testing.T, root string) repository {
	return repository{t: t, root: root, folder: filepath.Join(root, "clone"), remote: filepath.Join(root, "remote.git"), known: filepath.Join(root, "known")}
}

// newStubbed is a repository for gitStub.
func newStubbed(t *testing.T) repository {
	t.Helper()
	r := repositoryIn(t, t.TempDir())
	r.stubbed = true
	for _, folder := range []string{r.folder, r.known} {
		if err := os.Mkdir(folder, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(r.known, "committed"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	return r
}

// copied is another that is the same.
func (r repository) copied(t *testing.T) repository {
	t.Helper()
	root := t.TempDir()
	if err := os.CopyFS(root, os.DirFS(r.root)); err != nil {
		t.Fatal(err)
	}
	other := repositoryIn(t, root)
	other.stubbed = r.stubbed
	return other
}

// environment is what a script sees. No setting of the developer's git counts.
func (r repository) environment() map[string]string {
	return map[string]string{
		"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.DevNull,
		"GIT_AUTHOR_NAME": "pipeline", "GIT_AUTHOR_EMAIL": "pipeline@example.com",
		"GIT_COMMITTER_NAME": "pipeline", "GIT_COMMITTER_EMAIL": "pipeline@example.com",
		"AGE_IDENTITY_FILE": "key.txt", "KNOWN": r.known,
	}
}

func (r repository) git(folder string, args ...string) string {
	r.t.Helper()
	command := exec.CommandContext(r.t.Context(), "git", args...)
	command.Dir, command.Env = folder, os.Environ()
	for _, name := range slices.Sorted(maps.Keys(r.environment())) {
		command.Env = append(command.Env, name+"="+r.environment()[name])
	}
	out, err := command.CombinedOutput()
	if err != nil {
		r.t.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return string(out)
}

// rotate makes a key the current one.
func (r repository) rotate(key string) {
	r.t.Helper()
	for name, content := range map[string]string{"key": key, "sealed": sealed(key), "fingerprint": fingerprint(key)} {
		if err := os.WriteFile(filepath.Join(r.known, name), []byte(content), 0o600); err != nil {
			r.t.Fatal(err)
		}
	}
}

// handedOver is the key that was handed over last.
func (r repository) handedOver() string {
	r.t.Helper()
	return read(r.t, filepath.Join(r.known, "handed-over"))
}

// pushed is a file as the remote has it.
func (r repository) pushed(file string) string {
	r.t.Helper()
	if r.stubbed {
		return read(r.t, filepath.Join(r.known, "pushed"))
	}
	return r.git(r.remote, "show", "main:"+file)
}

// commits is how many commits the remote has.
func (r repository) commits() int {
	r.t.Helper()
	return strings.Count(r.git(r.remote, "log", "--oneline", "main"), "\n")
}

const oldKey, newKey = "ak_old-key", "ak_new-key"

// Whatever a publishing script calls fails once, after a rotation. The
// repository holds the old or the new key's good file at any time, and the next
// run brings the new one. What the real git does with the scripts is for the
// tests below.
func TestPublishingSurvivesFailures(t *testing.T) {
	t.Parallel()
	for file, p := range publishing {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			stubs := maps.Clone(gitopsStubs)
			stubs["git"] = gitStub
			box := newToolbox(t, slices.DeleteFunc(slices.Clone(p.programs), func(name string) bool { return name == "git" }), stubs)
			published := newStubbed(t)
			published.rotate(oldKey)
			good := box.run(t, file, published.folder, published.environment(), fault{})
			if good.code != 0 || !p.holds(published.pushed(p.file), oldKey) || published.handedOver() != oldKey {
				t.Fatalf("exit code %d\n%s\n%s", good.code, good.stdout, good.stderr)
			}
			t.Run("nothing fails", func(t *testing.T) {
				t.Parallel()
				publishWithFault(t, box, file, p, published.copied(t), fault{})
			})
			for _, step := range good.steps {
				for _, kind := range faultKindsOf(step) {
					t.Run(step+" "+string(kind), func(t *testing.T) {
						t.Parallel()
						publishWithFault(t, box, file, p, published.copied(t), fault{step, kind})
					})
				}
			}
		})
	}
}

// faultKindsOf are the faults to try with a step. What prints a key can print
// something else; the tools of every machine only fail.
func faultKindsOf(step string) []faultKind {
	program, _, _ := strings.Cut(step, " ")
	_, own := gitopsStubs[program]
	switch {
	case !own:
		return []faultKind{fails}
	case strings.HasPrefix(step, "terraform apply"):
		return []faultKind{fails, breaks}
	default:
		return []faultKind{fails, breaks, silent, babbles}
	}
}

// publishWithFault runs the script in a repository that holds the old key.
func publishWithFault(t *testing.T, box toolbox, file string, p publisher, r repository, broken fault) {
	t.Helper()
	r.rotate(newKey)
	before := contents(t, r.root)
	got := box.run(t, file, r.folder, r.environment(), broken)
	if failed := broken.kind == fails || broken.kind == breaks; failed && got.code == 0 && broken.step != "rm" {
		t.Errorf("exit code 0\n%s\n%s", got.stdout, got.stderr)
	}
	for where, content := range map[string]string{"repository": r.pushed(p.file), "clone": read(t, filepath.Join(r.folder, p.file))} {
		if !p.holds(content, oldKey) && !p.holds(content, newKey) {
			t.Errorf("the %s holds a file that is no key's:\n%s", where, content)
		}
	}
	if !p.holds(r.pushed(p.file), newKey) && r.handedOver() == newKey {
		t.Error("a key was handed over that was not pushed")
	}
	noPlaintext(t, r.folder)
	if maps.Equal(contents(t, r.root), before) {
		return // the next run finds what this one found
	}

	got = box.run(t, file, r.folder, r.environment(), fault{})
	if got.code != 0 || !p.holds(r.pushed(p.file), newKey) || r.handedOver() != newKey {
		t.Errorf("the next run: exit code %d\n%s\n%s\n%s", got.code, got.stdout, got.stderr, r.pushed(p.file))
	}
	noPlaintext(t, r.folder)
}

func read(t *testing.T, file string) string {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// contents are all files of a folder, by their paths.
func contents(t *testing.T, folder string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(folder, func(file string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			all[file] = read(t, file)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// noPlaintext looks for the keys in all files of a folder.
func noPlaintext(t *testing.T, folder string) {
	t.Helper()
	for file, content := range contents(t, folder) {
		if strings.Contains(content, oldKey) || strings.Contains(content, newKey) {
			t.Errorf("%s holds a key in plaintext", file)
		}
	}
}

// A commit means a new key, however often the pipeline runs.
func TestPublishingCommitsNewKeysOnly(t *testing.T) {
	t.Parallel()
	for file, p := range publishing {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			box := newToolbox(t, p.programs, gitopsStubs)
			r := newRepository(t)
			for _, key := range []string{oldKey, newKey} {
				r.rotate(key)
				before := r.commits()
				for range 3 {
					if got := box.run(t, file, r.folder, r.environment(), fault{}); got.code != 0 {
						t.Fatalf("exit code %d\n%s", got.code, got.stderr)
					}
				}
				if made := r.commits() - before; made != 1 {
					t.Errorf("%d commits for one key", made)
				}
			}
		})
	}
}

// The .sops.yaml decides what is encrypted. With a wrong one the key would be
// committed in plaintext, or the fingerprint could not be read.
func TestSOPSThatEncryptsTheWrongThing(t *testing.T) {
	t.Parallel()
	const file = "guides/rotating-keys/gitops/sops.sh"
	p := publishing[file]
	for name, sops := range map[string]string{
		"nothing":    "cat\n",
		"everything": "cat >/dev/null; printf 'fingerprint: ENC[1]\\napi_key: ENC[2]\\nsops: {}\\n'\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stubs := maps.Clone(gitopsStubs)
			stubs["sops"] = sops
			r := newRepository(t)
			r.rotate(oldKey)
			got := newToolbox(t, p.programs, stubs).run(t, file, r.folder, r.environment(), fault{})
			if got.code != 1 || !strings.Contains(got.stderr, "see encrypted_regex in .sops.yaml") {
				t.Errorf("exit code %d: %s", got.code, got.stderr)
			}
			noPlaintext(t, r.folder)
		})
	}
}

// With the real age and jq, as far as they are needed: what reaches SOPS is a
// Kubernetes Secret with the key, and what age.sh commits is what age-open.sh
// opens.
func TestPublishingWithRealTools(t *testing.T) {
	t.Parallel()
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	r := newRepository(t)
	r.rotate(newKey)
	identityFile := filepath.Join(r.known, "key.txt")
	for file, content := range map[string]string{filepath.Join(r.known, "sealed"): armored(t, newKey, identity.Recipient()), identityFile: identity.String()} {
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	environment := r.environment()
	environment["AGE_IDENTITY_FILE"] = identityFile

	stubs := maps.Clone(gitopsStubs)
	delete(stubs, "jq")
	stubs["age"] = `exec "` + buildAge(t) + `" "$@"` + "\n"
	stubs["sops"] = `case "$*" in
"encrypt --input-type json --output-type yaml --filename-override secrets/nebula.yaml /dev/stdin")
  cat >"$KNOWN/secret.json"; printf 'fingerprint: %s\napi_key: ENC[]\nsops: {}\n' "$(cat "$KNOWN/fingerprint")" ;;
'decrypt --input-type yaml --extract ["stringData"]["api_key"] /dev/stdin') cat >/dev/null; cat "$KNOWN/key" ;;
*) exit 64 ;;
esac
`
	stubs["deploy"] = `printf %s "$NEBULA_API_KEY" >"$KNOWN/deployed"` + "\n"
	box := newToolbox(t, []string{"git", "grep", "jq", "mkdir", "mv", "rm", "sha256sum"}, stubs)
	for _, run := range [][]string{{"age.sh"}, {"sops.sh"}, {"age-open.sh", "deploy"}} {
		if got := box.run(t, "guides/rotating-keys/gitops/"+run[0], r.folder, environment, fault{}, run[1:]...); got.code != 0 {
			t.Fatalf("%s: exit code %d\n%s", run[0], got.code, got.stderr)
		}
	}
	if got := r.handedOver(); got != newKey {
		t.Errorf("the key %q was handed over", got)
	}

	if got := read(t, filepath.Join(r.known, "deployed")); got != newKey {
		t.Errorf("the deployment got the key %q", got)
	}
	var secret struct {
		Kind       string
		Metadata   struct{ Annotations map[string]string }
		StringData map[string]string
	}
	if err := json.Unmarshal([]byte(read(t, filepath.Join(r.known, "secret.json"))), &secret); err != nil {
		t.Fatal(err)
	}
	if secret.Kind != "Secret" || secret.StringData["api_key"] != newKey || secret.Metadata.Annotations["nebulablock.com/fingerprint"] != fingerprint(newKey) {
		t.Errorf("SOPS got %+v", secret)
	}
}

// buildAge builds the age tool at the version that this repository names.
func buildAge(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "age")
	build := exec.CommandContext(t.Context(), "go", "build", "-modfile=internal/tools/age/go.mod", "-o", program, "filippo.io/age/cmd/age")
	build.Dir = ".."
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building age: %v\n%s", err, out)
	}
	return program
}

func armored(t *testing.T, text string, recipient age.Recipient) string {
	t.Helper()
	var file bytes.Buffer
	armorer := armor.NewWriter(&file)
	encrypter, err := age.Encrypt(armorer, recipient)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fprint(encrypter, text); err != nil {
		t.Fatal(err)
	}
	if err := encrypter.Close(); err != nil {
		t.Fatal(err)
	}
	if err := armorer.Close(); err != nil {
		t.Fatal(err)
	}
	return file.String()
}

// A file with SOPS's name, which the embedded files leave out unless they are
// named.
func TestSOPSConfigurationIsThere(t *testing.T) {
	t.Parallel()
	if !strings.Contains(examples.Text("guides/rotating-keys/gitops/.sops.yaml"), "encrypted_regex") {
		t.Error("it does not say what is to be encrypted")
	}
}
