package keykit

import (
	"maps"
	"sync"

	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// Managed is what this run knows of the keys that its resources manage. Every
// resource that manages keys notes all that are alive, whenever it is read,
// planned, created or updated. It is safe for concurrent use.
type Managed struct {
	ownFingerprint string

	mu    sync.Mutex
	ownID nebula.ID
	// live holds fingerprints by id, empty ones where they are not known.
	live map[nebula.ID]string
	// doomed are the keys that a plan of this run means to delete because it
	// did not know them to be managed.
	doomed map[nebula.ID]bool
}

// ManagedKeys is the knowledge that all operations of a configured provider
// share.
func ManagedKeys(s *tfkit.Services) *Managed {
	return tfkit.Shared(s, func(s *tfkit.Services) *Managed {
		return &Managed{ownFingerprint: s.CredentialFingerprint, live: map[nebula.ID]string{}, doomed: map[nebula.ID]bool{}}
	})
}

// Note tells of a managed key; an empty id is none. The fingerprint is that of
// its secret, empty where it is not known. The key may be the one that the
// provider authenticates with.
func (m *Managed) Note(id nebula.ID, fingerprint string) {
	if id == "" {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, known := m.live[id]; !known || fingerprint != "" {
		m.live[id] = fingerprint
	}
	m.recognise(id, fingerprint)
}

// Live are the fingerprints of the managed keys by id, empty ones where they
// are not known.
func (m *Managed) Live() map[nebula.ID]string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.live)
}

// Doom tells that a plan means to delete these keys, and returns those of them
// that are known to be managed, which it must not delete. A key that turns out
// later to be managed is refused by PlanKey. So it does not matter which of the
// two plans comes first.
func (m *Managed) Doom(ids []nebula.ID) (managed []nebula.ID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, id := range ids {
		if _, known := m.live[id]; known {
			managed = append(managed, id)
			continue
		}
		m.doomed[id] = true
	}
	return managed
}

func (m *Managed) isDoomed(id nebula.ID) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.doomed[id]
}

// PlanKey notes a key that the resource at hand manages and goes on managing,
// and fails the plan when another resource has planned to delete it. It is for
// ModifyPlan, where it does nothing as long as the provider's configuration is
// not known.
func PlanKey(op *tfkit.Operation, id nebula.ID, fingerprint string) {
	if op.Services == nil || id == "" {
		return
	}
	known := ManagedKeys(op.Services)
	known.Note(id, fingerprint)
	if known.isDoomed(id) {
		op.Refuse(ManagedNotAllowed("Key " + string(id) + " is"))
	}
}

// ManagedNotAllowed is said of managed keys that nebula_api_keys_exclusive
// would delete. Which begins the sentence: "Key 4 is".
func ManagedNotAllowed(which string) tfkit.Message {
	return tfkit.Message{
		Title: "Managed API key is not allowed",
		What:  which + " managed by this configuration and not in allowed_ids of nebula_api_keys_exclusive, whose plan would delete it.",
		State: "Nothing was deleted.",
		Next:  "Add it to allowed_ids: the id of a nebula_api_key, all ids of a nebula_rotating_api_key.",
	}
}
