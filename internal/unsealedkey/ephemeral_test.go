package unsealedkey_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"encoding/pem"
	"fmt"
	"maps"
	"strings"
	"testing"

	"filippo.io/age"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/echoprovider"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
	"golang.org/x/crypto/ssh"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
	"github.com/nebulablock/terraform-provider-nebula/internal/sealing"
)

func TestMain(m *testing.M) { acctest.Main(m) }

// pair is a recipient and the identity that opens what is sealed for it.
type pair struct{ recipient, identity string }

func agePair(t *testing.T) pair {
	t.Helper()
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	return pair{identity.Recipient().String(), identity.String()}
}

func sshPair(t *testing.T, public, private any, passphrase string) pair {
	t.Helper()
	key, err := ssh.NewPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	var block *pem.Block
	if passphrase == "" {
		block, err = ssh.MarshalPrivateKey(private, "")
	} else {
		block, err = ssh.MarshalPrivateKeyWithPassphrase(private, "", []byte(passphrase))
	}
	if err != nil {
		t.Fatal(err)
	}
	return pair{strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key))), string(pem.EncodeToMemory(block))}
}

func ed25519Pair(t *testing.T, passphrase string) pair {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return sshPair(t, public, private, passphrase)
}

func rsaPair(t *testing.T) pair {
	t.Helper()
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return sshPair(t, private.Public(), private, "")
}

// withEcho adds the provider that writes what is ephemeral into a state, for
// tests to see.
func withEcho(w *acctest.World) map[string]func() (tfprotov6.ProviderServer, error) {
	factories := w.Factories()
	factories["echo"] = echoprovider.NewProviderServer()
	return factories
}

// One sealed key is opened by each of those it was sealed for.
func TestAccUnsealedKey(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, acctest.Options{})
	first, second, third := agePair(t), ed25519Pair(t, ""), rsaPair(t)
	config := fmt.Sprintf("resource \"nebula_api_key\" \"this\" {\n  name = \"sealed\"\n  age_recipients = [%q, %q, %q]\n}\n", first.recipient, second.recipient, third.recipient)
	// One provider echoes all of them: the aliases of a provider share a server
	// in these tests, and this one does not expect that.
	var opened, data strings.Builder
	var checks []statecheck.StateCheck
	for name, identity := range map[string]string{
		"age":              first.identity,
		"age_lower_margin": "\n\n  " + first.identity + "  \n",
		"age_file":         "# created: 2026-11-23T01:56:00Z\n# public key: " + first.recipient + "\n" + first.identity + "\n",
		"age_second":       agePair(t).identity + "\n" + first.identity,
		"ed25519":          second.identity,
		"ed25519_trimmed":  strings.TrimSpace(second.identity),
		"rsa":              third.identity,
	} {
		fmt.Fprintf(&opened, "ephemeral \"nebula_unsealed_api_key\" %[1]q {\n  encrypted_key = nebula_api_key.this.encrypted_key\n  age_identity = %[2]q\n}\n", name, identity)
		fmt.Fprintf(&data, "    %[1]s = ephemeral.nebula_unsealed_api_key.%[1]s.key\n", name)
		checks = append(checks,
			statecheck.ExpectKnownValue("echo.this", tfjsonpath.New("data").AtMapKey(name), issued{w}),
			statecheck.ExpectKnownValue("nebula_api_key.this", tfjsonpath.New("key"), knownvalue.Null()),
		)
	}
	echoes := opened.String() + "provider \"echo\" {\n  data = {\n" + data.String() + "  }\n}\nresource \"echo\" \"this\" {}\n"
	w.Test(resource.TestCase{
		ProtoV6ProviderFactories: withEcho(w),
		CheckDestroy:             w.NothingLeft,
		Steps: []resource.TestStep{
			// The key is known only during apply, and so is what opens it.
			{Config: config + echoes, ConfigStateChecks: checks, Check: w.ExpectCalls(acctest.Calls{fakenebula.OpCreateKey: 1})},
			{Config: config + echoes, ConfigStateChecks: checks, Check: w.ExpectCalls(acctest.Calls{}), ConfigPlanChecks: acctest.NothingToDo()},
		},
	})
}

// issued is the check that a value is the secret of the key with id 2, once
// there is one.
type issued struct{ w *acctest.World }

func (i issued) CheckValue(value any) error {
	if secret := i.w.API.Secret("2"); secret == "" || value != any(secret) {
		return fmt.Errorf("it is not the secret that the API issued")
	}
	return nil
}

func (issued) String() string { return "the secret that the API issued" }

// Opening works without a credential and calls nothing, and the key it gives
// can be the credential of a provider.
func TestAccUnsealedKeyAsCredential(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, acctest.Options{Environment: map[string]string{"NEBULA_API_KEY": ""}, Fake: fakenebula.Options{
		APIKeys: []fakenebula.SeedKey{{Name: "consumer", Secret: "ak_CANARY-consumer-0123456789"}},
	}})
	pair := agePair(t)
	sealed, err := sealing.Seal("ak_CANARY-consumer-0123456789", []string{pair.recipient})
	if err != nil {
		t.Fatal(err)
	}
	c := w.Program(t, acctest.BuildProvider(t))
	maps.Copy(c.Environment, map[string]string{"TF_VAR_identity": pair.identity, "TF_VAR_sealed": sealed})
	unseal := `
variable "identity" {
  type      = string
  ephemeral = true
}
variable "sealed" { type = string }
ephemeral "nebula_unsealed_api_key" "this" {
  encrypted_key = var.sealed
  age_identity  = var.identity
}
`
	c.Write("main.tf", unseal)
	c.Apply().Expect(0)
	w.ExpectSilence()

	c.Write("main.tf", unseal+`
provider "nebula" {
  alias   = "consumer"
  api_key = ephemeral.nebula_unsealed_api_key.this.key
}
data "nebula_api_key" "self" {
  provider = nebula.consumer
  name     = "consumer"
}
output "id" { value = data.nebula_api_key.self.id }
`)
	c.Apply().Expect(0, `id = "2"`).ExpectNot("CANARY")
	journal := w.API.Journal()
	if len(journal) == 0 {
		t.Fatal("the API was not called")
	}
	for _, r := range journal {
		if r.CredentialID != "2" {
			t.Errorf("%s %s with the credential %q", r.Method, r.Path, r.CredentialID)
		}
	}
}

// What cannot be opened says why, and shows neither the key nor the identity.
func TestUnsealedKeyFails(t *testing.T) {
	t.Parallel()
	s := acctest.NewStage(t, acctest.Options{})
	const canary = "ak_CANARY-sealed-0123456789"
	right, other, locked := agePair(t), agePair(t), ed25519Pair(t, "CANARY-passphrase")
	sealed, err := sealing.Seal(canary, []string{right.recipient, locked.recipient})
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(sealed, "\n")
	last := lines[len(lines)-4] // the last full line
	damaged := strings.Replace(sealed, last, strings.ToLower(last), 1)
	for _, test := range []struct{ name, sealed, identity, want string }{
		{"another identity", sealed, other.identity, "The identity fits none of the recipients that the key was encrypted to."},
		{"recipient instead", sealed, right.recipient, "The identity is neither an age identity (AGE-SECRET-KEY-1...) nor an SSH private key."},
		{"empty identity", sealed, "", "The identity is neither an age identity"},
		{"cut identity", sealed, right.identity[:50], "The identity is neither an age identity"},
		{"SSH public key", sealed, locked.recipient, "The identity is neither an age identity"},
		{"passphrase", sealed, locked.identity, "The SSH private key is protected by a passphrase"},
		{"cut SSH key", sealed, locked.identity[:100], "The SSH private key is malformed"},
		{"damaged", damaged, right.identity, "The encrypted key is damaged"},
		{"cut", sealed[:len(sealed)-60], right.identity, "The encrypted key is damaged"},
		{"plaintext instead", canary, right.identity, "The encrypted key is not an armored age file: it must begin with -----BEGIN AGE ENCRYPTED FILE-----"},
		{"empty", "", right.identity, "The encrypted key is not an armored age file"},
		{"swapped", right.identity, sealed, "The identity is neither an age identity"},
	} {
		_, told := s.Opened("nebula_unsealed_api_key", rehearsal.Args{"encrypted_key": test.sealed, "age_identity": test.identity})
		told.Fails("Error: Unable to unseal API key", test.want, "Next: See that encrypted_key is whole, as nebula_api_key gave it, and that age_identity is the private key of one of the recipients that it was sealed for.")
		secrets := []string{canary, right.identity, other.identity, "CANARY"}
		for line := range strings.SplitSeq(locked.identity, "\n") {
			if line != "" && !strings.HasPrefix(line, "-----") {
				secrets = append(secrets, line)
			}
		}
		if leak := acctest.Leak(told.Text(), secrets...); leak != "" {
			t.Errorf("%s: %s", test.name, leak)
		}
	}
	s.ExpectSilence()
}

// A key that is sealed nowhere, such as an imported one, fails no plan.
func TestUnsealedKeyOfNothing(t *testing.T) {
	t.Parallel()
	s := acctest.NewStage(t, acctest.Options{})
	for _, args := range []rehearsal.Args{
		{"encrypted_key": nil, "age_identity": agePair(t).identity},
		{"age_identity": "not even an identity"},
	} {
		opened, told := s.Opened("nebula_unsealed_api_key", args)
		told.Succeeds("Warning: No sealed API key", "encrypted_key is null", "State: key is null for this run.")
		if !opened.Null("key") {
			t.Errorf("key is %s", opened["key"])
		}
	}
	s.ExpectSilence()
}
