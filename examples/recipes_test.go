package examples_test

import (
	"io/fs"
	"os"
	"path"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"github.com/nebulablock/terraform-provider-nebula/examples"
	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
)

const month, overlap = 30 * 24 * time.Hour, 3 * 24 * time.Hour

// recipe is a folder of the guide, as it lies there, with stand-ins for the
// providers of others.
type recipe struct {
	*acctest.World
	*acctest.CLI

	t     *testing.T
	store *store
	at    string // where the secret is
}

func newRecipe(t *testing.T, folder, source, at string) *recipe {
	t.Helper()
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	w := acctest.New(t, acctest.Options{Fake: fakenebula.Options{FirstID: 1}})
	r := &recipe{World: w, CLI: w.CLI(t), t: t, store: newStore(w.Clock), at: at}
	r.Environment = map[string]string{"TF_VAR_age_identity": identity.String(), "TF_VAR_age_recipients": `["` + identity.Recipient().String() + `"]`}
	r.Beside(source, r.store.server(path.Base(source)))
	for name, content := range folderOf(t, "guides/rotating-keys/"+folder, ".tf") {
		r.Write(name, content)
	}
	return r
}

// folderOf are the examples with an extension in a folder.
func folderOf(t *testing.T, folder, extension string) map[string]string {
	t.Helper()
	all := map[string]string{}
	entries, err := fs.ReadDir(examples.Files, folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if path.Ext(entry.Name()) == extension {
			all[entry.Name()] = examples.Text(folder + "/" + entry.Name())
		}
	}
	return all
}

// holds checks that consumers get this key, and which keys are valid.
func (r *recipe) holds(id string, live ...string) {
	r.t.Helper()
	got, _ := r.store.read(r.at)
	if want := r.API.Secret(id); want == "" || got.value != want {
		r.t.Errorf("consumers do not get key %s", id)
	}
	var ids []string
	for _, k := range r.API.Keys() {
		if k.Name != acctest.OwnKey {
			ids = append(ids, k.ID)
		}
	}
	if strings.Join(ids, " ") != strings.Join(live, " ") {
		r.t.Errorf("the keys %q are valid, want %q", ids, live)
	}
}

// Each recipe publishes, hands over, and ends the previous key, and no secret is
// in its state.

// A recipe publishes, hands over, and ends the previous key, and no secret is in
// its state.
func TestRecipe(t *testing.T) {
	t.Parallel()
	r := newRecipe(t, "vault", "hashicorp/vault", "secret/ci/nebula")
	r.Apply().Expect(0)
	r.holds("2", "2")
	r.Clock.Advance(month)
	r.Apply().Expect(0).ExpectNot("Another key was delivered")
	r.holds("3", "2", "3")
	r.Clock.Advance(overlap)
	r.Apply().Expect(0, "Applying this plan revokes key 2")
	r.holds("3", "3")
	r.Plan().Expect(0).ExpectNot("Warning")
	if leak := acctest.Leak(r.Run("state", "pull").Stdout, r.API.Secrets()...); leak != "" {
		t.Error(leak)
	}
	r.Destroy().Expect(0)
}

// A write to the store fails in the apply that rotates, and its provider claims
// afterwards that nothing is to be done. The previous key lives until the secret
// has been written, however long that takes.
func TestRecipesWhenPublishingFails(t *testing.T) {
	t.Parallel()
	for folder, test := range map[string]struct {
		source, at string
		// says is the error from then on, repair what the next apply needs.
		says   string
		repair []string
	}{
		"vault":               {"hashicorp/vault", "secret/ci/nebula", "Vault holds a secret that is older than the key", []string{"-replace=vault_kv_secret_v2.ci"}},
		"aws-secrets-manager": {source: "hashicorp/aws", at: "ci/nebula"}, // it repeats the write by itself
		"aws-ssm":             {"hashicorp/aws", "/ci/nebula", "It is the key of generation 1, 2.", []string{"-replace=aws_ssm_parameter.ci"}},
	} {
		t.Run(folder, func(t *testing.T) {
			t.Parallel()
			r := newRecipe(t, folder, test.source, test.at)
			r.Apply().Expect(0)
			r.Clock.Advance(month)
			r.store.refuse(true)
			r.Apply().Expect(1, "403 permission denied")
			r.Clock.Advance(2 * overlap)
			if test.says != "" {
				r.store.refuse(false)
				for range 2 {
					r.Apply().Expect(1, test.says)
					r.holds("2", "2", "3")
				}
			} else {
				r.Apply().Expect(1, "403 permission denied")
				r.store.refuse(false)
			}
			r.Apply(test.repair...).Expect(0).ExpectNot("to be revoked")
			r.holds("3", "2", "3")
			r.Apply().Expect(0, "Applying this plan revokes key 2")
			r.holds("3", "3")
			r.Plan().Expect(0)
		})
	}
}

// A store that Terraform cannot read back from is read by the pipeline, in the
// steps of rotate.sh.
func TestRecipeKubernetes(t *testing.T) {
	t.Parallel()
	r := newRecipe(t, "kubernetes", "hashicorp/kubernetes", "ci/nebula")
	publish := func(code int, texts ...string) {
		t.Helper()
		r.Environment["TF_VAR_delivered_key"] = ""
		r.Apply("-target=kubernetes_secret_v1.ci").Expect(code, texts...)
	}
	handOver := func(code int, texts ...string) {
		t.Helper()
		found, _ := r.store.read("ci/nebula")
		r.Environment["TF_VAR_delivered_key"] = found.value
		r.Apply().Expect(code, texts...)
	}
	publish(0)
	handOver(0)
	r.holds("2", "2")
	r.Clock.Advance(month)
	r.store.refuse(true)
	publish(1, "403 permission denied")
	r.store.refuse(false)
	r.Clock.Advance(2 * overlap)
	publish(0)
	handOver(1, "It is the key of generation 1, 2.")
	r.holds("2", "2", "3")
	r.Environment["TF_VAR_delivered_key"] = ""
	r.Apply("-target=kubernetes_secret_v1.ci", "-replace=kubernetes_secret_v1.ci").Expect(0)
	handOver(0)
	r.holds("3", "2", "3")
	publish(0)
	handOver(0, "Applying this plan revokes key 2")
	r.holds("3", "3")
	// Who forgets to read back is told.
	r.Environment["TF_VAR_delivered_key"] = ""
	r.Apply().Expect(1, "It is empty.")
	if leak := acctest.Leak(r.Run("state", "pull").Stdout, r.API.Secrets()...); leak != "" {
		t.Error(leak)
	}
}

// The recipes' part that is the same is the same, and all stand beside the
// README's first configuration.
func TestRecipesFitTogether(t *testing.T) {
	t.Parallel()
	for _, folder := range []string{"aws-secrets-manager", "aws-ssm", "kubernetes"} {
		if examples.Text("guides/rotating-keys/"+folder+"/nebula.tf") != examples.Text("guides/rotating-keys/vault/nebula.tf") {
			t.Errorf("nebula.tf of %s differs from Vault's", folder)
		}
	}
	for _, folder := range []string{"aws-secrets-manager", "aws-ssm", "gitops", "incident", "keepers", "kubernetes", "try", "vault"} {
		files := folderOf(t, "guides/rotating-keys/"+folder, ".tf")
		if !strings.Contains(files["provider.tf"], `"nebulablock/nebula"`) {
			t.Errorf("%s does not run as it lies", folder)
		}
		if files["resource.tf"] == "" {
			files["resource.tf"] = examples.Text("resources/nebula_api_key/resource.tf")
		}
		named := map[string]string{}
		for name, content := range files {
			if strings.Contains(content, "required_providers") && name != "provider.tf" {
				t.Errorf("%s/%s has required_providers beside provider.tf", folder, name)
			}
			for line := range strings.Lines(content) {
				if block := strings.TrimSuffix(strings.TrimSpace(line), " {"); !strings.HasPrefix(line, " ") && block != strings.TrimSpace(line) && block != "locals" {
					if other, ok := named[block]; ok {
						t.Errorf("%s: %s stands in %s and %s", folder, block, other, name)
					}
					named[block] = name
				}
			}
		}
	}
}

// The actions that people copy are those that this repository uses, so that
// Dependabot's updates reach them.
func TestPipelineUsesOurActions(t *testing.T) {
	t.Parallel()
	var ours string
	for _, file := range []string{"test.yml", "release.yml"} {
		content, err := os.ReadFile("../.github/workflows/" + file)
		if err != nil {
			t.Fatal(err)
		}
		ours += string(content)
	}
	found := 0
	for line := range strings.Lines(examples.Text("guides/rotating-keys/pipeline/github.yml")) {
		if _, action, ok := strings.Cut(line, "uses: "); ok {
			found++
			if !strings.Contains(ours, "uses: "+action) {
				t.Errorf("it uses %s", action)
			}
		}
	}
	if found == 0 {
		t.Error("it uses no action")
	}
}
