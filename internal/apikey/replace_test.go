package apikey_test

import (
	"crypto/ed25519"
	"testing"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

// Another spelling of the same is recorded, and revokes nothing.
func TestEqualMeaningIsNoReplacement(t *testing.T) {
	t.Parallel()
	public, _, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	a, ssh := newIdentity(t).Recipient().String(), authorizedKey(t, public)
	keepers := func(v any) rehearsal.Args { return rehearsal.Args{"keepers": v} }
	recipients := func(list ...string) rehearsal.Args { return rehearsal.Args{"age_recipients": list} }
	type values map[string]any
	for name, test := range map[string]struct{ before, after rehearsal.Args }{
		"keepers: none to empty":       {keepers(nil), keepers(values{})},
		"keepers: empty to nulls":      {keepers(values{}), keepers(values{"a": nil, "b": nil})},
		"keepers: nulls to none":       {keepers(values{"a": nil}), keepers(nil)},
		"keepers: one null more":       {keepers(values{"a": "1"}), keepers(values{"a": "1", "b": nil})},
		"recipients: another order":    {recipients(a, ssh), recipients(ssh, a)},
		"recipients: another comment":  {recipients(ssh + " me@here"), recipients(ssh + " me@there")},
		"recipients: without comment":  {recipients(ssh + " me@here"), recipients(ssh)},
		"recipients: a line break":     {recipients(ssh), recipients(ssh + "\n")},
		"recipients: white space more": {recipients(a), recipients(" " + a + " ")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := settled(t, one(test.before))
			configure(s, one(test.after))
			s.Plan().Succeeds().Does(map[string]rehearsal.Action{this: rehearsal.Update})
			s.Apply().Succeeds()
			s.Changed(acctest.Calls{})
			s.Plan().Succeeds().Silent().DoesNothing()
		})
	}
}

// What means another key replaces it.
func TestAnotherMeaningIsAReplacement(t *testing.T) {
	t.Parallel()
	a, b := newIdentity(t).Recipient().String(), newIdentity(t).Recipient().String()
	for name, test := range map[string]struct{ before, after rehearsal.Args }{
		"name":             {one(), one(rehearsal.Args{"name": "two"})},
		"description":      {one(), one(rehearsal.Args{"description": "other"})},
		"team":             {one(rehearsal.Args{"team_id": "7"}), one(rehearsal.Args{"team_id": "9"})},
		"team, first":      {one(), one(rehearsal.Args{"team_id": "7"})},
		"team, none":       {one(rehearsal.Args{"team_id": "7"}), one()},
		"keepers":          {one(rehearsal.Args{"keepers": map[string]string{"a": "1"}}), one(rehearsal.Args{"keepers": map[string]string{"a": "2"}})},
		"keepers, first":   {one(), one(rehearsal.Args{"keepers": map[string]string{"a": "1"}})},
		"recipients":       {one(rehearsal.Args{"age_recipients": []string{a}}), one(rehearsal.Args{"age_recipients": []string{b}})},
		"recipients, more": {one(rehearsal.Args{"age_recipients": []string{a}}), one(rehearsal.Args{"age_recipients": []string{a, b}})},
		"sealed":           {one(), one(rehearsal.Args{"age_recipients": []string{a}})},
		"unsealed":         {one(rehearsal.Args{"age_recipients": []string{a}}), one()},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := settled(t, test.before, of2025())
			configure(s, test.after)
			s.Plan().Succeeds().Does(map[string]rehearsal.Action{this: rehearsal.Replace})
		})
	}
}

// An imported key that takes keepers or recipients on and loses them again is
// not replaced; another value of them replaces it.
func TestImportedKeyTakesOnAndLoses(t *testing.T) {
	t.Parallel()
	a, b := newIdentity(t).Recipient().String(), newIdentity(t).Recipient().String()
	for name, test := range map[string]struct{ first, second rehearsal.Args }{
		"keepers":    {rehearsal.Args{"keepers": map[string]string{"round": "1"}}, rehearsal.Args{"keepers": map[string]string{"round": "2"}}},
		"recipients": {rehearsal.Args{"age_recipients": []string{a}}, rehearsal.Args{"age_recipients": []string{a, b}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := stageOf(t, rehearsal.Args{"name": "one"})
			id, _ := s.API.AddKey("one", "")
			s.Run("import", this, id).Succeeds()
			for range 2 {
				for _, args := range []rehearsal.Args{test.first, {}} {
					args["name"] = "one"
					configure(s, args)
					s.Plan().Succeeds().Does(map[string]rehearsal.Action{this: rehearsal.Update})
					s.Apply().Succeeds()
				}
			}
			s.Changed(acctest.Calls{})
			if have := stored(s); have["id"] != id || have["key"]+have["encrypted_key"] != "" {
				t.Errorf("the state holds %v", have)
			}
			for _, args := range []rehearsal.Args{test.first, test.second} {
				args["name"] = "one"
				configure(s, args)
				s.Apply().Succeeds()
			}
			s.Changed(acctest.Calls{opCreate: 1, opDelete: 1})
			if stored(s)["fingerprint"] == "" {
				t.Error("the new key has no fingerprint")
			}
		})
	}
}

// A key of a team is made with it, digits as a number, and keeps it.
func TestTeam(t *testing.T) {
	t.Parallel()
	s := settled(t, one(rehearsal.Args{"team_id": "42"}), of2025())
	if key := s.API.Keys()[1]; key.Team != 42 {
		t.Errorf("the team is %d", key.Team)
	}
	s.Plan().Succeeds().Silent().DoesNothing()
	// The team that the API chose for a key that names none is no difference.
	s = settled(t, one(), of2025())
	s.API.Inject(fakenebula.Fault{Operation: opList, Times: -1, Rewrite: fakenebula.WithField("team", `{"id":7,"name":"default"}`)})
	s.Plan().Succeeds().Silent().DoesNothing()
	if team, ok := stored(s)["team_id"]; ok {
		t.Errorf("team_id became %q", team)
	}
	configure(s, one(rehearsal.Args{"team_id": "ak_CANARY-0123456789abcdef"}))
	s.Plan().Fails("Error: Invalid id").ExpectNot("CANARY")
}
