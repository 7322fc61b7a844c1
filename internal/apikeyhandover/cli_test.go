package apikeyhandover_test

import (
	"os"
	"path/filepath"
	"testing"

	"filippo.io/age"

	"github.com/nebulablock/terraform-provider-nebula/examples"
	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
)

// The example of the documentation does what the documentation says.
func TestExample(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, acctest.Options{})
	cli := w.CLI(t)
	cli.Write("main.tf", examples.Text("resources/nebula_api_key_handover/resource.tf"))
	cli.Apply().Expect(0)
	cli.Plan().Expect(0)
	w.Clock.Advance(month)
	cli.Apply().Expect(0, "0 added, 3 changed, 0 destroyed").ExpectNot("to be revoked")
	cli.Plan().Expect(0)
	w.Clock.Advance(3 * day)
	cli.Plan().Expect(2, `- previous_id = "2" -> null`, `Applying this plan revokes key 2 ("ci-20261123T015600Z")`, "0 to add, 1 to change, 0 to destroy")
	cli.Apply().Expect(0)
	if w.API.Valid(w.API.Secret("2")) || !w.API.Valid(w.API.Secret("3")) {
		t.Error("the wrong keys are valid")
	}
	cli.Plan().Expect(0)
	cli.Destroy().Expect(0)
}

// A key that is read back through an ephemeral resource is compared and kept
// nowhere: not in the state, not in a saved plan, not in a log.
func TestDeliveredKeyIsKeptNowhere(t *testing.T) {
	t.Parallel()
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	w := acctest.New(t, acctest.Options{})
	cli := w.CLI(t)
	logs := t.TempDir()
	cli.Environment = map[string]string{"TF_LOG": "TRACE", "TF_LOG_PATH": filepath.Join(logs, "trace.log"), "TF_VAR_identity": identity.String()}
	cli.Write("main.tf", `
variable "identity" {
  type      = string
  ephemeral = true
}
resource "nebula_rotating_api_key" "ci" {
  name            = "ci"
  rotate_after    = "30d"
  overlap         = "3d"
  retire_previous = "handover"
  age_recipients  = ["`+identity.Recipient().String()+`"]
}
ephemeral "nebula_unsealed_api_key" "ci" {
  encrypted_key = nebula_rotating_api_key.ci.encrypted_key
  age_identity  = var.identity
}
resource "nebula_api_key_handover" "ci" {
  rotation         = nebula_rotating_api_key.ci.rotation
  delivered_key_wo = ephemeral.nebula_unsealed_api_key.ci.key
}
`)
	quiet := func(r acctest.Result) {
		t.Helper()
		if leak := acctest.Leak(r.Stdout+r.Stderr, w.API.Secrets()...); leak != "" {
			t.Error(leak)
		}
	}
	step := func(texts ...string) {
		t.Helper()
		quiet(cli.Plan("-out=saved").Expect(2))
		quiet(cli.Run("apply", "-no-color", "saved").Expect(0, texts...))
	}
	step()
	w.Clock.Advance(month)
	step()
	quiet(cli.Plan().Expect(0))
	w.Clock.Advance(3 * day)
	step()
	quiet(cli.Plan().Expect(0))
	if w.API.Valid(w.API.Secret("2")) || !w.API.Valid(w.API.Secret("3")) {
		t.Error("the wrong keys are valid")
	}
	for _, dir := range []string{cli.Dir, logs} {
		err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			content, err := os.ReadFile(path)
			if leak := acctest.Leak(string(content), w.API.Secrets()...); leak != "" {
				t.Errorf("%s: %s", filepath.Base(path), leak)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
}
