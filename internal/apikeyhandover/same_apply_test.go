package apikeyhandover_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

// withSecret is a stage in which a resource of another provider publishes the
// key, between the rotation and the hand-over.
func withSecret(t *testing.T, readsBack bool) (*stage, *store) {
	t.Helper()
	s, kept := newStage(t, acctest.Options{}, readsBack), &store{}
	schemas, err := storeSchemas()
	if err != nil {
		t.Fatal(err)
	}
	serve := s.Serve
	s.Schemas, s.Serve = schemas, func(p *rehearsal.Process) tfprotov6.ProviderServer { return kept.beside(serve(p)) }
	s.Resources = []rehearsal.Resource{s.Resources[0],
		{Address: published, DependsOn: []string{rotating}, Config: func(k rehearsal.Known) rehearsal.Args {
			return rehearsal.Args{"version": k.Get(rotating, "generation"), "secret_wo": k.Get(rotating, "key")}
		}},
		{Address: handover, DependsOn: []string{rotating, published}, Config: func(k rehearsal.Known) rehearsal.Args {
			args := rehearsal.Args{"rotation": k.Get(rotating, "rotation")}
			if readsBack {
				args["delivered_key_wo"] = kept.get()
			}
			return args
		}}}
	return s, kept
}

// What fails before the hand-over keeps Terraform from coming to it, and the next
// apply goes on from there.
func TestFailsInTheSameApply(t *testing.T) {
	t.Parallel()
	t.Run("the rotation", func(t *testing.T) {
		t.Parallel()
		s, _ := withSecret(t, true)
		s.Apply().Expect(0)
		s.Clock.Advance(month)
		s.API.Inject(fakenebula.Fault{Operation: fakenebula.OpCreateKey, Answer: fakenebula.Failed(400, "no more keys")})
		s.Apply().Expect(1, "no more keys")
		s.live("2")
		s.is(map[string]any{"id": "2", "generation": 1, "previous_id": nil})
		s.Apply().Expect(0)
		s.is(map[string]any{"id": "3", "generation": 2, "previous_id": "2"})
	})
	t.Run("publishing, and it is repeated", func(t *testing.T) {
		t.Parallel()
		s, store := withSecret(t, false)
		s.Apply().Expect(0)
		s.Clock.Advance(month)
		store.fail(refuses)
		for range 5 {
			s.Apply().Expect(1, "Unable to write the secret")
			s.live("2", "3")
			s.is(map[string]any{"id": "2", "generation": 1})
			s.Clock.Advance(day)
		}
		store.fail(available)
		s.Apply().Expect(0).ExpectNot("to be revoked")
		s.live("2", "3")
		s.Apply().Expect(0, "revokes key 2")
		s.live("3")
		s.Settled()
	})
	t.Run("publishing, and it is not repeated", func(t *testing.T) {
		t.Parallel()
		s, store := withSecret(t, true)
		s.Apply().Expect(0)
		s.Clock.Advance(month)
		store.fail(forgets)
		s.Apply().Expect(1, "Unable to write the secret")
		store.fail(available)
		for range 5 {
			s.Apply().Expect(1, "It is the key of generation 1, 2.", "-replace=ADDRESS")
			s.live("2", "3")
			s.Clock.Advance(day)
		}
		s.Apply("-replace=" + published).Expect(0)
		s.live("2", "3")
		s.Apply().Expect(0, "revokes key 2")
		s.live("3")
		s.Settled()
	})
}

// Whatever is destroyed first, no key is revoked but with the rotating key.
func TestDestroyInAnyOrder(t *testing.T) {
	t.Parallel()
	for _, first := range []string{handover, published} {
		t.Run(first, func(t *testing.T) {
			t.Parallel()
			s, _ := withSecret(t, true)
			s.Apply().Expect(0)
			s.Clock.Advance(month)
			s.Apply().Expect(0)
			s.Destroy("-target=" + first).Expect(0)
			s.live("2", "3")
			s.Destroy().Expect(0)
			s.live()
		})
	}
}
