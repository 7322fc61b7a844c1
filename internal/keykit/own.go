package keykit

import (
	"fmt"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/nebulablock/terraform-provider-nebula/internal/keyring"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// Managed is what this run knows of the keys that its resources manage.
type Managed struct {
	ownFingerprint string

	mu    sync.Mutex
	ownID nebula.ID
}

// ManagedKeys is the knowledge that all operations of a configured provider
// share.
func ManagedKeys(s *tfkit.Services) *Managed {
	return tfkit.Shared(s, func(s *tfkit.Services) *Managed { return &Managed{ownFingerprint: s.CredentialFingerprint} })
}

// Note tells of a managed key that was read. It may be the one that the
// provider authenticates with.
func (m *Managed) Note(id nebula.ID, fingerprint string) {
	if m.ownFingerprint == "" || fingerprint != m.ownFingerprint {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.ownID = id
}

// OwnID is the id of the key that the provider authenticates with, as far as it
// is known: the list may show fingerprints, or a managed key was read that
// turned out to be it. Else it is empty.
func (m *Managed) OwnID(listed []keyring.Key) nebula.ID {
	for _, key := range listed {
		if key.Fingerprint != "" {
			m.Note(key.ID, key.Fingerprint)
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.ownID
}

// RefuseOwnKey refuses to revoke the key that the provider authenticates with:
// the rest of the run, and every later one, would be locked out. To names the
// operation as in tfkit.Failure.
func RefuseOwnKey(s *tfkit.Services, to, fingerprint, id string) diag.Diagnostics {
	if s.CredentialFingerprint == "" || fingerprint != s.CredentialFingerprint {
		return nil
	}
	return diag.Diagnostics{tfkit.Message{
		Title: "Unable to " + to,
		What:  fmt.Sprintf("Key %s is the key that the provider itself authenticates with. Without it neither the rest of this run nor the next one could call the API.", id),
		State: "The key stays recorded and stays valid. Nothing was called.",
		Next: "Run again with another credential, such as another key in " + tfkit.ArgumentAndVariable(tfkit.ArgAPIKey) +
			"; or give the key out of Terraform's hands with terraform state rm and delete it elsewhere.",
	}.Error()}
}
