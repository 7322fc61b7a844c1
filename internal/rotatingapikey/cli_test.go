package rotatingapikey_test

import (
	"strings"
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
)

// Rotation by age, with the flags that change what Terraform reads.
func TestRefreshModes(t *testing.T) {
	t.Parallel()
	b := newBench(t, acctest.Options{}, config(`name = "ci"`, `rotate_after = "30d"`))
	b.Apply().Expect(0)
	// The first list after a create may tell what the answer did not.
	b.Apply("-refresh-only").Expect(0)
	// While nothing is due no command changes the state, whatever time it is.
	// Terraform 1.11 records in random order which attributes are sensitive,
	// and takes another order for a change.
	old := acctest.Minor() == 11
	idle := b.recorded()
	b.Clock.Advance(300 * time.Hour)
	b.Apply().Expect(0, "No changes")
	if r := b.Plan("-refresh-only"); !old {
		r.Expect(0)
	}
	if now := b.recorded(); now != idle {
		t.Errorf("a refresh without news has written the state:\n%s\n%s", idle, now)
	}

	b.Clock.Advance(500 * time.Hour)
	b.Plan("-refresh=false").Expect(0, "No changes")
	b.Plan().Expect(2, "will be updated in-place")
	b.Plan("-refresh=false").Expect(0, "No changes") // a plan records nothing
	b.live("2")

	// Refresh-only records that the key is due, and rotates nothing; from then
	// on it is known without a refresh too.
	b.Apply("-refresh-only").Expect(0)
	b.live("2")
	b.Apply("-refresh=false").Expect(0, `Applying this plan rotates key 2 ("`+generation("ci", 0)+`"), because the current key is older than rotate_after, which is 30d`)
	b.is(map[string]any{"id": "3", "previous_id": "2"})
	b.settled()

	b.Clock.Advance(24 * time.Hour)
	b.Apply("-refresh=false").Expect(0, "No changes")
	b.Apply("-refresh-only").Expect(0)
	b.live("2", "3")
	b.Apply("-refresh=false").Expect(0, `Applying this plan revokes these API keys: 2 ("`+generation("ci", 0)+`").`)
	b.live("3")
	b.settled()
	b.ends()
}

// A life under the reading of 2025, on the command line: every plan is followed
// by an empty one, one POST makes each key, and no secret is printed.
func TestLifeOnTheCommandLine(t *testing.T) {
	t.Parallel()
	b := newBench(t, acctest.Options{Fake: fakenebula.Options{Reading: fakenebula.Reading2025}},
		config(`name = "ci"`, `description = "for CI"`, `team_id = "7"`, `rotate_after = "4w"`, `overlap = "1d"`))
	quiet := func(r acctest.Result) acctest.Result {
		t.Helper()
		if leak := acctest.Leak(r.Stdout+r.Stderr, b.API.Secrets()...); leak != "" {
			t.Error(leak)
		}
		return r
	}
	creates := func(want int) {
		t.Helper()
		if n := b.API.Count(fakenebula.OpCreateKey); n != want {
			t.Errorf("%d creates, want %d", n, want)
		}
		b.API.ResetJournal()
	}
	r := quiet(b.Plan().Expect(2, "+ id = (known after apply)", "+ key = (sensitive value)", "+ generation = 1"))
	for _, noise := range []string{"previous_key", "leftover_ids", "unresolved_creation_tokens", "encrypted_key"} {
		if strings.Contains(r.Stdout, noise) {
			t.Errorf("the plan of a new key speaks of %s:\n%s", noise, r.Stdout)
		}
	}
	quiet(b.Apply().Expect(0))
	creates(1)
	b.settled()
	b.Clock.Advance(28 * 24 * time.Hour)
	quiet(b.Plan().Expect(2, `~ id = "2" -> (known after apply)`, "~ key = (sensitive value)", `+ previous_id = "2"`, "+ previous_retire_at = (known after apply)", "~ generation = 1 -> 2",
		"Plan: 0 to add, 1 to change, 0 to destroy"))
	quiet(b.Apply().Expect(0))
	creates(1)
	b.is(map[string]any{"id": "3", "previous_id": "2", "generation": 2.0, "ids": []string{"2", "3"}})
	b.settled()
	b.Clock.Advance(24 * time.Hour)
	quiet(b.Plan().Expect(2, `- previous_id = "2" -> null`, "- previous_key = (sensitive value)")).ExpectNot(" key_name", "created_at =")
	quiet(b.Apply().Expect(0))
	b.settled()
	quiet(b.Destroy().Expect(0))
	creates(0)
	b.live()
}
