package keykit

import (
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/nebulablock/terraform-provider-nebula/internal/keyring"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// OwnID is the id of the key that the provider authenticates with, as far as it
// is known: the list may show fingerprints, or a managed key has turned out to
// be it. Else it is empty.
func (m *Managed) OwnID(listed []keyring.Key) nebula.ID {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, key := range listed {
		m.recognise(key.ID, key.Fingerprint)
	}
	return m.ownID
}

// recognise tells the provider's own key by its fingerprint. The registry is
// locked.
func (m *Managed) recognise(id nebula.ID, fingerprint string) {
	if m.ownFingerprint != "" && fingerprint == m.ownFingerprint {
		m.ownID = id
	}
}

// RefuseOwnKey refuses to revoke the key that the provider authenticates with:
// the rest of the run, and every later one, would be locked out. To names the
// operation as in tfkit.Failure.
func RefuseOwnKey(s *tfkit.Services, to, fingerprint, id string) diag.Diagnostics {
	if s.CredentialFingerprint == "" || id == "" {
		return nil
	}
	if fingerprint != s.CredentialFingerprint && nebula.ID(id) != ManagedKeys(s).OwnID(nil) {
		return nil
	}
	return diag.Diagnostics{tfkit.Message{
		Title: "Unable to " + to,
		What:  fmt.Sprintf("Key %s is the key that the provider itself authenticates with. Without it neither the rest of this run nor the next one could call the API.", id),
		State: "The key stays in the state and stays valid. Nothing was called.",
		Next: "Run again with another credential, such as another key in " + tfkit.ArgumentAndVariable(tfkit.ArgAPIKey) +
			"; or remove the key from the state with terraform state rm, and delete it elsewhere.",
	}.Error()}
}
