package rotatingapikey_test

import (
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

const unseenValue = "Secret of an imported API key is not known"

func (s *stage) importKey(id string) acctest.Result {
	s.t.Helper()
	return s.Run("import", key, id)
}

func TestImport(t *testing.T) {
	t.Parallel()
	keepers := map[string]any{"v": "1"}
	for name, test := range map[string]struct {
		keyName, description string
		fake                 fakenebula.Options
		args                 rehearsal.Args
		created, wantName    string
		changes              []string
	}{
		"foreign": {keyName: "ci", args: rehearsal.Args{"name": "ci"}, created: "2026-11-23T01:56:00Z", wantName: "ci"},
		"generation with a marker": {fake: of2024().Fake, keyName: "ci-20261101T120000Z", description: "for CI [tf:20261101T120000Z-abcdefghijklmnop]",
			args: rehearsal.Args{"name": "ci", "description": "for CI"}, created: "2026-11-01T12:00:00Z", wantName: "ci"},
		"with a period": {keyName: "ci", args: rehearsal.Args{"name": "ci", "rotate_after": "30d"}, created: "2026-11-23T01:56:00Z", wantName: "ci",
			changes: []string{"rotate_after", "rotate_at"}},
		"with keepers, team and recipients": {keyName: "ci", args: rehearsal.Args{"name": "ci", "keepers": keepers, "age_recipients": []string{ageRecipient}, "team_id": "7", "overlap": "1h"},
			created: "2026-11-23T01:56:00Z", wantName: "ci", changes: []string{"keepers", "age_recipients", "overlap", "team_id"}},
		"without a name":               {args: rehearsal.Args{"name": "ci"}, created: "2026-11-23T01:56:00Z", wantName: "ci", changes: []string{"name"}},
		"without a name, as generated": {args: rehearsal.Args{"name": ""}, created: "2026-11-23T01:56:00Z", wantName: ""},
		"rows without descriptions": {keyName: "ci", description: "unseen", fake: fakenebula.Options{Reading: fakenebula.Reading2025},
			args: rehearsal.Args{"name": "ci", "description": "for CI"}, created: "2026-11-23T01:56:00Z", wantName: "ci", changes: []string{"description"}},
		"in another Unicode form": {keyName: "cafe\u0301", args: rehearsal.Args{"name": "caf\u00e9"}, created: "2026-11-23T01:56:00Z", wantName: "caf\u00e9"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, acctest.Options{Fake: test.fake}, test.args)
			id, _ := s.API.AddKey(test.keyName, test.description)
			s.importKey(id).Expect(0, unseenValue)
			if test.changes == nil {
				s.Settled()
			} else {
				s.changesOf(s.planned(), test.changes...)
			}
			s.Apply().Expect(0)
			s.live(id)
			s.is(map[string]any{"id": id, "key": nil, "encrypted_key": nil, "fingerprint": nil, "previous_id": nil, "generation": 1, "ids": []string{id},
				"created_at": test.created, "name": test.wantName})
			s.Settled()
			s.ends()
		})
	}
}

// What an imported key is given for the first time is recorded, and taking it
// away again is no reason to rotate either: a reverted commit revokes nothing.
func TestImportedKeyLosesArguments(t *testing.T) {
	t.Parallel()
	bare := rehearsal.Args{"name": "ci"}
	for name, args := range map[string]rehearsal.Args{
		"keepers":    {"name": "ci", "keepers": map[string]any{"v": "1"}},
		"recipients": {"name": "ci", "age_recipients": []string{ageRecipient}},
		"team":       {"name": "ci", "team_id": "7"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, acctest.Options{}, bare)
			id, _ := s.API.AddKey("ci", "")
			s.importKey(id).Expect(0)
			for _, s.args = range []rehearsal.Args{args, bare, args} {
				s.Apply().Expect(0)
				s.live(id)
				s.Settled()
			}
		})
	}
	// A second value is what its user asks for a rotation with.
	s := newStage(t, acctest.Options{}, rotatedBy("1"))
	id, _ := s.API.AddKey("ci", "")
	s.importKey(id).Expect(0)
	s.Apply().Expect(0)
	s.rotate("2").Expect(0, "because keepers changes")
	s.is(map[string]any{"id": "3", "previous_id": id, "generation": 2, "previous_key": nil})
}

// An imported key without a name is rotated once it has one.
func TestRotationNeedsAName(t *testing.T) {
	t.Parallel()
	s := newStage(t, acctest.Options{}, rehearsal.Args{"name": "", "keepers": map[string]any{"v": "1"}})
	id, _ := s.API.AddKey("", "")
	s.importKey(id).Expect(0)
	s.Apply().Expect(0)
	s.args = rehearsal.Args{"name": "", "keepers": map[string]any{"v": "2"}}
	s.Apply().Expect(1, "The name of a new key must not be empty.")
	s.args = rotatedBy("2")
	s.Apply().Expect(0)
	s.live(id, "3")
}

// A key that is imported again has lost its previous one, which is told.
func TestReimportNamesOtherGenerations(t *testing.T) {
	t.Parallel()
	s := newStage(t, acctest.Options{}, rotatedBy("1"))
	s.Apply().Expect(0)
	s.rotate("2").Expect(0)
	s.Forget(key)
	s.API.AddKey("ci-other", "")
	s.importKey("3").Expect(0, "Other API keys may belong to the imported rotation", `2 ("`+generation("ci", 0)+`")`).ExpectNot("ci-other")
	s.is(map[string]any{"id": "3", "previous_id": nil, "generation": 1, "name": "ci"})
	// They age all the same.
	s.args = rotatedBy("2", "rotate_after", "30d")
	s.Apply().Expect(0)
	s.Clock.Advance(month - time.Hour)
	s.Settled()
	s.Clock.Advance(time.Hour)
	s.planned("because the current key is older than rotate_after")
}

func TestImportRefuses(t *testing.T) {
	t.Parallel()
	s := newStage(t, acctest.Options{}, rehearsal.Args{"name": "ci"})
	s.importKey("../../login").Expect(1, "Invalid API key id")
	s.importKey("99").Expect(1, "Cannot import non-existent remote object").ExpectNot(unseenValue)
	s.importKey("sk-abcdefghijklmnopqrstuvwxyz0123456789").Expect(1, "Invalid API key id").ExpectNot("abcdefghijklmnopqrstuvwxyz")
}
