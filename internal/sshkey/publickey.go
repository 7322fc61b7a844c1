package sshkey

import (
	"encoding/base64"
	"errors"
	"regexp"
	"strings"

	"golang.org/x/crypto/ssh"
)

// publicKey is one SSH public key.
type publicKey struct {
	// line is the key in the form of authorized_keys, without white space around
	// it.
	line string
	// fingerprint is "SHA256:..." of type and material. Two texts with one
	// fingerprint are one key, whatever their comments.
	fingerprint string
}

// invalidKeyError says why a text is no public key. It never repeats the text,
// which may be a secret.
type invalidKeyError struct {
	title, what string
	// secret says that the text is a private key, or may be one: no message may
	// lead Terraform to print the line of the configuration that holds it.
	secret bool
}

func (e *invalidKeyError) Error() string { return e.what }

var (
	errPrivateKey = &invalidKeyError{"Private key given", "public_key holds a private key. It is not repeated here, and nothing was sent. " +
		"Give the public key, which ssh-keygen writes into the file that ends in .pub.", true}
	errUnreadable = &invalidKeyError{"Invalid SSH public key", "public_key is not a line in the form of authorized_keys: a type, such as ssh-ed25519, " +
		"and the key in base64, with a comment or without. The text is not repeated here, because it may be a secret.", true}
	errEmpty      = &invalidKeyError{"Invalid SSH public key", "public_key is empty.", false}
	errSeveral    = &invalidKeyError{"Several SSH public keys given", "public_key holds more than one line. Make a resource for each key.", false}
	errOtherFrame = &invalidKeyError{"Invalid SSH public key", "public_key is in another form than that of authorized_keys. " +
		"ssh-keygen -i -m PKCS8 -f FILE turns a PEM file into it, and ssh-keygen -i -f FILE one that begins with \"---- BEGIN SSH2\"; " +
		"the tls provider has it in public_key_openssh.", false}
	errCertificate = &invalidKeyError{"SSH certificate given", "public_key holds a certificate. Give the key that it was issued for.", false}
	errOptions     = &invalidKeyError{"SSH public key with options", "public_key begins with options, such as command=\"...\". " +
		"They belong into a machine's authorized_keys file; give the key alone.", false}
	errType = &invalidKeyError{"Invalid SSH public key", "The type in front of public_key is not the type of the key that follows it.", false}
)

// privateKeys are what private keys look like: in PEM, in the form of PuTTY,
// and that of OpenSSH without its frame.
var privateKeys = regexp.MustCompile(`PRIVATE[ _-]KEY|PuTTY-User-Key-File|Private-Lines|b3BlbnNzaC1rZXktdjEA`)

// certificateMark is in the type of each certificate.
const certificateMark = "-cert-v01@"

// otherFrames are other forms of public keys.
var otherFrames = regexp.MustCompile(`^-----BEGIN [A-Z ]*(PUBLIC KEY|CERTIFICATE)-----|^---- BEGIN SSH2 PUBLIC KEY ----`)

// parsePublicKey reads one public key without options. The error is an
// *invalidKeyError.
func parsePublicKey(text string) (publicKey, error) {
	line := strings.TrimSpace(text)
	switch {
	case privateKeys.MatchString(line):
		return publicKey{}, errPrivateKey
	case line == "":
		return publicKey{}, errEmpty
	case otherFrames.MatchString(line):
		return publicKey{}, errOtherFrame
	case strings.ContainsAny(line, "\r\n"):
		return publicKey{}, severalLines(line)
	}
	kind := strings.Fields(line)[0]
	key, ok := material(line)
	switch {
	case strings.Contains(kind, certificateMark):
		return publicKey{}, errCertificate
	case !ok && hasOptions(line):
		return publicKey{}, errOptions
	case !ok:
		return publicKey{}, errUnreadable
	case strings.Contains(key.Type(), certificateMark):
		return publicKey{}, errCertificate
	case kind != key.Type():
		return publicKey{}, errType
	}
	return publicKey{line: line, fingerprint: ssh.FingerprintSHA256(key)}, nil
}

// material is the key in the second field of a line.
func material(line string) (ssh.PublicKey, bool) {
	fields := strings.Fields(line)
	if len(fields) < 2 {
		return nil, false
	}
	blob, err := base64.StdEncoding.DecodeString(fields[1])
	if err != nil {
		return nil, false
	}
	key, err := ssh.ParsePublicKey(blob)
	return key, err == nil
}

func hasOptions(line string) bool {
	_, _, options, _, err := ssh.ParseAuthorizedKey([]byte(line))
	return err == nil && len(options) > 0
}

// severalLines tells lines that are keys from a text that is none.
func severalLines(text string) error {
	for line := range strings.Lines(text) {
		if _, err := parsePublicKey(line); err != nil && !errors.Is(err, errEmpty) && !strings.HasPrefix(strings.TrimSpace(line), "#") {
			return err
		}
	}
	return errSeveral
}

// fingerprintOf is the fingerprint of a text, "" for one that is no public key.
// The API checks nothing, so a list can hold anything.
func fingerprintOf(text string) string {
	key, err := parsePublicKey(text)
	if err != nil {
		return ""
	}
	return key.fingerprint
}

// omissions are what stands for the part of a text that is not shown.
var omissions = regexp.MustCompile(`\.{3,}|\*{2,}|…+`)

// mayBe reports whether what a list shows can be this key: nothing at all, or a
// part with its beginning and its end.
func (k publicKey) mayBe(shown string) bool {
	parts := omissions.Split(strings.TrimSpace(shown), -1)
	if shown == "" || len(parts) < 2 {
		return shown == ""
	}
	fields := strings.Fields(k.line)
	alone := fields[0] + " " + fields[1]
	begin, end := parts[0], parts[len(parts)-1]
	return strings.HasPrefix(k.line, begin) && (strings.HasSuffix(k.line, end) || strings.HasSuffix(alone, end))
}
