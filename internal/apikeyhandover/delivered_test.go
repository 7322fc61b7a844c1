package apikeyhandover_test

import (
	"fmt"
	"testing"

	"filippo.io/age"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
	"github.com/nebulablock/terraform-provider-nebula/internal/sealing"
)

// A key that did not arrive is an error that says which one is there instead,
// and nothing is revoked, in whatever apply that shows.
func TestAnotherKeyWasDelivered(t *testing.T) {
	t.Parallel()
	const canary = "ak_somebody-elses-0123456789abcdef"
	for name, test := range map[string]struct {
		store func(s *stage) string
		says  string
	}{
		"the previous one": {func(s *stage) string { return s.secretOf("2") }, "It is the key of generation 1, 2."},
		"an unknown one":   {func(*stage) string { return canary }, "This configuration does not know that key."},
		"none":             {func(*stage) string { return "" }, "It is empty."},
		"a line break too": {func(s *stage) string { return s.secretOf("3") + "\n" }, "It is the current key with white space around it"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for when, before := range map[string]func(*stage){
				"from the beginning": func(*stage) {},
				"after its hand-over": func(s *stage) {
					s.Apply().Expect(0)
					s.is(map[string]any{"id": "3"})
				},
			} {
				s := newStage(t, acctest.Options{}, true)
				s.Apply().Expect(0)
				s.Clock.Advance(month)
				s.Apply("-target=" + rotating).Expect(0)
				before(s)
				s.broken, s.store = true, test.store(s)
				for range 5 {
					s.Plan().Expect(2, "Another key was delivered", test.says, "Applying this plan fails, and revokes nothing")
					r := s.Apply().Expect(1, "Another key was delivered", "What consumers get is not key 3 of generation 2. "+test.says, "-replace=ADDRESS")
					if leak := acctest.Leak(r.Stdout+r.Stderr+fmt.Sprint(s.Stored()[handover]), canary, s.secretOf("2"), s.secretOf("3")); leak != "" {
						t.Errorf("%s: %s", when, leak)
					}
					s.live("2", "3")
					s.Clock.Advance(day)
				}
				// Once it is published, the apply after that ends the previous key.
				s.broken = false
				s.Apply().Expect(0)
				s.Apply().Expect(0)
				s.live("3")
				s.Settled()
			}
		})
	}
}

// The write to the store fails in the apply that rotates.
func TestNotDeliveredByTheRotation(t *testing.T) {
	t.Parallel()
	s := newStage(t, acctest.Options{}, true)
	s.Apply().Expect(0)
	s.Clock.Advance(month)
	s.broken = true
	s.Apply().Expect(1, "What consumers get is not key 3 of generation 2. It is the key of generation 1, 2.")
	s.is(map[string]any{"id": "2", "generation": 1})
	s.Clock.Advance(10 * day)
	s.Apply().Expect(1)
	s.live("2", "3")
	// A first hand-over that fails is not recorded at all.
	s.Workspace.Forget(handover)
	s.Apply().Expect(1, "It is the secret of key 2.")
	if _, recorded := s.State()[handover]; recorded {
		t.Error("a hand-over is recorded that did not take place")
	}
	s.broken = false
	s.Apply().Expect(0)
	s.Apply().Expect(0)
	s.live("3")
}

// A value that is read only during apply is compared there.
func TestDeliveredKeyIsReadDuringApply(t *testing.T) {
	t.Parallel()
	s := rotated(t, true)
	late := func(k rehearsal.Known) rehearsal.Args {
		args := s.config(k)
		if !k.Applying {
			args["delivered_key_wo"] = rehearsal.Unknown
		}
		return args
	}
	s.Resources[1].Config = late
	s.Apply().Expect(0)
	s.is(map[string]any{"id": "3", "handed_over_at": "2026-12-23T01:56:00Z"})
	s.Clock.Advance(3 * day)
	s.broken, s.store = true, s.secretOf("2")
	s.Apply().Expect(1, "revokes key 2 (\"ci-20261123T015600Z\") if delivered_key_wo turns out to be the current key", "It is the key of generation 1, 2.")
	s.live("2", "3")
	s.broken = false
	s.Apply().Expect(0)
	s.live("3")
}

// With sealed keys the fingerprint is all that the state has, and enough.
func TestSealedKeys(t *testing.T) {
	t.Parallel()
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	s := newStage(t, acctest.Options{}, true)
	s.with(rehearsal.Args{"age_recipients": []string{identity.Recipient().String()}})
	// The pipeline decrypts the key and hands it in.
	s.Resources[1].Config = func(k rehearsal.Known) rehearsal.Args {
		args := s.config(k)
		if k.Applying {
			key, err := sealing.Unseal(s.Workspace.State(rotating).Object.Text("encrypted_key"), identity.String())
			if err != nil {
				t.Error(err)
			}
			args["delivered_key_wo"] = key
		}
		return args
	}
	s.Apply().Expect(0)
	s.Clock.Advance(month)
	s.Apply().Expect(0)
	s.Clock.Advance(3 * day)
	s.Apply().Expect(0, "revokes key 2")
	s.live("3")
	if leak := acctest.Leak(fmt.Sprint(s.Stored()), s.secretOf("2"), s.secretOf("3")); leak != "" {
		t.Error(leak)
	}
}

// The secret of an imported key is not known, so nothing can be compared before
// its first rotation.
func TestImportedKeyCannotBeCompared(t *testing.T) {
	t.Parallel()
	s := newStage(t, acctest.Options{Fake: fakenebula.Options{APIKeys: []fakenebula.SeedKey{{Name: "ci"}}}}, true)
	s.Run("import", rotating, "2").Expect(0)
	s.broken, s.store = true, "ak_whatever-0123456789abcdef"
	s.Apply().Expect(0, "Delivered key cannot be compared", "Key 2 was imported")
	s.Workspace.Forget(handover)
	s.store = ""
	s.Apply().Expect(1, "It is empty.")
	s.store = "ak_whatever-0123456789abcdef"
	s.Apply().Expect(0)
	s.is(map[string]any{"id": "2", "generation": 1})
}
