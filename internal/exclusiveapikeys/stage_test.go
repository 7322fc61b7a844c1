package exclusiveapikeys_test

import (
	"testing"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

// exclusiveBlock is the resource that most tests are about.
func exclusiveBlock(args rehearsal.Args, dependsOn ...string) rehearsal.Resource {
	return rehearsal.Block(this, args, dependsOn...)
}

// allowing permits the provider's own key and others.
func allowing(ids ...string) rehearsal.Args {
	return rehearsal.Args{"allowed_ids": append([]string{ownID}, ids...)}
}

// newStage is an account with these keys, and a configuration that permits the
// provider's own.
func newStage(t *testing.T, o acctest.Options, names ...string) (*acctest.Stage, []string) {
	t.Helper()
	s := acctest.NewStage(t, o)
	s.Resources = []rehearsal.Resource{exclusiveBlock(allowing())}
	return s, add(s.World, names...)
}

// lookedAt is newStage once the resource has been created.
func lookedAt(t *testing.T, o acctest.Options, names ...string) (*acctest.Stage, []string) {
	t.Helper()
	s, ids := newStage(t, o, names...)
	s.Apply().Expect(0)
	return s, ids
}

// refuseDelete makes the API answer the delete of one key in this way.
func refuseDelete(id string, answer fakenebula.Answer) fakenebula.Fault {
	return fakenebula.Fault{Operation: fakenebula.OpDeleteKey, Answer: answer, Times: -1,
		Match: func(r fakenebula.Request) bool { return r.ObjectID == id }}
}
