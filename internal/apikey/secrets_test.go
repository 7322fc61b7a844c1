package apikey_test

import (
	"archive/zip"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
)

// password has what encodings change.
const password = `CANARY p&ss/w"rd+%<ü>`

// life runs a key's whole life with the provider as a program and logs at their
// loudest: saved plans, replacement, import, faults whose answers repeat the
// secrets, and what the configuration adds. It returns everything printed, the
// logs, all saved plans, and the state before destroy.
func life(t *testing.T, w *acctest.World, c *acctest.CLI, config func(name string) string, beforeDestroy func()) (state, output, logs string, plans []string) {
	t.Helper()
	log := filepath.Join(c.Dir, "trace.log")
	c.Environment["TF_LOG"], c.Environment["TF_LOG_PATH"] = "TRACE", log
	var printed strings.Builder
	run := func(code int, args ...string) acctest.Result {
		t.Helper()
		result := c.Run(append(args, "-no-color")...).Expect(code)
		printed.WriteString(result.Stdout + result.Stderr)
		return result
	}
	savedPlan := func(name string) {
		t.Helper()
		run(0, "plan", "-input=false", "-out="+name)
		run(0, "show", name)
		// What is in the saved plan counts as plan, not as output.
		plans = append(plans, c.Run("show", "-json", name).Expect(0).Stdout, unzip(t, filepath.Join(c.Dir, name)))
	}
	c.Write("main.tf", config("one"))
	savedPlan("create.plan")
	run(0, "apply", "-input=false", "create.plan")
	run(0, "show")
	c.Write("main.tf", config("two"))
	savedPlan("replace.plan")
	run(0, "apply", "-input=false", "replace.plan")

	// The API's answers are no friends.
	c.Write("main.tf", config("three"))
	everything := strings.Join(w.API.Secrets(), " ") + " " + c.Environment["NEBULA_PASSWORD"]
	w.API.Inject(fakenebula.Fault{Operation: opCreate, Answer: fakenebula.Failed(422, "name: no "+everything)})
	run(1, "apply", "-input=false", "-auto-approve")
	w.API.Inject(fakenebula.Fault{Operation: opCreate, Answer: fakenebula.Answer{Status: 403, ContentType: "text/plain", Body: everything}})
	run(1, "apply", "-input=false", "-auto-approve")
	w.API.Inject(fakenebula.Fault{Operation: opList, Times: -1, Answer: fakenebula.JSON(200, `{"status":"success","data":["`+w.API.Secrets()[0])})
	c.Environment["NEBULA_MAX_RETRIES"] = "0"
	run(1, "plan", "-input=false")
	w.API.ClearFaults()

	id, _ := w.API.AddKey("imported", "")
	c.Write("imported.tf", "resource \"nebula_api_key\" \"imported\" {\n  name = \"imported\"\n}\n")
	run(0, "import", "-input=false", "nebula_api_key.imported", id)
	run(0, "apply", "-input=false", "-auto-approve")
	content, err := os.ReadFile(filepath.Join(c.Dir, "terraform.tfstate"))
	if err != nil {
		t.Fatal(err)
	}
	beforeDestroy()
	run(0, "destroy", "-input=false", "-auto-approve")
	content2, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	expectNames(t, w)
	return string(content), printed.String(), string(content2), plans
}

// unzip is what a plan file holds.
func unzip(t *testing.T, file string) string {
	t.Helper()
	archive, err := zip.OpenReader(file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = archive.Close() }()
	var all strings.Builder
	for _, entry := range archive.File {
		opened, err := entry.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(opened)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(content)
	}
	return all.String()
}

// Secrets are in the state where that is said, and nowhere else: not in logs at
// TRACE level, not in what is printed, not in errors; and those of a sealed key
// neither in the state nor in plans.
func TestAccSecretsStayWhereTheyBelong(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds the provider")
	}
	acctest.New(t, acctest.Options{}) // skips without a command line
	binary := acctest.BuildProvider(t)
	identity := newIdentity(t)
	logins := acctest.Options{
		Fake:        fakenebula.Options{Users: map[string]string{"a@example.com": password}},
		Environment: map[string]string{"NEBULA_API_KEY": "", "NEBULA_USERNAME": "a@example.com", "NEBULA_PASSWORD": password},
	}
	for name, test := range map[string]struct {
		options acctest.Options
		config  func(name string) string
		sealed  bool
	}{
		"sealed, with a login":   {logins, func(name string) string { return sealedConfig(name, identity) }, true},
		"plain, with an API key": {acctest.Options{}, plainConfig, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.New(t, test.options)
			c := w.Program(t, binary)
			c.Environment["TF_VAR_identity"] = identity.String()
			state, output, logs, plans := life(t, w, c, test.config, func() {
				var opener age.Identity
				if test.sealed {
					opener = identity
				}
				if err := checkKey(w, attributes(c.State()[this]), opener); err != nil {
					t.Error(err)
				}
			})
			secrets := append(w.API.Secrets(), w.OwnSecret, identity.String(), password)
			if len(secrets) < 6 {
				t.Fatalf("only %d secrets", len(secrets))
			}
			for _, what := range []string{"API call", "route=/api-keys", "Refreshing state", "PlanResourceChange"} {
				if !strings.Contains(logs+output, what) {
					t.Errorf("the logs and the output lack %q, so they are not what they should be", what)
				}
			}
			for place, text := range map[string]string{"output": output, "logs": logs} {
				if leak := acctest.Leak(text, secrets...); leak != "" {
					t.Errorf("in the %s: %s", place, leak)
				}
			}
			inState := acctest.Leak(state, secrets...)
			if test.sealed != (inState == "") {
				t.Errorf("in the state: %q", inState)
			}
			for i, plan := range plans {
				if leak := acctest.Leak(plan, secrets...); test.sealed && leak != "" {
					t.Errorf("in plan %d: %s", i, leak)
				}
			}
			if leak := acctest.Leak(strings.Join(plans, ""), w.API.Secrets()...); !test.sealed && leak == "" {
				t.Error("plans do not hold the key, so they are not searched well")
			}
		})
	}
}

// plainConfig is a key whose secret is in the state.
func plainConfig(name string) string {
	return `
resource "nebula_api_key" "this" {
  name = "` + name + `"
  lifecycle {
    create_before_destroy = true
  }
}
output "key" {
  value     = nebula_api_key.this.key
  sensitive = true
}
`
}

// sealedConfig is a sealed key whose secret another provider is given, past the
// state.
func sealedConfig(name string, identity *age.X25519Identity) string {
	return `
variable "identity" {
  type      = string
  ephemeral = true
  sensitive = true
}
resource "nebula_api_key" "this" {
  name           = "` + name + `"
  age_recipients = ["` + identity.Recipient().String() + `"]
  lifecycle {
    create_before_destroy = true
  }
}
ephemeral "nebula_unsealed_api_key" "this" {
  encrypted_key = nebula_api_key.this.encrypted_key
  age_identity  = var.identity
}
provider "nebula" {
  alias   = "second"
  api_key = ephemeral.nebula_unsealed_api_key.this.key
}
resource "nebula_api_key" "second" {
  provider       = nebula.second
  name           = "second"
  age_recipients = nebula_api_key.this.age_recipients
}
`
}
