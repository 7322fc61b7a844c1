package examples_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/examples"
	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/clock"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfcli"
)

// guideTool is a tool that `make test-guides` has built.
func guideTool(t *testing.T, name string) string {
	t.Helper()
	folder := os.Getenv("NEBULA_GUIDE_TOOLS")
	if folder == "" {
		t.Skip("run make test-guides")
	}
	return filepath.Join(folder, name)
}

// With the real SOPS: what was committed is opened by it, and by nobody else.
func TestGuidesSOPS(t *testing.T) {
	t.Parallel()
	sops := guideTool(t, "sops")
	g := newGitOps(t, "sops.sh", "secrets/nebula.yaml", map[string]string{"age": buildAge(t), "sops": sops})
	rules := recipientInRules.ReplaceAllString(examples.Text("guides/rotating-keys/gitops/.sops.yaml"), "age: "+g.recipient)
	g.Write(".sops.yaml", rules)
	g.open = func(g *gitops, file string) string {
		command := exec.CommandContext(t.Context(), sops, "decrypt", "--input-type", "yaml", "--extract", `["stringData"]["api_key"]`, "/dev/stdin")
		command.Stdin = strings.NewReader(file)
		command.Env = append(os.Environ(), "SOPS_AGE_KEY_FILE="+g.Environment["AGE_IDENTITY_FILE"])
		out, err := command.Output()
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	g.live()
}

// With the real time provider: time_rotating rotates the key, and the new one is
// made first.
func TestGuidesTimeRotating(t *testing.T) {
	t.Parallel()
	provider := guideTool(t, "terraform-provider-time")
	w := acctest.New(t, acctest.Options{})
	cli := w.CLI(t)
	config := filepath.Join(t.TempDir(), "cli.tfrc")
	if err := os.WriteFile(config, []byte(tfcli.Overrides(filepath.Dir(provider), "hashicorp/time")), 0o600); err != nil {
		t.Fatal(err)
	}
	cli.Environment = map[string]string{"TF_CLI_CONFIG_FILE": config}
	files := folderOf(t, "guides/rotating-keys/keepers", ".tf")
	for name, content := range files {
		// The rotation that is due already stands for time that has passed.
		cli.Write(name, strings.Replace(content, "rotation_days = 30", "rotation_days = 30\n  rfc3339       = \"2020-01-01T00:00:00Z\"", 1))
	}
	cli.Apply().Expect(0)
	cli.Write("time.tf", files["time.tf"])
	w.API.ResetJournal()
	cli.Apply().Expect(0, "time_rotating.ci will be created", "2 added, 0 changed, 1 destroyed")
	var order []string
	for _, request := range w.API.Journal() {
		if request.Changes {
			order = append(order, string(request.Operation))
		}
	}
	if got := strings.Join(order, ", "); got != "create key, delete key" {
		t.Errorf("the API was asked to %s", got)
	}
	cli.Plan().Expect(0, "No changes")
	cli.Destroy().Expect(0)
}

// OpenTofu encrypts states and plans, those of keys that are not sealed, too.
func TestGuidesStateEncryption(t *testing.T) {
	t.Parallel()
	guideTool(t, "")
	if !acctest.OpenTofu() {
		t.Skip("only OpenTofu encrypts states")
	}
	w := acctest.New(t, acctest.Options{})
	cli := w.CLI(t)
	for name, content := range folderOf(t, "guides/rotating-keys/try", ".tf") {
		cli.Write(name, content)
	}
	cli.Environment = map[string]string{"TF_ENCRYPTION": `
key_provider "pbkdf2" "p" { passphrase = "correct-horse-battery-staple" }
method "aes_gcm" "m" { keys = key_provider.pbkdf2.p }
state {
  method   = method.aes_gcm.m
  enforced = true
}
plan {
  method   = method.aes_gcm.m
  enforced = true
}`}
	step := func() {
		t.Helper()
		cli.Plan("-out=saved").Expect(2)
		cli.Run("apply", "-no-color", "saved").Expect(0)
		for _, file := range []string{"saved", "terraform.tfstate"} {
			content := read(t, filepath.Join(cli.Dir, file))
			if leak := acctest.Leak(content, w.API.Secrets()...); leak != "" || len(content) == 0 {
				t.Errorf("%s: %s", file, leak)
			}
		}
	}
	step()
	w.Clock.Advance(10 * time.Second)
	step()
	w.Clock.Advance(5 * time.Second)
	step()
	if w.API.Valid(w.API.Secret("2")) || !w.API.Valid(w.API.Secret("3")) {
		t.Error("the wrong keys are valid")
	}
	cli.Destroy().Expect(0)
}

// vaultServer is a Vault or OpenBao in development mode.
type vaultServer struct {
	t       *testing.T
	address string
}

const vaultRoot = "root-of-the-guides-test"

func startVault(t *testing.T) vaultServer {
	t.Helper()
	guideTool(t, "")
	program := os.Getenv("VAULT")
	if program == "" {
		t.Skip("left out: VAULT names no Vault or OpenBao")
	}
	// Closed at once: it is only for a free port.
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	server := exec.CommandContext(t.Context(), program, "server", "-dev", "-dev-no-store-token", "-dev-root-token-id="+vaultRoot, "-dev-listen-address="+at)
	server.Stdout, server.Stderr = &said, &said
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Wait() }) // the context of the test has ended it
	v := vaultServer{t: t, address: "http://" + at}
	for range 100 {
		if _, status := v.call(http.MethodGet, "sys/health", vaultRoot, nil); status == http.StatusOK {
			return v
		}
		_ = clock.System().Sleep(t.Context(), 200*time.Millisecond)
	}
	t.Fatal("the server does not start")
	return v
}

// call gives an answer's data; a status of 0 is no answer.
func (v vaultServer) call(method, route, token string, body any) (answer map[string]any, status int) {
	v.t.Helper()
	encoded, err := json.Marshal(body)
	if err != nil {
		v.t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(v.t.Context(), method, v.address+"/v1/"+route, bytes.NewReader(encoded))
	if err != nil {
		v.t.Fatal(err)
	}
	request.Header.Set("X-Vault-Token", token)
	response, err := new(http.Transport).RoundTrip(request)
	if err != nil {
		return nil, 0
	}
	defer func() { _ = response.Body.Close() }()
	_ = json.NewDecoder(response.Body).Decode(&answer) // a 204 has none
	return answer, response.StatusCode
}

// must is call where anything but success ends the test.
func (v vaultServer) must(method, route string, body any) map[string]any {
	v.t.Helper()
	answer, status := v.call(method, route, vaultRoot, body)
	if status/100 != 2 {
		v.t.Fatalf("%s %s: %d %v", method, route, status, answer)
	}
	return answer
}

// reader is a token that may not write the secret.
func (v vaultServer) reader() string {
	v.t.Helper()
	v.must(http.MethodPut, "sys/policies/acl/reader", map[string]any{
		"policy": `path "secret/*" { capabilities = ["read", "list"] }` + "\n" + `path "auth/token/*" { capabilities = ["create", "read", "update"] }`,
	})
	answer := v.must(http.MethodPost, "auth/token/create", map[string]any{"policies": []string{"reader"}})
	auth, _ := answer["auth"].(map[string]any)
	return fmt.Sprint(auth["client_token"])
}

// holds is the key that consumers get.
func (v vaultServer) holds() string {
	v.t.Helper()
	answer := v.must(http.MethodGet, "secret/data/ci/nebula", nil)
	outer, _ := answer["data"].(map[string]any)
	data, _ := outer["data"].(map[string]any)
	return fmt.Sprint(data["api_key"])
}

// With a real Vault and the registry's provider: a write that is refused never
// ends the old key.
func TestGuidesVault(t *testing.T) {
	t.Parallel()
	v := startVault(t)
	r := newRecipe(t, "vault", "hashicorp/vault", "")
	r.Only() // the registry's provider takes the place of the stand-in
	now := func() { r.Clock.Advance(clock.System().Now().Sub(r.Clock.Now())) }
	r.Environment["VAULT_ADDR"], r.Environment["VAULT_TOKEN"] = v.address, vaultRoot
	r.Run("init", "-no-color", "-input=false").Expect(0)
	holds := func(id string) {
		t.Helper()
		if got := v.holds(); got != r.API.Secret(id) || !r.API.Valid(got) {
			t.Errorf("Vault does not hold key %s, or it is dead", id)
		}
	}
	now()
	r.Apply().Expect(0)
	holds("2")
	// Vault's clock is the machine's, so it is not a month that rotates.
	r.Write("nebula.tf", strings.Replace(examples.Text("guides/rotating-keys/vault/nebula.tf"), `  name            = "ci"`, "  name            = \"ci\"\n  keepers         = { rotate = \"now\" }", 1))
	now()
	r.Environment["VAULT_TOKEN"] = v.reader()
	r.Apply().Expect(1, "permission denied")
	r.Environment["VAULT_TOKEN"] = vaultRoot
	r.Clock.Advance(overlap)
	r.Apply().Expect(1, "Vault holds a secret that is older than the key")
	holds("2")
	r.Apply("-replace=vault_kv_secret_v2.ci").Expect(0).ExpectNot("to be revoked")
	holds("3")
	r.Apply().Expect(0, "Applying this plan revokes key 2")
	holds("3")
	r.Plan().Expect(0)
	r.Destroy().Expect(0)
}
