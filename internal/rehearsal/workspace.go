package rehearsal

import (
	"maps"
	"slices"
	"sync"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// Resource is a resource block.
type Resource struct {
	// Address is the type and a name: "nebula_thing.a".
	Address string
	// DependsOn are the addresses of other blocks of the workspace, which must
	// stand before this one.
	DependsOn []string
	// Config gives the arguments; nil means that the block is not there, as
	// with count = 0.
	Config func(Known) Args
	// CreateBeforeDestroy is the lifecycle argument of that name.
	CreateBeforeDestroy bool
}

// Block is a block of these arguments.
func Block(address string, args Args, dependsOn ...string) Resource {
	return Resource{Address: address, DependsOn: dependsOn, Config: func(Known) Args { return args }}
}

// DataSource is a data block whose arguments are known.
type DataSource struct {
	Address string // without "data."
	Args    Args
}

// Instance is what a state holds of a resource.
type Instance struct {
	Object   Object // nil for none
	Identity Object // nil for none
	Private  []byte
	Tainted  bool

	dependsOn []string
}

// Workspace is a configuration with its state, which is empty at first. It runs
// one command at a time; several workspaces can work at once.
type Workspace struct {
	Schemas *Schemas
	// Serve starts the provider for a process.
	Serve func(*Process) tfprotov6.ProviderServer
	// Provider are the arguments of the provider's block.
	Provider Args
	// Resources is the configuration. It may be changed between commands.
	Resources []Resource
	// DataSources are read by each plan, after its resources.
	DataSources []DataSource
	// Around, when not nil, is called when the work on an address begins, and
	// what it gives when that ends. All that do not depend on each other begin at
	// once; a schedule that is to repeat itself must let a moment of its own pass
	// for each.
	Around func(p *Process, address string) (done func())

	mu     sync.Mutex
	state  map[string]Instance
	serial int
}

// State is what is stored of an address; the zero Instance when nothing is.
func (w *Workspace) State(address string) Instance {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.state[address]
}

// Stored are all stored instances by address. An object that was replaced, and
// whose deletion failed, has an address that ends in "(deposed)", a second one
// in "(deposed 2)".
func (w *Workspace) Stored() map[string]Instance {
	w.mu.Lock()
	defer w.mu.Unlock()
	return maps.Clone(w.state)
}

// Taint marks an object for replacement, as `terraform taint` does.
func (w *Workspace) Taint(address string) { w.edit(address, func(i *Instance) { i.Tainted = true }) }

// Untaint takes the mark away again.
func (w *Workspace) Untaint(address string) {
	w.edit(address, func(i *Instance) { i.Tainted = false })
}

// Forget takes an address out of the state, as `terraform state rm` does.
func (w *Workspace) Forget(address string) { w.edit(address, func(i *Instance) { *i = Instance{} }) }

func (w *Workspace) edit(address string, change func(*Instance)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	instance, ok := w.state[address]
	if !ok {
		return
	}
	change(&instance)
	w.store(address, instance)
}

// store records an instance, the zero one for none. The state is locked.
func (w *Workspace) store(address string, instance Instance) {
	w.serial++
	if w.state == nil {
		w.state = map[string]Instance{}
	}
	if instance.Object == nil {
		delete(w.state, address)
		return
	}
	w.state[address] = instance
}

// save is store for a process, of which nothing is heard when it is dead.
func (p *Process) save(address string, instance Instance) {
	w := p.Workspace
	w.mu.Lock()
	defer w.mu.Unlock()
	if !p.dead.Load() {
		w.store(address, instance)
	}
}

// resource is the block of an address, nil for none.
func (w *Workspace) resource(address string) *Resource {
	i := slices.IndexFunc(w.Resources, func(r Resource) bool { return r.Address == address })
	if i < 0 {
		return nil
	}
	return &w.Resources[i]
}

// dependencies are those of an address by the configuration or, for what is not
// in it any more, by the state.
func (w *Workspace) dependencies(address string, state map[string]Instance) []string {
	if r := w.resource(address); r != nil {
		return r.DependsOn
	}
	return state[address].dependsOn
}

func (w *Workspace) block(address string) *tfprotov6.SchemaBlock {
	if s := w.Schemas.all.ResourceSchemas[typeOf(address)]; s != nil {
		return s.Block
	}
	panic("rehearsal: there is no resource type " + typeOf(address))
}

// around calls Around. What it gives is to be deferred.
func (p *Process) around(address string) (done func()) {
	if p.Workspace.Around == nil {
		return func() {}
	}
	return p.Workspace.Around(p, address)
}

// walk visits all nodes at once, but each after those before it.
func walk(nodes []string, before func(node string) []string, visit func(node string)) {
	done := make(map[string]chan struct{}, len(nodes))
	for _, node := range nodes {
		done[node] = make(chan struct{})
	}
	var group sync.WaitGroup
	for _, node := range nodes {
		group.Go(func() {
			defer close(done[node])
			for _, earlier := range before(node) {
				if c, ok := done[earlier]; ok {
					<-c
				}
			}
			visit(node)
		})
	}
	group.Wait()
}
