package examples_test

import (
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"github.com/nebulablock/terraform-provider-nebula/examples"
	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
)

func TestMain(m *testing.M) { acctest.Main(m) }

// otherProviders are the examples that use other providers, which is what keeps
// them from being validated here. What they have of this provider's is in a
// file of its own beside them.
var otherProviders = map[string]string{
	"guides/rotating-keys/aws-secrets-manager/aws.tf":      "aws_secretsmanager_secret",
	"guides/rotating-keys/aws-secrets-manager/provider.tf": "hashicorp/aws",
	"guides/rotating-keys/aws-ssm/aws.tf":                  "aws_ssm_parameter",
	"guides/rotating-keys/aws-ssm/provider.tf":             "hashicorp/aws",
	"guides/rotating-keys/keepers/provider.tf":             "hashicorp/time",
	"guides/rotating-keys/keepers/time.tf":                 "time_rotating",
	"guides/rotating-keys/kubernetes/kubernetes.tf":        "kubernetes_secret_v1",
	"guides/rotating-keys/kubernetes/provider.tf":          "hashicorp/kubernetes",
	"guides/rotating-keys/vault/provider.tf":               "hashicorp/vault",
	"guides/rotating-keys/vault/vault.tf":                  "vault_kv_secret_v2",
	"resources/nebula_ssh_key/tls.tf":                      "tls_private_key",
}

// standIns take the place of what an example needs of otherProviders.
var standIns = map[string]string{
	"guides/rotating-keys/keepers/resource.tf": "locals {\n  rotation = \"2026-11-23T01:56:00Z\"\n}\n",
}

const requiredProviders = `terraform {
  required_providers {
    nebula = {
      source = "nebulablock/nebula"
    }
  }
}
`

// besides are the files beside an example that it reads.
var besides = regexp.MustCompile(`file\("\$\{path\.module\}/([^"/]+)"\)`)

// configuration is an example made complete.
func configuration(file string) map[string]string {
	files := map[string]string{path.Base(file): examples.Text(file)}
	if !strings.Contains(examples.Text(file), "required_providers") {
		files["versions.tf"] = requiredProviders
	}
	for _, beside := range besides.FindAllStringSubmatch(examples.Text(file), -1) {
		files[beside[1]] = examples.Text(path.Join(path.Dir(file), beside[1]))
	}
	if standIn, ok := standIns[file]; ok {
		files["stand_in.tf"] = standIn
	}
	return files
}

// skipOnOldCLI skips what the command line is too old for.
func skipOnOldCLI(t *testing.T, file string) {
	t.Helper()
	if reason := tooOld(file, acctest.Minor()); reason != "" {
		t.Skip(reason)
	}
}

// Examples that stand for themselves are applied, planned again without a
// difference, and destroyed. Some stand in tests of the packages that they are
// about, which do more with them.
func TestExamplesWork(t *testing.T) {
	t.Parallel()
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	recipients := "-var=age_recipients=[\"" + identity.Recipient().String() + "\"]"
	for file, test := range map[string]struct {
		// before and after are the names of the keys, left those that are still
		// there when all is destroyed.
		before, after, left []string
		args                []string
		// output is part of the value of an output after apply.
		output, value string
	}{
		"resources/nebula_api_key/resource.tf": {after: []string{"ci"}, output: "ci_key"},
		"resources/nebula_api_key/sealed.tf": {
			after: []string{"sealed"}, args: []string{recipients},
			output: "sealed_key", value: "-----BEGIN AGE ENCRYPTED FILE-----",
		},
		"resources/nebula_api_key/import-by-string-id.tf": {before: []string{"ci"}, after: []string{"ci"}},
		"resources/nebula_api_key/import-by-identity.tf":  {before: []string{"ci"}, after: []string{"ci"}},
		"data-sources/nebula_api_key/data-source.tf":      {before: []string{"ci"}, after: []string{"ci"}, left: []string{"ci"}},
		"data-sources/nebula_api_keys/data-source.tf": {
			before: []string{"ci-1", "other"}, after: []string{"ci-1", "other"}, left: []string{"ci-1", "other"},
		},
		"guides/rotating-keys/keepers/resource.tf": {after: []string{"ci"}},
		"guides/rotating-keys/vault/nebula.tf": {
			after: []string{"ci-20261123T015600Z"}, args: []string{recipients, "-var=age_identity=" + identity.String()},
		},
		"guides/rotating-keys/gitops/nebula.tf": {
			// The key that was pushed is compared elsewhere.
			after: []string{"ci-20261123T015600Z"}, args: []string{"-var=delivered_key=", "-target=nebula_rotating_api_key.ci"},
			output: "sealed_ci_key", value: "-----BEGIN AGE ENCRYPTED FILE-----",
		},
		"guides/rotating-keys/try/main.tf":             {after: []string{"try-20261123T015600Z"}},
		"guides/when-an-apply-goes-wrong/leftovers.tf": {before: []string{"ci"}, after: []string{"ci"}, left: []string{"ci"}},
	} {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			// Imports name id 5: what comes before them is filled up.
			w := acctest.New(t, acctest.Options{Fake: fakenebula.Options{FirstID: 4}})
			for _, name := range test.before {
				w.API.AddKey(name, "Used by the build pipeline")
			}
			cli := w.CLI(t)
			skipOnOldCLI(t, file)
			for name, content := range configuration(file) {
				cli.Write(name, content)
			}
			cli.Apply(test.args...).Expect(0)
			if err := w.ExpectLive(fakenebula.KindAPIKey, test.after...)(nil); err != nil {
				t.Error(err)
			}
			cli.Plan(test.args...).Expect(0, "No changes.")
			if test.output != "" {
				got := cli.Run("output", "-raw", test.output).Expect(0).Stdout
				if isSecret := slices.Contains(w.API.Secrets(), got); !strings.HasPrefix(got, test.value) || isSecret != (test.value == "") {
					t.Errorf("the output %s is not what it should be (a secret: %t)", test.output, isSecret)
				}
			}
			if strings.Contains(examples.Text(file), "age_recipients") {
				state := cli.Run("state", "pull").Expect(0).Stdout
				for _, secret := range w.API.Secrets() {
					if strings.Contains(state, secret) {
						t.Error("a sealed key is in the state")
					}
				}
			}
			cli.Destroy(test.args...).Expect(0)
			if err := w.ExpectLive(fakenebula.KindAPIKey, test.left...)(nil); err != nil {
				t.Error(err)
			}
		})
	}
}

// In an incident the old key goes in the same apply, after the new one is made.
func TestIncidentExample(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, acctest.Options{})
	cli := w.CLI(t)
	cli.Write("provider.tf", examples.Text("provider/provider.tf"))
	cli.Write("main.tf", examples.Text("resources/nebula_rotating_api_key/resource.tf"))
	cli.Apply().Expect(0)
	w.Clock.Advance(time.Hour)
	cli.Write("main.tf", examples.Text("guides/rotating-keys/incident/nebula.tf"))
	cli.Apply().Expect(0, "0 added, 1 changed, 0 destroyed")
	if err := w.ExpectCalls(acctest.Calls{fakenebula.OpCreateKey: 2, fakenebula.OpDeleteKey: 1})(nil); err != nil {
		t.Error(err)
	}
	if err := w.ExpectLive(fakenebula.KindAPIKey, "ci-20261123T025600Z")(nil); err != nil {
		t.Error(err)
	}
}

// A sealed key reaches a program, and neither state nor screen.
func TestUnsealedExample(t *testing.T) {
	t.Parallel()
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	w := acctest.New(t, acctest.Options{Fake: fakenebula.Options{FirstID: 4}})
	cli := w.CLI(t)
	cli.Write("provider.tf", examples.Text("provider/provider.tf"))
	cli.Write("main.tf", strings.Replace(examples.Text("ephemeral-resources/nebula_unsealed_api_key/ephemeral-resource.tf"),
		"gh secret set NEBULA_API_KEY --repo example/app", "cat >handed-over", 1))
	args := []string{"-var=age_recipients=[\"" + identity.Recipient().String() + "\"]", "-var=age_identity=" + identity.String()}
	cli.Apply(args...).Expect(0).ExpectNot(w.API.Secret("5"))
	got, err := os.ReadFile(filepath.Join(cli.Dir, "handed-over"))
	if err != nil {
		t.Fatal(err)
	}
	if want := w.API.Secret("5"); want == "" || string(got) != want {
		t.Errorf("the program got %q, want %q", got, want)
	}
	if strings.Contains(cli.Run("state", "pull").Expect(0).Stdout, w.API.Secret("5")) {
		t.Error("the key is in the state")
	}
	cli.Plan(args...).Expect(0)
	cli.Destroy(args...).Expect(0)
}

// An access token serves a program for the length of a run.
func TestAccessTokenExample(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip(err)
	}
	w := acctest.New(t, acctest.Options{
		Fake:        fakenebula.Options{Users: map[string]string{"me@example.com": "a-password"}},
		Environment: map[string]string{"NEBULA_API_KEY": "", "NEBULA_USERNAME": "me@example.com", "NEBULA_PASSWORD": "a-password"},
	})
	cli := w.CLI(t)
	cli.Write("provider.tf", examples.Text("provider/provider.tf"))
	// The fake has no credits, but its list wants a credential as well.
	cli.Write("main.tf", strings.Replace(examples.Text("ephemeral-resources/nebula_access_token/ephemeral-resource.tf"),
		"https://api.nebulablock.com/api/v1/users/credits", w.Endpoint.URL+"/api-keys", 1))
	cli.Apply().Expect(0)
	var kinds []fakenebula.CredentialKind
	for _, request := range w.API.Journal() {
		if request.Operation == fakenebula.OpListKeys {
			kinds = append(kinds, request.CredentialKind)
		}
	}
	if len(kinds) != 1 || kinds[0] != fakenebula.CredentialToken {
		t.Errorf("the program called with %q, want one call with a token", kinds)
	}
}

// What the guides say about leftovers, with their own commands.
//
//nolint:paralleltest,tparallel // one story: its steps follow each other
func TestGuideToLeftovers(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, acctest.Options{Fake: fakenebula.Options{FirstID: 2}})
	cli := w.CLI(t)
	cli.Write("provider.tf", examples.Text("provider/provider.tf"))
	cli.Write("main.tf", examples.Text("resources/nebula_api_key/resource.tf"))
	cli.Apply().Expect(0)
	secret := cli.Run("output", "-raw", "ci_key").Expect(0).Stdout
	w.API.AddKey("by hand", "not Terraform's")
	leftover, _ := w.API.AddKey("left over", "by a crash [tf:20261123T015500Z-abcdefghijklmnop]")
	if leftover != "5" {
		t.Fatalf("the guide's commands name key 5, and this is %s", leftover)
	}

	t.Run("with Terraform", func(t *testing.T) {
		other := w.CLI(t)
		other.Write("leftovers.tf", examples.Text("guides/when-an-apply-goes-wrong/leftovers.tf"))
		other.Apply().Expect(0, `"3" = "ci, made 20261123T015600Z"`, `"5" = "left over, made 20261123T015500Z"`).ExpectNot("by hand")
	})
	shell := func(t *testing.T, file string, args ...string) string {
		t.Helper()
		for _, program := range []string{"bash", "curl", "jq", "sha256sum"} {
			if _, err := exec.LookPath(program); err != nil {
				t.Skip(err)
			}
		}
		script := strings.NewReplacer("https://api.nebulablock.com/api/v1", w.Endpoint.URL, "\nterraform ", "\n\"$CLI\" ").Replace(examples.Text(file))
		command := exec.CommandContext(t.Context(), "bash", append([]string{"-c", script, path.Base(file)}, args...)...)
		command.Dir = cli.Dir
		command.Env = append(os.Environ(), "CLI="+os.Getenv("TF_ACC_TERRAFORM_PATH"), "NEBULA_API_KEY="+w.OwnSecret, "FOUND_KEY="+secret)
		out, err := command.Output()
		if err != nil {
			t.Fatalf("%s: %v\n%s", file, err, out)
		}
		return string(out)
	}
	t.Run("what the state knows", func(t *testing.T) {
		if got, want := shell(t, "guides/when-an-apply-goes-wrong/known.sh"), "3\n"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
	t.Run("which key", func(t *testing.T) {
		if got, want := shell(t, "guides/what-is-in-state/which-key.sh"), "3\n"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
	t.Run("by hand", func(t *testing.T) {
		id, _ := w.API.AddKey("another", "[tf:20261123T015501Z-abcdefghijklmnop]")
		got := shell(t, "guides/when-an-apply-goes-wrong/by-hand.sh", "list")
		for _, want := range []string{"\n5\tleft over\t", "\n" + id + "\tanother\t"} {
			if !strings.Contains("\n"+got, want) {
				t.Errorf("the list lacks %q:\n%s", want, got)
			}
		}
		if strings.Contains(got, "by hand") {
			t.Errorf("the list has a key without a mark:\n%s", got)
		}
		shell(t, "guides/when-an-apply-goes-wrong/by-hand.sh", "revoke", id)
		if err := w.ExpectLive(fakenebula.KindAPIKey, "ci", "by hand", "left over")(nil); err != nil {
			t.Error(err)
		}
	})
	t.Run("import and destroy", func(t *testing.T) {
		other := w.CLI(t)
		other.Write("leftovers.tf", examples.Text("guides/when-an-apply-goes-wrong/leftovers.tf"))
		other.Write("adopt.tf", examples.Text("guides/when-an-apply-goes-wrong/adopt.tf"))
		for line := range strings.Lines(examples.Text("guides/when-an-apply-goes-wrong/adopt.sh")) {
			command, ok := strings.CutPrefix(line, "terraform ")
			if !ok {
				continue
			}
			args := strings.Fields(command)
			if args[0] == "destroy" {
				args = append(args, "-auto-approve")
			}
			other.Run(args...).Expect(0)
		}
		if err := w.ExpectLive(fakenebula.KindAPIKey, "ci", "by hand")(nil); err != nil {
			t.Error(err)
		}
	})
}

// files are the examples with an extension.
func files(t *testing.T, extension string) []string {
	t.Helper()
	var found []string
	err := fs.WalkDir(examples.Files, ".", func(file string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && path.Ext(file) == extension {
			found = append(found, file)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// What the README tells newcomers to write is the example.
func TestReadme(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	first := examples.Text("provider/provider.tf") + "\n" + examples.Text("resources/nebula_api_key/resource.tf")
	if !strings.Contains(string(readme), "```terraform\n"+first+"```\n") {
		t.Error("the first configuration is not that of examples/")
	}
	pages, err := filepath.Glob("../docs/*/*.md")
	if err != nil || len(pages) < 30 {
		t.Fatal(pages, err)
	}
	for _, page := range append(pages, "../docs/index.md") {
		if link := "](" + strings.TrimPrefix(filepath.ToSlash(page), "../") + ")"; !strings.Contains(string(readme), link) {
			t.Errorf("there is no link to %s", page)
		}
	}
}

// The picture of the demo in the README is a part of its recording.
func TestReadmeShowsTheDemo(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	recording, err := os.ReadFile("../internal/cmd/demo/demo.txt")
	if err != nil {
		t.Fatal(err)
	}
	_, picture, _ := strings.Cut(string(readme), "```text\n")
	picture, _, ok := strings.Cut(picture, "```\n")
	if !ok || !strings.Contains(string(recording), picture) {
		t.Error("the picture is not in the recording (make demo-record)")
	}
}

// Links between pages lead somewhere.
func TestLinks(t *testing.T) {
	t.Parallel()
	pages := []string{"../README.md", "../CHANGELOG.md", "../CONTRIBUTING.md", "../DESIGN.md", "../SECURITY.md", "../internal/cmd/bench/README.md"}
	err := filepath.WalkDir("../docs", func(file string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			pages = append(pages, file)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	link := regexp.MustCompile(`\]\(([^)#:]*)(?:#([^)]*))?\)`)
	checked := 0
	for _, page := range pages {
		content, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range link.FindAllStringSubmatch(string(content), -1) {
			checked++
			linked := page
			if match[1] != "" {
				linked = filepath.Join(filepath.Dir(page), match[1])
			}
			target, err := os.ReadFile(linked)
			if err != nil {
				t.Errorf("%s: %v", page, err)
				continue
			}
			if match[2] != "" && !strings.Contains(anchors(string(target)), "\n"+match[2]+"\n") {
				t.Errorf("%s: %s has no anchor %s", page, linked, match[2])
			}
		}
	}
	if checked < 20 {
		t.Errorf("only %d links were found", checked)
	}
}

// On a registry's overview page relative links to other pages lead nowhere, so
// they are absolute there, and lead to pages that exist.
func TestLinksOfTheOverview(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/index.md")
	if err != nil {
		t.Fatal(err)
	}
	if relative := regexp.MustCompile(`\]\([a-z.]+/[^)]*\)`).FindString(string(page)); relative != "" {
		t.Errorf("a relative link: %s", relative)
	}
	absolute := regexp.MustCompile(`\]\(https://registry\.terraform\.io/providers/nebulablock/nebula/latest/docs/([^)]*)\)`)
	links := absolute.FindAllStringSubmatch(string(page), -1)
	for _, link := range links {
		file, anchor, _ := strings.Cut(link[1], "#")
		target, err := os.ReadFile("../docs/" + file + ".md")
		if err != nil {
			t.Error(err)
		}
		if anchor != "" && !strings.Contains(anchors(string(target)), "\n"+anchor+"\n") {
			t.Errorf("%s has no anchor %s", file, anchor)
		}
	}
	if len(links) == 0 {
		t.Error("no links were found")
	}
}

// anchors are the anchors of a page.
func anchors(page string) string {
	all := "\n"
	for _, match := range regexp.MustCompile(`<a id="([^"]+)">`).FindAllStringSubmatch(page, -1) {
		all += match[1] + "\n"
	}
	for line := range strings.Lines(page) {
		if strings.HasPrefix(line, "#") {
			heading := strings.ToLower(strings.TrimSpace(strings.TrimLeft(line, "#")))
			all += strings.ReplaceAll(regexp.MustCompile(`[^\p{L}\p{N} _-]`).ReplaceAllString(heading, ""), " ", "-") + "\n"
		}
	}
	return all
}
