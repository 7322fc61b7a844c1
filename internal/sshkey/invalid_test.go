package sshkey_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
)

// What is wrong with a configuration is found while planning.
func TestInvalidConfiguration(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		name, publicKey string
		want            string
	}{
		"blank name":  {" \t", line(1), "The name is blank"},
		"empty":       {"a", "", "public_key is empty"},
		"two keys":    {"a", line(1) + "\n" + line(2), "Several SSH public keys given"},
		"options":     {"a", "no-pty " + line(1), "SSH public key with options"},
		"wrong type":  {"a", strings.Replace(line(1), "ssh-ed25519", "ssh-rsa", 1), "The type in front of public_key is not the type"},
		"prose":       {"a", "a key", "Invalid SSH public key"},
		"PEM":         {"a", "-----BEGIN PUBLIC KEY-----\nMCow\n-----END PUBLIC KEY-----", "in another form than that of authorized_keys"},
		"private key": {"a", private(t), "Private key given"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, fakenebula.Options{}).write(test.name, test.publicKey)
			s.Plan().Expect(1, test.want)
			s.Apply().Expect(1, test.want)
			s.asked()
		})
	}
}

func private(t *testing.T) string {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(key, "me")
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(block))
}

// A private key stands nowhere in what Terraform prints: neither for a literal,
// whose line Terraform likes to show, nor for a variable or a file, nor in its
// logs.
func TestAccPrivateKeyIsNotRepeated(t *testing.T) {
	t.Parallel()
	secret := private(t)
	body := strings.Split(secret, "\n")[2]
	one := strings.ReplaceAll(strings.TrimSpace(secret), "\n", `\n`)
	for name, config := range map[string]string{
		"literal":  `"` + one + `"`,
		"heredoc":  "<<-EOT\n" + secret + "EOT\n",
		"bare":     `"` + strings.ReplaceAll(body, "\n", "") + `"`,
		"file":     `file("id")`,
		"variable": "var.key",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.New(t, acctest.Options{})
			cli := w.CLI(t)
			cli.Environment = map[string]string{"TF_LOG": "TRACE"}
			cli.Write("id", secret)
			cli.Write("main.tf", "variable \"key\" {\n  default = \""+one+"\"\n}\n\nresource \"nebula_ssh_key\" \"this\" {\n  name       = \"a\"\n  public_key = "+config+"\n}\n")
			for _, command := range []string{"validate", "plan", "apply"} {
				args := []string{command, "-no-color"}
				if command == "apply" {
					args = append(args, "-auto-approve")
				}
				result := cli.Run(args...)
				if command == "validate" && name == "variable" {
					continue // Its value is not known yet.
				}
				if result.ExitCode != 1 {
					t.Fatalf("%s: exit code %d\n%s", command, result.ExitCode, result.Text())
				}
				// Terraform's own log shows what a file of the configuration
				// holds; what it prints for people, and what the provider logs,
				// must not.
				if leak := acctest.Leak(result.Stdout+errorsOf(result.Stderr), body); leak != "" {
					t.Errorf("%s: %s", command, leak)
				}
			}
			w.ExpectSilence()
		})
	}
}

// errorsOf is what Terraform prints beside its log.
func errorsOf(stderr string) string {
	var kept []string
	for l := range strings.Lines(stderr) {
		if !strings.Contains(l, "[TRACE]") && !strings.Contains(l, "[DEBUG]") && !strings.Contains(l, "[INFO]") && !strings.Contains(l, "[WARN]") ||
			strings.Contains(l, "provider.terraform-provider-nebula") {
			kept = append(kept, l)
		}
	}
	return strings.Join(kept, "")
}
