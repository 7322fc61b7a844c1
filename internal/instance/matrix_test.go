package instance_test

import (
	"testing"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

// The fault matrices of create, list, delete and power are in package fleet.
// What is here needs the provider: who logs in, and where an error is put.

// An access token that ends meanwhile is renewed once, and the call that was
// refused for it is sent once more. Nothing is made or done twice.
func TestExpiredToken(t *testing.T) {
	t.Parallel()
	stopped := rehearsal.Args{"power_state": "stopped"}
	for _, operation := range []fakenebula.Operation{
		fakenebula.OpListProducts, fakenebula.OpListImages, opCreate, opList, opDetail, fakenebula.OpStopInstance, opDelete,
	} {
		t.Run(string(operation), func(t *testing.T) {
			t.Parallel()
			s := &stage{acctest.NewStage(t, acctest.Options{
				Fake:        fakenebula.Options{Users: map[string]string{"me@example.com": "open sesame"}},
				Environment: map[string]string{"NEBULA_API_KEY": "", "NEBULA_USERNAME": "me@example.com", "NEBULA_PASSWORD": "open sesame"},
			}), t}
			ended := false
			s.API.OnRequest(func(r fakenebula.Request) {
				if r.Operation == operation && !ended {
					ended = true
					s.API.ExpireTokens()
				}
			})
			s.write(args(nil)).Apply().Expect(0)
			s.write(args(stopped)).Apply().Expect(0)
			s.is(map[string]any{"status": "stopped"})
			s.Destroy().Expect(0)
			s.HasNothing()
			s.holds()
			if made := len(s.API.IssuedInstances()); made != 1 || !ended {
				t.Errorf("%d machines were made; the token ended: %t", made, ended)
			}
		})
	}
}

// A refusal that names a field is put on the argument that holds it.
func TestRefusalIsOnItsArgument(t *testing.T) {
	t.Parallel()
	for field, argument := range map[string]string{"instance_name": "name", "product_id": "product_id", "image_id": "image_id", "ssh_key_id": "ssh_key_id"} {
		t.Run(field, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, fakenebula.Options{}).write(exact(rehearsal.Args{"image": nil, "image_id": imageID}))
			s.API.Inject(fakenebula.Fault{Operation: opCreate, Times: -1, Answer: fakenebula.DetailList(422,
				fakenebula.FieldError{Type: "value_error", Loc: []string{"body", field}, Msg: "not this one"})})
			s.Apply().Expect(1, "with "+this+" ("+argument+")", field+": not this one", "No instance was made, and nothing is in the state.")
			s.HasNothing()
			s.holds()
		})
	}
}

// One lost answer of each kind, as the state shows it.
func TestLostAnswers(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]fakenebula.Fault{
		"create": {Operation: opCreate}, "stop": {Operation: fakenebula.OpStopInstance}, "start": {Operation: fakenebula.OpStartInstance}, "delete": {Operation: opDelete},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, fakenebula.Options{})
			fault.Drop, fault.Commit = true, true
			s.API.Inject(fault)
			for _, power := range []string{"running", "stopped", "running"} {
				s.write(args(rehearsal.Args{"power_state": power})).Apply().Expect(0)
				s.is(map[string]any{"status": power, "power_state": power})
			}
			s.Destroy().Expect(0)
			s.HasNothing()
			s.holds()
			sent := acctest.Calls{opCreate: 1, fakenebula.OpStopInstance: 1, fakenebula.OpStartInstance: 1, opDelete: 1}
			if name == "delete" {
				sent[opDelete] = 2 // what is gone already is gone after a second one, too
			}
			s.Changed(sent)
		})
	}
}
