package sealing

import (
	"encoding/base64"
	"strings"

	"golang.org/x/crypto/ssh"
)

// CanonicalRecipient writes a recipient in one way, however it was written: an
// SSH key may have a comment, and any text white space around it. What is no
// recipient stays as it is.
func CanonicalRecipient(s string) string {
	if _, err := ParseRecipient(s); err != nil {
		return s
	}
	s = strings.TrimSpace(s)
	key, _, _, _, err := ssh.ParseAuthorizedKey([]byte(s))
	if err != nil {
		return s
	}
	return key.Type() + " " + base64.StdEncoding.EncodeToString(key.Marshal())
}
