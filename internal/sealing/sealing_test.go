package sealing_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"encoding/pem"
	"strings"
	"testing"

	"filippo.io/age"
	"golang.org/x/crypto/ssh"

	"github.com/nebulablock/terraform-provider-nebula/internal/sealing"
)

const secret = "ak_CANARY-sealing-0123456789"

func ageKey(t *testing.T) (recipient, identity string) {
	t.Helper()
	key, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	return key.Recipient().String(), key.String()
}

func hybridKey(t *testing.T) (recipient, identity string) {
	t.Helper()
	key, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	return key.Recipient().String(), key.String()
}

func sshKey(t *testing.T, public, private any, passphrase string) (recipient, identity string) {
	t.Helper()
	pub, err := ssh.NewPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(private, "comment")
	if passphrase != "" {
		block, err = ssh.MarshalPrivateKeyWithPassphrase(private, "comment", []byte(passphrase))
	}
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(pub))), string(pem.EncodeToMemory(block))
}

func ed25519Key(t *testing.T, passphrase string) (recipient, identity string) {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return sshKey(t, public, private, passphrase)
}

func rsaKey(t *testing.T) (recipient, identity string) {
	t.Helper()
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return sshKey(t, private.Public(), private, "")
}

func TestSealAndUnseal(t *testing.T) {
	t.Parallel()
	ageRecipient, ageIdentity := ageKey(t)
	hybridRecipient, hybridIdentity := hybridKey(t)
	edRecipient, edIdentity := ed25519Key(t, "")
	rsaRecipient, rsaIdentity := rsaKey(t)
	tests := map[string]struct {
		recipients []string
		identities []string
	}{
		"age":          {[]string{ageRecipient}, []string{ageIdentity, "# a comment\n" + ageIdentity + "\n"}},
		"post-quantum": {[]string{hybridRecipient}, []string{hybridIdentity}},
		"ssh-ed25519":  {[]string{edRecipient + " someone@host"}, []string{edIdentity, strings.TrimSpace(edIdentity)}},
		"ssh-rsa":      {[]string{rsaRecipient}, []string{rsaIdentity}},
		"several":      {[]string{" " + ageRecipient + "\n", edRecipient}, []string{ageIdentity, edIdentity}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sealed, err := sealing.Seal(secret, test.recipients)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(sealed, secret) || !strings.HasPrefix(sealed, "-----BEGIN AGE ENCRYPTED FILE-----") {
				t.Errorf("not an armored age file without the secret: %q", sealed)
			}
			for _, identity := range test.identities {
				got, err := sealing.Unseal(sealed, identity)
				if err != nil || got != secret {
					t.Errorf("unsealed %q, %v", got, err)
				}
			}
		})
	}
}

func TestParseRecipientRefuses(t *testing.T) {
	t.Parallel()
	recipient, identity := ageKey(t)
	_, sshIdentity := ed25519Key(t, "")
	tests := map[string]struct{ input, want string }{
		"empty":               {"", "neither an age recipient"},
		"a word":              {"ops-team", "neither an age recipient"},
		"age, cut short":      {recipient[:40], "malformed"},
		"age, mistyped":       {recipient[:20] + "b" + recipient[21:], "malformed"},
		"an age identity":     {identity, "private key"},
		"an SSH private key":  {sshIdentity, "private key"},
		"SSH, malformed":      {"ssh-ed25519 AAAA", "malformed"},
		"SSH, other type":     {"ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTY=", "neither an age recipient"},
		"two in one element":  {recipient + "\n" + recipient, "several lines"},
		"a plugin's":          {"age1yubikey1qwt50d05nh5vutpdzmlg5wn80xq5negm4uj9ghv0snvdd3yysf5yw3rhl3t", "malformed"},
		"a passphrase-ish":    {"age-passphrase", "neither an age recipient"},
		"a key of the API":    {"ak_CANARY-in-the-wrong-place", "neither an age recipient"},
		"SSH with no content": {"ssh-rsa ", "neither an age recipient"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := sealing.ParseRecipient(test.input)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("got %v, want an error with %q", err, test.want)
			}
			if len(test.input) > 12 && strings.Contains(err.Error(), test.input[:12]) {
				t.Errorf("the error repeats its input: %v", err)
			}
		})
	}
}

func TestRecipientsThatDoNotMix(t *testing.T) {
	t.Parallel()
	classic, _ := ageKey(t)
	hybrid, _ := hybridKey(t)
	if err := sealing.CheckTogether([]string{classic, hybrid}); err == nil {
		t.Error("a post-quantum recipient was mixed with another")
	}
	if err := sealing.CheckTogether([]string{classic}); err != nil {
		t.Error(err)
	}
	if err := sealing.CheckTogether(nil); err == nil {
		t.Error("no recipient at all was accepted")
	}
}

func TestUnsealErrorsShowNothing(t *testing.T) {
	t.Parallel()
	recipient, identity := ageKey(t)
	_, stranger := ageKey(t)
	_, locked := ed25519Key(t, "CANARY-passphrase")
	sealed, err := sealing.Seal(secret, []string{recipient})
	if err != nil {
		t.Fatal(err)
	}
	damaged := strings.Replace(sealed, "\n", "\nAAAA", 1)
	tests := map[string]struct{ encrypted, identity, want string }{
		"another identity":    {sealed, stranger, "fits none"},
		"no identity":         {sealed, "", "neither an age identity"},
		"identity, cut short": {sealed, identity[:30], "neither an age identity"},
		"recipient":           {sealed, recipient, "neither an age identity"},
		"locked SSH key":      {sealed, locked, "passphrase"},
		"malformed SSH key":   {sealed, "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----", "malformed"},
		"plaintext":           {secret, identity, "not an armored age file"},
		"damaged":             {damaged, identity, "damaged"},
		"cut short":           {sealed[:len(sealed)/2], identity, "damaged"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := sealing.Unseal(test.encrypted, test.identity)
			if err == nil || got != "" || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("got %q, %v; want an error with %q", got, err, test.want)
			}
			for _, hidden := range []string{secret, identity, stranger, "CANARY"} {
				if strings.Contains(err.Error(), hidden) {
					t.Errorf("the error shows a secret: %v", err)
				}
			}
		})
	}
}
