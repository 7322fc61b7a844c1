package fakenebula

import (
	"math/big"
	"slices"
	"time"
)

// Instance is a machine as the server knows it: a line of the ledger. CreatedAt
// and DeletedAt say from when to when it lived, CreatedBy and DeletedBy whose
// doing that was.
type Instance struct {
	Object
	ProductID, ImageID, SSHKeyID string
	PricePerHour                 string
	Reserved                     bool
	Phase                        Phase
	Address                      string
	// Password is its login's. Tests look that it turns up nowhere.
	Password string
	// Cost is what it has cost so far, in US dollars.
	Cost *big.Rat
}

// Instances are the machines that exist, in all accounts, hidden ones and those
// that are being deleted included, oldest first.
func (s *Server) Instances() []Instance {
	return slices.DeleteFunc(s.IssuedInstances(), func(i Instance) bool { return !i.DeletedAt.IsZero() })
}

// IssuedInstances are all machines that ever existed, oldest first.
func (s *Server) IssuedInstances() []Instance {
	now := s.enter()
	defer s.mu.Unlock()
	var all []Instance
	for _, o := range thingOf[*instances](s).issued {
		f := o.fields
		line := Instance{Object: o.view(now), ProductID: f.product.ID, ImageID: f.imageID, SSHKeyID: f.sshKeyID, PricePerHour: f.product.PricePerHour,
			Reserved: f.reserved, Phase: f.phase(now).phase, Address: f.address, Password: f.password, Cost: costOf(o, now)}
		if !o.DeletedAt.IsZero() {
			line.Phase = PhaseDeleted
		}
		all = append(all, line)
	}
	return all
}

// AddInstance makes a machine directly, as a colleague at the vendor's console
// would, of the first product of the catalogue that is no container. It runs and
// is visible at once.
func (s *Server) AddInstance(name string) string { return s.addInstance(name, false) }

// AddReservedInstance makes a reserved machine, which the account has for a
// fixed time.
func (s *Server) AddReservedInstance(name string) string { return s.addInstance(name, true) }

func (s *Server) addInstance(name string, reserved bool) string {
	now := s.enter()
	defer s.mu.Unlock()
	machines, products := thingOf[*instances](s), thingOf[*catalogue](s).options.Products
	i := max(0, slices.IndexFunc(products, func(p Product) bool { return p.ProductType != "Container" }))
	o := machines.make(name, instance{product: products[i], os: "Ubuntu Server 22.04 LTS", reserved: reserved}, Actor{Via: ViaDirect}, now)
	o.fields.phases = []phaseChange{{now, PhaseRunning}}
	if reserved {
		o.fields.startedAt, o.fields.ends = now, now.Add(30*24*time.Hour)
	}
	return o.ID
}

// SetInstancePhase puts a machine into a phase from outside of the API and says
// whether it exists.
func (s *Server) SetInstancePhase(id string, phase Phase) bool {
	return thingOf[*instances](s).edit(id, func(o *object[instance], now time.Time) {
		o.fields.word = ""
		o.fields.enter(now, phase, 0, phase)
	})
}

// SetInstanceStatus gives a machine a status word that belongs to no phase,
// until the next call that changes what it does. It says whether the machine
// exists.
func (s *Server) SetInstanceStatus(id, word string) bool {
	return thingOf[*instances](s).edit(id, func(o *object[instance], _ time.Time) { o.fields.word = word })
}

// SetInstanceAddress gives a machine another address, "" for none, and says
// whether it exists.
func (s *Server) SetInstanceAddress(id, address string) bool {
	return thingOf[*instances](s).edit(id, func(o *object[instance], _ time.Time) { o.fields.address = address })
}

// DeleteInstance deletes a machine directly and says whether it existed.
func (s *Server) DeleteInstance(id string) bool {
	machines := thingOf[*instances](s)
	return machines.edit(id, func(o *object[instance], now time.Time) {
		machines.end(o, Actor{Via: ViaDirect, Account: o.Account}, now)
	})
}
