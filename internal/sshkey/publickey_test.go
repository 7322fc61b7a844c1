package sshkey

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
)

// pair is a new key: its public line and its private key in the two usual forms.
func pair(t *testing.T) (line string, privates []string) {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	key, err := ssh.NewPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	openSSH, err := ssh.MarshalPrivateKey(private, "me")
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key))), []string{
		string(pem.EncodeToMemory(openSSH)), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})),
	}
}

func certificate(t *testing.T, line string) string {
	t.Helper()
	key, _, _, _, err := ssh.ParseAuthorizedKey([]byte(line))
	if err != nil {
		t.Fatal(err)
	}
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	authority, err := ssh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	c := &ssh.Certificate{Key: key, CertType: ssh.UserCert, ValidPrincipals: []string{"me"}}
	if err := c.SignCert(rand.Reader, authority); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(c)))
}

func TestParsePublicKey(t *testing.T) {
	t.Parallel()
	line, privates := pair(t)
	other, _ := pair(t)
	kind, material, _ := strings.Cut(line, " ")
	for name, test := range map[string]struct {
		text string
		want error
	}{
		"alone":                  {line, nil},
		"with a comment":         {line + " me@laptop", nil},
		"with a long comment":    {line + " me at my laptop", nil},
		"with a line break":      {line + " me\n", nil},
		"with a DOS line break":  {line + " me\r\n", nil},
		"white space around":     {"\n  " + line + "\t\n\n", nil},
		"white space between":    {kind + " \t " + material, nil},
		"OpenSSH private key":    {privates[0], errPrivateKey},
		"PEM private key":        {privates[1], errPrivateKey},
		"private and public key": {line + "\n" + privates[0], errPrivateKey},
		"private key, bare":      {strings.Split(privates[0], "\n")[1], errPrivateKey},
		"PuTTY":                  {"PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\n", errPrivateKey},
		"empty":                  {"", errEmpty},
		"blank":                  {" \n\t", errEmpty},
		"two keys":               {line + "\n" + other, errSeveral},
		"one key twice":          {line + "\n" + line + "\n", errSeveral},
		"key below a remark":     {"# mine\n" + line, errSeveral},
		"key above prose":        {line + "\nand more", errUnreadable},
		"certificate":            {certificate(t, line), errCertificate},
		"broken certificate":     {"ssh-ed25519-cert-v01@openssh.com AAAA", errCertificate},
		"options":                {"no-pty,command=\"/bin/echo a b\" " + line, errOptions},
		"one option":             {"restrict " + line, errOptions},
		"another type in front":  {"ssh-rsa " + material, errType},
		"no type in front":       {material, errUnreadable},
		"prose":                  {"my public key", errUnreadable},
		"bad base64":             {kind + " AAAA*", errUnreadable},
		"cut material":           {kind + " " + material[:len(material)-8], errUnreadable},
		"unknown type":           {"ssh-foo AAAAB3NzaC1mb28=", errUnreadable},
		"PEM public key":         {"-----BEGIN PUBLIC KEY-----\nMCow\n-----END PUBLIC KEY-----\n", errOtherFrame},
		"SSH2 public key":        {"---- BEGIN SSH2 PUBLIC KEY ----\nAAAA\n---- END SSH2 PUBLIC KEY ----\n", errOtherFrame},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := parsePublicKey(test.text)
			if !errors.Is(err, test.want) {
				t.Fatalf("got %v, want %v", err, test.want)
			}
			if want := fingerprintOf(line); test.want == nil && (got.fingerprint != want || got.line != strings.TrimSpace(test.text)) {
				t.Errorf("got %+v, want the fingerprint %s", got, want)
			}
		})
	}
}

// No error may lead Terraform to print a line that can hold a private key.
func TestSecretErrors(t *testing.T) {
	t.Parallel()
	for _, err := range []*invalidKeyError{errPrivateKey, errUnreadable} {
		if !err.secret {
			t.Errorf("%s: would be put on the argument", err.title)
		}
	}
}

func TestMayBe(t *testing.T) {
	t.Parallel()
	key := publicKey{line: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIabcdefgh me@laptop"}
	for shown, want := range map[string]bool{
		"":                                 true,
		"ssh-ed25519 AAAA...abcdefgh":      true,
		"ssh-ed25519 AAAA***me@laptop":     true,
		"ssh-e…":                           true,
		"ssh-ed25519 AAAA...xyz":           false,
		"ssh-rsa AAAA...abcdefgh":          false,
		"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5": false,
		"something else":                   false,
	} {
		if got := key.mayBe(shown); got != want {
			t.Errorf("%q: %t, want %t", shown, got, want)
		}
	}
}

func FuzzParsePublicKey(f *testing.F) {
	f.Add("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f me")
	f.Add("ssh-rsa AAAA\n")
	f.Add("-----BEGIN OPENSSH PRIVATE KEY-----")
	f.Fuzz(func(t *testing.T, text string) {
		key, err := parsePublicKey(text)
		if (err == nil) != strings.HasPrefix(key.fingerprint, "SHA256:") {
			t.Errorf("%q: %+v, %v", text, key, err)
		}
		if err == nil && fingerprintOf(key.line+" another comment") != key.fingerprint {
			t.Errorf("%q: another comment is another key", text)
		}
		if len(text) > 20 && err != nil && strings.Contains(err.Error(), text) {
			t.Errorf("the error repeats %q", text)
		}
	})
}
