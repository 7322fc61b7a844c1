package fakenebula

import (
	"slices"
	"time"
)

// Kind names what an object is, such as KindAPIKey.
type Kind string

// Via says on which way something happened.
type Via string

// The ways. A thing can have further ones.
const (
	ViaAPI    Via = "API"
	ViaDirect Via = "direct" // by a method of Server, a foreign actor
)

// Actor says who created or deleted an object. The zero value is nobody.
type Actor struct {
	Via Via
	// Kind is that of the credential of an API call.
	Kind CredentialKind
	// ID is the id of the API key, or the user of the token.
	ID string
	// Account is where the actor belongs, empty for the main account.
	Account string
}

// Object is what the server knows of any object, whatever its kind.
type Object struct {
	Kind Kind
	ID   string
	Name string
	// Account is whose it is, empty for the main account.
	Account   string
	CreatedAt time.Time
	CreatedBy Actor
	DeletedAt time.Time // zero while it exists
	DeletedBy Actor
	// Hidden says that lists do not show it yet (Options.HideNewFor).
	Hidden bool
}

// object is an object with the fields of its kind.
type object[T any] struct {
	Object
	fields    T
	visibleAt time.Time
}

// store holds every object of a kind that ever existed, in the order of their
// creation. An id is never used twice.
type store[T any] struct {
	server *Server
	kind   Kind
	issued []*object[T]
	byID   map[string]*object[T] // that exist
	nextID uint64
}

// ledger is a store of whatever kind.
type ledger interface {
	history(now time.Time) []Object
}

// newStore is an empty store, which Server.Live and Server.Ledger show.
func newStore[T any](s *Server, kind Kind) *store[T] {
	all := &store[T]{server: s, kind: kind, byID: map[string]*object[T]{}, nextID: max(s.options.FirstID, 1)}
	s.ledgers = append(s.ledgers, all)
	return all
}

// add makes an object in the actor's account. The state is locked, or not yet
// shared; so it is for all methods.
func (st *store[T]) add(name string, fields T, by Actor, at time.Time) *object[T] {
	o := &object[T]{fields: fields, Object: Object{
		Kind: st.kind, ID: st.server.newID(&st.nextID), Name: name, Account: by.Account, CreatedAt: at, CreatedBy: by,
	}}
	if by.Via == ViaAPI {
		o.visibleAt = at.Add(st.server.options.HideNewFor)
	}
	st.issued = append(st.issued, o)
	st.byID[o.ID] = o
	return o
}

// find is the object of that id, nil unless it exists in the account.
func (st *store[T]) find(account, id string) *object[T] {
	if o := st.byID[id]; o != nil && o.Account == account {
		return o
	}
	return nil
}

// live are the objects that exist in the account, oldest first.
func (st *store[T]) live(account string) []*object[T] {
	live := make([]*object[T], 0, len(st.byID))
	for _, o := range st.issued {
		if o.DeletedAt.IsZero() && o.Account == account {
			live = append(live, o)
		}
	}
	return live
}

// shown are the objects that a list shows to its caller, oldest first.
func (st *store[T]) shown(c *call, at time.Time) []*object[T] {
	return slices.DeleteFunc(st.live(c.actor.Account), func(o *object[T]) bool {
		return o.visibleAt.After(at) || c.omit != nil && c.omit(o.Object)
	})
}

// remove ends an object; the store still knows it.
func (st *store[T]) remove(o *object[T], by Actor, at time.Time) {
	o.DeletedAt, o.DeletedBy = at, by
	delete(st.byID, o.ID)
}

// edit changes the object of that id from outside of the API, in whatever
// account it is, and says whether it exists. The state must not be locked.
func (st *store[T]) edit(id string, change func(o *object[T], now time.Time)) bool {
	now := st.server.enter()
	defer st.server.mu.Unlock()
	o := st.byID[id]
	if o != nil {
		change(o, now)
	}
	return o != nil
}

// view is the object as tests may see it.
func (o *object[T]) view(now time.Time) Object {
	v := o.Object
	v.Hidden = o.visibleAt.After(now)
	return v
}

func (st *store[T]) history(now time.Time) []Object {
	all := make([]Object, len(st.issued))
	for i, o := range st.issued {
		all[i] = o.view(now)
	}
	return all
}

// Ledger are all objects of these kinds that ever existed, with who created and
// deleted them and when; those of all kinds when none is named. Those of a kind
// stand together, oldest first.
func (s *Server) Ledger(kinds ...Kind) []Object {
	now := s.enter()
	defer s.mu.Unlock()
	var all []Object
	for _, l := range s.ledgers {
		all = append(all, l.history(now)...)
	}
	return slices.DeleteFunc(all, func(o Object) bool { return len(kinds) > 0 && !slices.Contains(kinds, o.Kind) })
}

// Live are the objects in Ledger that exist, in all accounts, hidden ones
// included.
func (s *Server) Live(kinds ...Kind) []Object {
	return slices.DeleteFunc(s.Ledger(kinds...), func(o Object) bool { return !o.DeletedAt.IsZero() })
}
