package machinekit

import (
	"sync"

	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// Managed is what a run knows of the machines that its resources manage. It
// works while nothing can be called yet, and is safe for concurrent use.
type Managed struct {
	mu           sync.Mutex
	live, doomed map[nebula.ID]bool
}

// ManagedIn is the knowledge that all operations of a configured provider share.
func ManagedIn(b *tfkit.Base) *Managed {
	return tfkit.SharedOffline(b, func() *Managed { return &Managed{live: map[nebula.ID]bool{}, doomed: map[nebula.ID]bool{}} })
}

// Has says that a resource of this run is known to manage a machine.
func (m *Managed) Has(id nebula.ID) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.live[id]
}

// Note tells of a machine that a resource manages and goes on managing, and says
// whether another resource has planned to delete it.
func (m *Managed) Note(id nebula.ID) (doomed bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.live[id] = true
	return m.doomed[id]
}

// Doom tells that a plan means to delete these machines, and returns those of
// them that are known to be managed. One that turns out later to be managed is
// told of by Note. So it does not matter which of the two plans comes first.
func (m *Managed) Doom(ids []nebula.ID) (managed []nebula.ID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, id := range ids {
		m.doomed[id] = true
		if m.live[id] {
			managed = append(managed, id)
		}
	}
	return managed
}

// ManagedNotAllowed is said of a managed machine that
// nebula_instances_exclusive would delete.
func ManagedNotAllowed(id nebula.ID) tfkit.Message {
	return tfkit.Message{
		Title: "Managed instance is not allowed",
		What:  "Instance " + nebula.CleanText(string(id)) + " is managed by this configuration and not in allowed_ids of nebula_instances_exclusive, whose plan would delete it.",
		State: "Nothing was deleted.",
		Next:  "Add its id to allowed_ids.",
	}
}
