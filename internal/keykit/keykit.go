// Package keykit is what only the things about API keys share: their keyring,
// sealing a secret, the provider's own key, and their words.
package keykit

import (
	"github.com/nebulablock/terraform-provider-nebula/internal/keyring"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// Keys is the keyring that all operations of a configured provider share.
func Keys(s *tfkit.Services) *keyring.Keyring {
	return tfkit.Shared(s, func(s *tfkit.Services) *keyring.Keyring {
		return keyring.New(keyring.Options{Client: s.Client, Clock: s.Clock, OwnershipMarker: s.OwnershipMarker})
	})
}
