package nebula

import (
	"crypto/sha256"
	"encoding/hex"
)

// Fingerprint is the hex SHA-256 of a secret. With it a leaked key can be
// matched to its id, and two secrets compared without showing either.
func Fingerprint(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}
