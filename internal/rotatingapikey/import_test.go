package rotatingapikey_test

import (
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/provider"
	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

// A key that somebody else made comes under rotation by its id.
func TestImport(t *testing.T) {
	t.Parallel()
	ci := rehearsal.Args{"name": "ci"}
	for name, test := range map[string]struct {
		keyName, description string
		args                 rehearsal.Args
		created              string
		changes              []string
	}{
		"foreign": {keyName: "ci", args: ci, created: "2026-11-23T01:56:00Z"},
		"generation with a marker": {keyName: "ci-20261101T120000Z", description: "for CI [tf:20261101T120000Z-abcdefghijklmnop]",
			args: and(ci, rehearsal.Args{"description": "for CI"}), created: "2026-11-01T12:00:00Z"},
		"with a period": {keyName: "ci", args: monthly, created: "2026-11-23T01:56:00Z", changes: []string{"rotate_after", "rotate_at"}},
		"with keepers and recipients": {keyName: "ci", args: kept("1", rehearsal.Args{"age_recipients": []string{recipient}, "overlap": "1h"}),
			created: "2026-11-23T01:56:00Z", changes: []string{"keepers", "age_recipients", "overlap"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, acctest.Options{}, test.args)
			id, _ := s.API.AddKey(test.keyName, test.description)
			s.Import(address, id).Expect(0, "The value of an imported API key cannot be had")
			if test.changes == nil {
				s.settled()
			} else {
				s.changes(test.changes...)
			}
			s.Apply().Expect(0)
			s.calls(0, 0)
			s.names(test.keyName)
			s.is(map[string]any{"key": nil, "encrypted_key": nil, "fingerprint": nil, "previous_id": nil, "id": id, "name": "ci",
				"key_name": test.keyName, "created_at": test.created})
			s.settled()
			s.ends()
			s.calls(0, 1)
		})
	}
}

func TestImportRefusesWhatIsNoID(t *testing.T) {
	t.Parallel()
	s := newStage(t, acctest.Options{}, rehearsal.Args{"name": "ci"})
	s.Import(address, "../../login").Expect(1, "Invalid API key id")
	s.ExpectSilence()
	s.Import(address, "99").Expect(1, "cannot import an object that does not exist")
}

// A key of which it is not known whether it was made has nothing to rotate.
func TestMoveRefusesAnUnresolvedKey(t *testing.T) {
	t.Parallel()
	const plain = "nebula_api_key.this"
	s := newStage(t, acctest.Options{}, nil)
	s.API.Inject(fakenebula.Fault{Operation: opCreate, Drop: true})
	s.Configure(plain, rehearsal.Args{"name": "ci"})
	s.Resources[0].MutableIdentity = true
	s.Apply().Expect(1, "Unable to create API key")
	if r := s.Move(t.Context(), plain, address, provider.Address); !r.Failed() {
		t.Error("it was moved")
	}
	s.Apply().Expect(0)
	if r := s.Move(t.Context(), plain, address, provider.Address); r.Failed() {
		t.Error(r)
	}
	s.Configure(address, rehearsal.Args{"name": "ci"})
	s.settled()
	s.names("ci")
	s.ends()
}

// A nebula_api_key comes under rotation without being replaced.
func TestMove(t *testing.T) {
	t.Parallel()
	const plain = "nebula_api_key.this"
	arguments := kept("1", rehearsal.Args{"description": "for CI"})
	s := newStage(t, acctest.Options{}, nil)
	s.Configure(plain, arguments)
	s.Apply().Expect(0)
	s.Clock.Advance(time.Hour)
	if r := s.Move(t.Context(), plain, address, provider.Address); r.Failed() {
		t.Fatal(r)
	}
	s.Configure(address, arguments)
	s.settled()
	s.inUse()
	s.is(map[string]any{"previous_id": nil, "rotate_at": nil, "encrypted_key": nil, "leftover_ids": nil,
		"id": "2", "key_name": "ci", "created_at": "2026-11-23T01:56:00Z"})
	s.Configure(address, and(arguments, monthly))
	s.changes("rotate_after", "rotate_at")
	s.Apply().Expect(0)
	s.calls(1, 0)
	s.is(map[string]any{"rotate_at": "2026-12-23T01:56:00Z"})
	s.Clock.Advance(month)
	s.changes(renewed(previous...)...)
	s.Apply().Expect(0)
	s.calls(1, 0)
	s.names("ci", generation("ci", month+time.Hour))
	s.settled()
	s.ends()
}
