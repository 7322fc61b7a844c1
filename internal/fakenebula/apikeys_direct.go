package fakenebula

import (
	"slices"
	"time"
)

// SeedKey is an API key that exists from the start.
type SeedKey struct {
	Name        string
	Description string
	// Secret is the key itself; a random one when empty.
	Secret string
	// Account is whose it is, empty for the main account.
	Account string
}

// Key is an API key as the server knows it, without its secret.
type Key struct {
	Object
	Description string
	// Team is the team_id that the key was made with, 0 for none.
	Team   int
	Active bool
}

// AddKey creates a key directly, as a colleague at the vendor's console would.
// It is visible at once.
func (s *Server) AddKey(name, description string) (id, secret string) {
	return s.AddKeyIn("", name, description)
}

// AddKeyIn is AddKey in another account.
func (s *Server) AddKeyIn(account, name, description string) (id, secret string) {
	now := s.enter()
	defer s.mu.Unlock()
	k := thingOf[*apiKeys](s).make(name, apiKey{description: description}, Actor{Via: ViaDirect, Account: account}, now)
	return k.ID, k.fields.secret
}

// DeleteKey deletes a key directly and says whether it existed.
func (s *Server) DeleteKey(id string) bool {
	keys := thingOf[*apiKeys](s)
	return keys.edit(id, func(k *object[apiKey], now time.Time) { keys.revoke(k, Actor{Via: ViaDirect, Account: k.Account}, now) })
}

// SetName renames a key from outside of the API and says whether it exists.
func (s *Server) SetName(id, name string) bool {
	return thingOf[*apiKeys](s).edit(id, func(k *object[apiKey], _ time.Time) { k.Name = name })
}

// SetDescription changes a key's description and says whether the key exists.
func (s *Server) SetDescription(id, description string) bool {
	return thingOf[*apiKeys](s).edit(id, func(k *object[apiKey], _ time.Time) { k.fields.description = description })
}

// SetActive switches a key on or off, as at the vendor's console, and says
// whether it exists. A key that is off stays in the list and opens nothing.
func (s *Server) SetActive(id string, active bool) bool {
	return thingOf[*apiKeys](s).edit(id, func(k *object[apiKey], _ time.Time) {
		k.fields.inactive = !active
		s.credentials[k.fields.secret].off = !active
	})
}

// Keys are the keys that exist, in all accounts, hidden ones included, oldest
// first.
func (s *Server) Keys() []Key {
	return slices.DeleteFunc(s.Issued(), func(k Key) bool { return !k.DeletedAt.IsZero() })
}

// Issued are all keys that ever existed, oldest first, with who created and
// deleted them.
func (s *Server) Issued() []Key {
	now := s.enter()
	defer s.mu.Unlock()
	issued := thingOf[*apiKeys](s).issued
	all := make([]Key, len(issued))
	for i, k := range issued {
		all[i] = Key{Object: k.view(now), Description: k.fields.description, Active: !k.fields.inactive}
		if k.fields.team != nil {
			all[i].Team = *k.fields.team
		}
	}
	return all
}

// Secret is the key itself of an id that exists or existed, empty otherwise.
func (s *Server) Secret(id string) string {
	s.enter()
	defer s.mu.Unlock()
	for _, k := range thingOf[*apiKeys](s).issued {
		if k.ID == id {
			return k.fields.secret
		}
	}
	return ""
}
