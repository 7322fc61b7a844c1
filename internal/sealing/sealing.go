// Package sealing encrypts a key for its recipients the moment it arrives, and
// decrypts it for whoever holds an identity. The format is that of the age
// tool (age-encryption.org/v1), armored, so that no part of this provider is
// needed to open what it sealed.
//
// None of its errors repeats its input: a private key pasted in the wrong
// place must not end up in a log.
package sealing

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"filippo.io/age"
	"filippo.io/age/agessh"
	"filippo.io/age/armor"
	"golang.org/x/crypto/ssh"
)

// ParseRecipient reads one recipient: an age recipient ("age1..."), or an SSH
// public key of type ssh-ed25519 or ssh-rsa as it stands in authorized_keys.
func ParseRecipient(s string) (age.Recipient, error) {
	s = strings.TrimSpace(s)
	switch {
	case strings.HasPrefix(s, "AGE-SECRET-KEY-") || strings.Contains(s, "PRIVATE KEY"):
		return nil, errors.New("it is a private key: give the public key that belongs to it, and treat this private key as leaked if the configuration is shared")
	case strings.ContainsAny(s, "\n\r"):
		return nil, errors.New("it has several lines: give each recipient as an element of its own")
	case strings.HasPrefix(s, "age1"):
		recipients, err := age.ParseRecipients(strings.NewReader(s))
		if err != nil || len(recipients) != 1 {
			return nil, errors.New("it begins like an age recipient but is malformed: it may be cut short or mistyped (age plugins are not supported)")
		}
		return recipients[0], nil
	case strings.HasPrefix(s, "ssh-ed25519 ") || strings.HasPrefix(s, "ssh-rsa "):
		recipient, err := agessh.ParseRecipient(s)
		if err != nil {
			return nil, errors.New("it begins like an SSH public key but is malformed, or is an RSA key of less than 2048 bits")
		}
		return recipient, nil
	default:
		return nil, errors.New("it is neither an age recipient (age1...) nor an SSH public key of type ssh-ed25519 or ssh-rsa")
	}
}

// CheckTogether reports whether one file can be encrypted to all these
// recipients: age refuses to mix post-quantum recipients with others, since
// the weakest would decide.
func CheckTogether(recipients []string) error {
	_, err := Seal("", recipients)
	return err
}

// Seal encrypts a secret to all recipients and returns an armored age file.
func Seal(secret string, recipients []string) (string, error) {
	parsed := make([]age.Recipient, 0, len(recipients))
	for i, s := range recipients {
		recipient, err := ParseRecipient(s)
		if err != nil {
			return "", fmt.Errorf("recipient %d: %w", i+1, err)
		}
		parsed = append(parsed, recipient)
	}
	if len(parsed) == 0 {
		return "", errors.New("there is no recipient")
	}
	var out strings.Builder
	armored := armor.NewWriter(&out)
	sealed, err := age.Encrypt(armored, parsed...)
	if err != nil {
		return "", errors.New("the recipients cannot be used together: post-quantum recipients (age1pq1...) do not mix with others")
	}
	// Writes go to memory; what can fail here is the random source.
	_, err = io.WriteString(sealed, secret)
	if err = errors.Join(err, sealed.Close(), armored.Close()); err != nil {
		return "", errors.New("the key could not be encrypted")
	}
	return out.String(), nil
}

// Unseal decrypts an armored age file with an identity: an age identity
// ("AGE-SECRET-KEY-1...", alone or as an identity file with comments), or an
// SSH private key without a passphrase.
func Unseal(encrypted, identity string) (string, error) {
	identities, err := parseIdentities(identity)
	if err != nil {
		return "", err
	}
	encrypted = strings.TrimSpace(encrypted)
	if !strings.HasPrefix(encrypted, armor.Header) {
		return "", errors.New("the encrypted key is not an armored age file: it must begin with " + armor.Header)
	}
	opened, err := age.Decrypt(armor.NewReader(strings.NewReader(encrypted)), identities...)
	var mismatch *age.NoIdentityMatchError
	switch {
	case errors.As(err, &mismatch):
		return "", errors.New("the identity fits none of the recipients that the key was encrypted to")
	case err != nil:
		return "", errors.New("the encrypted key is damaged or is not an age file")
	}
	const limit = 1 << 16
	secret, err := io.ReadAll(io.LimitReader(opened, limit+1))
	if err != nil || len(secret) > limit {
		return "", errors.New("the encrypted key is damaged: its content does not authenticate")
	}
	return string(secret), nil
}

func parseIdentities(s string) ([]age.Identity, error) {
	if strings.Contains(s, "PRIVATE KEY") {
		// The end of the last line is easily lost on the way through variables.
		identity, err := agessh.ParseIdentity([]byte(strings.TrimSpace(s) + "\n"))
		var locked *ssh.PassphraseMissingError
		switch {
		case errors.As(err, &locked):
			return nil, errors.New("the SSH private key is protected by a passphrase, which cannot be asked for here: use an age identity or a key without one")
		case err != nil:
			return nil, errors.New("the SSH private key is malformed or of a type other than ed25519 and RSA")
		}
		return []age.Identity{identity}, nil
	}
	identities, err := age.ParseIdentities(strings.NewReader(strings.TrimSpace(s)))
	if err != nil {
		return nil, errors.New("the identity is neither an age identity (AGE-SECRET-KEY-1...) nor an SSH private key")
	}
	return identities, nil
}
