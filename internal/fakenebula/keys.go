package fakenebula

import (
	"fmt"
	"slices"
	"strconv"
	"time"
)

// Via says on which way something happened.
type Via string

// The ways.
const (
	ViaAPI    Via = "API"
	ViaDirect Via = "direct"          // by a method of Server, a foreign actor
	ViaOneKey Via = "one-key account" // Options.OneKey, on a create by the named credential
)

// Actor says who created or deleted a key. The zero value is nobody.
type Actor struct {
	Via  Via
	Kind CredentialKind // with ViaAPI and ViaOneKey
	ID   string         // the id of the API key, or the user of the token
}

// Key is an API key as the server knows it, without its secret.
type Key struct {
	ID          string
	Name        string
	Description string
	CreatedAt   time.Time
	CreatedBy   Actor
	DeletedAt   time.Time // zero while it exists
	DeletedBy   Actor
	// Hidden says that lists do not show it yet (Options.HideNewFor).
	Hidden bool
}

type key struct {
	Key
	secret    string
	revoked   bool
	visibleAt time.Time
}

func (k *key) valid() bool { return !k.revoked && k.DeletedAt.IsZero() }

// view is the key as tests may see it.
func (k *key) view(now time.Time) Key {
	v := k.Key
	v.Hidden = k.visibleAt.After(now)
	return v
}

// keyStore holds every key that ever existed, in the order of their creation.
// An id is never used twice.
type keyStore struct {
	issued   []*key
	byID     map[string]*key // that exist
	bySecret map[string]*key // that ever existed
	nextID   uint64
}

func newKeyStore(firstID uint64) keyStore {
	return keyStore{byID: map[string]*key{}, bySecret: map[string]*key{}, nextID: firstID}
}

// live are the keys that exist, oldest first.
func (ks *keyStore) live() []*key {
	live := make([]*key, 0, len(ks.byID))
	for _, k := range ks.issued {
		if k.DeletedAt.IsZero() {
			live = append(live, k)
		}
	}
	return live
}

func (ks *keyStore) remove(k *key, by Actor, at time.Time) {
	k.DeletedAt, k.DeletedBy = at, by
	delete(ks.byID, k.ID)
}

// addKey creates a key, with a random secret when none is given. The state is
// locked, or not yet shared.
func (s *Server) addKey(name, description, secret string, by Actor, at time.Time) *key {
	if secret == "" {
		secret = s.newSecret()
	}
	k := &key{secret: secret, Key: Key{
		ID: s.newID(), Name: name, Description: description, CreatedAt: at, CreatedBy: by,
	}}
	s.keys.issued = append(s.keys.issued, k)
	s.keys.byID[k.ID] = k
	s.keys.bySecret[secret] = k
	return k
}

func (s *Server) newID() string {
	if s.options.IDs == IntIDs {
		id := s.keys.nextID
		s.keys.nextID++
		return strconv.FormatUint(id, 10)
	}
	b := s.randomBytes(16)
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80 // version 4, RFC 9562
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// AddKey creates a key directly, as a colleague at the vendor's console would.
// It is visible at once.
func (s *Server) AddKey(name, description string) (id, secret string) {
	now := s.enter()
	defer s.mu.Unlock()
	k := s.addKey(name, description, "", Actor{Via: ViaDirect}, now)
	return k.ID, k.secret
}

// DeleteKey deletes a key directly and says whether it existed.
func (s *Server) DeleteKey(id string) bool {
	now := s.enter()
	defer s.mu.Unlock()
	k := s.keys.byID[id]
	if k != nil {
		s.keys.remove(k, Actor{Via: ViaDirect}, now)
	}
	return k != nil
}

// SetName renames a key, which the API itself cannot do, and says whether it
// exists.
func (s *Server) SetName(id, name string) bool {
	return s.edit(id, func(k *key) { k.Name = name })
}

// SetDescription changes a key's description and says whether the key exists.
func (s *Server) SetDescription(id, description string) bool {
	return s.edit(id, func(k *key) { k.Description = description })
}

func (s *Server) edit(id string, change func(*key)) bool {
	s.enter()
	defer s.mu.Unlock()
	k := s.keys.byID[id]
	if k != nil {
		change(k)
	}
	return k != nil
}

// Keys are the keys that exist, hidden ones included, oldest first.
func (s *Server) Keys() []Key {
	now := s.enter()
	defer s.mu.Unlock()
	return views(s.keys.live(), now)
}

// Issued are all keys that ever existed, oldest first, with who created and
// deleted them.
func (s *Server) Issued() []Key {
	now := s.enter()
	defer s.mu.Unlock()
	return views(slices.Clone(s.keys.issued), now)
}

func views(keys []*key, now time.Time) []Key {
	all := make([]Key, len(keys))
	for i, k := range keys {
		all[i] = k.view(now)
	}
	return all
}

// Secret is the key itself of an id that exists or existed, empty otherwise.
func (s *Server) Secret(id string) string {
	s.enter()
	defer s.mu.Unlock()
	for _, k := range s.keys.issued {
		if k.ID == id {
			return k.secret
		}
	}
	return ""
}
