package examples_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"filippo.io/age"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfcli"
)

// gitops is a repository with the configuration of the guide, in which one of its
// scripts publishes with the real command line and the real tools.
type gitops struct {
	*acctest.World
	*acctest.CLI
	repository

	t         *testing.T
	script    string
	file      string // what the script commits
	recipient string // whose private key the pipeline has
	// open runs the tool that opens a committed file.
	open func(g *gitops, file string) string
}

// The recipients in the examples, which are replaced.
var (
	recipientsOfGuide = regexp.MustCompile(`(?m)^\s*"(age1|ssh-)[^"]*",\n`)
	recipientInRules  = regexp.MustCompile(`age: age1\w*`)
)

// newGitOps finds the tools, by name, before what is on the PATH.
func newGitOps(t *testing.T, script, file string, tools map[string]string) *gitops {
	t.Helper()
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	for _, needed := range []string{"bash", "git", "grep", "jq", "sha256sum"} {
		if _, err := exec.LookPath(needed); err != nil {
			t.Skip(err)
		}
	}
	w := acctest.New(t, acctest.Options{Fake: fakenebula.Options{FirstID: 1}})
	g := &gitops{World: w, CLI: w.CLI(t), repository: newRepository(t), t: t, file: file, recipient: identity.Recipient().String()}
	if g.script, err = filepath.Abs("guides/rotating-keys/gitops/" + script); err != nil {
		t.Fatal(err)
	}
	g.Dir = g.folder
	g.Environment = g.environment()
	g.Environment["AGE_IDENTITY_FILE"] = filepath.Join(g.known, "key.txt")
	g.Environment["PATH"] = toolsIn(t, tools) + string(filepath.ListSeparator) + os.Getenv("PATH")
	if err := os.WriteFile(g.Environment["AGE_IDENTITY_FILE"], []byte(identity.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, content := range folderOf(t, "guides/rotating-keys/gitops", ".tf") {
		content = recipientsOfGuide.ReplaceAllString(content, "")
		g.Write(name, strings.Replace(content, "age_recipients = [\n", "age_recipients = [\n    \""+g.recipient+"\",\n", 1))
	}
	return g
}

// toolsIn is a folder with programs of these names, the command line among them.
func toolsIn(t *testing.T, tools map[string]string) string {
	t.Helper()
	folder := t.TempDir()
	link := func(name, program string) {
		t.Helper()
		if err := os.Symlink(program, filepath.Join(folder, name)); err != nil {
			t.Skip(err)
		}
	}
	link("terraform", os.Getenv(tfcli.EnvPath))
	for name, program := range tools {
		link(name, program)
	}
	return folder
}

func (g *gitops) run() acctest.Result { return g.Execute("bash", g.script) }

// pushedKey checks which key was pushed, and which keys are valid.
func (g *gitops) pushedKey(id string, live ...string) {
	g.t.Helper()
	if got, want := g.open(g, g.pushed(g.file)), g.API.Secret(id); want == "" || got != want {
		g.t.Errorf("what was pushed is not key %s", id)
	}
	var ids []string
	for _, k := range g.API.Keys() {
		if k.Name != acctest.OwnKey {
			ids = append(ids, k.ID)
		}
	}
	if strings.Join(ids, " ") != strings.Join(live, " ") {
		g.t.Errorf("the keys %q are valid, want %q", ids, live)
	}
}

// live rotates once, and pushing fails for longer than the overlap.
func (g *gitops) live() {
	g.t.Helper()
	g.run().Expect(0)
	g.pushedKey("2", "2")
	g.Clock.Advance(month)
	away := g.remote + ".away"
	move(g.t, g.remote, away)
	for range 2 {
		if got := g.run(); got.ExitCode == 0 {
			g.t.Error("pushing fails, and the script succeeds")
		}
		g.Clock.Advance(2 * overlap)
	}
	move(g.t, away, g.remote)
	g.pushedKey("2", "2", "3")
	commits := g.commits()
	g.run().Expect(0).ExpectNot("to be revoked")
	g.pushedKey("3", "2", "3")
	g.run().Expect(0, "Applying this plan revokes key 2")
	g.pushedKey("3", "3")
	if made := g.commits() - commits; made != 1 {
		g.t.Errorf("%d commits for one key", made)
	}
	g.sealed()
}

func move(t *testing.T, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}

// sealed checks that no secret is in the clone, its state or its history.
func (g *gitops) sealed() {
	g.t.Helper()
	err := filepath.WalkDir(g.root, func(file string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		if leak := acctest.Leak(read(g.t, file), g.API.Secrets()...); leak != "" {
			g.t.Errorf("%s: %s", entry.Name(), leak)
		}
		return nil
	})
	if err != nil {
		g.t.Error(err)
	}
}

// With the real command line, age and git: the old key is revoked once the new
// one was pushed, and not before.
func TestGitOpsWithAge(t *testing.T) {
	t.Parallel()
	tool := buildAge(t)
	g := newGitOps(t, "age.sh", "secrets/nebula.age", map[string]string{"age": tool})
	g.open = func(g *gitops, file string) string {
		command := exec.CommandContext(t.Context(), tool, "--decrypt", "--identity", g.Environment["AGE_IDENTITY_FILE"])
		command.Stdin = strings.NewReader(file)
		out, err := command.Output()
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	g.live()
}
