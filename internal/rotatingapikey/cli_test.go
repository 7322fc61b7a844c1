package rotatingapikey_test

import (
	"strings"
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
)

// Rotation by age, with the flags that change what Terraform reads.
func TestRefreshModes(t *testing.T) {
	t.Parallel()
	b := newBench(t, acctest.Options{}, config(`name = "ci"`, `rotate_after = "720h"`))
	b.Apply().Expect(0)
	// While nothing is due no command changes the state, whatever time it is.
	// Terraform 1.11 records in random order which attributes are sensitive,
	// and takes another order for a change.
	old := strings.Contains(b.Run("version").Text(), "Terraform v1.11.")
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
	b.Apply("-refresh=false").Expect(0, "No changes")
	b.Plan().Expect(2, "will be updated in-place")
	b.Plan("-refresh=false").Expect(0, "No changes") // a plan records nothing
	b.live("2")

	// Refresh-only records that the key is due, and rotates nothing; from then
	// on it is known without a refresh too.
	b.Apply("-refresh-only").Expect(0)
	b.live("2")
	b.Plan("-refresh=false").Expect(2, "will be updated in-place")
	b.Apply("-refresh=false").Expect(0)
	b.is(map[string]any{"id": "3", "previous_id": "2"})
	b.settled()

	b.ends()
}

// A plan in a file is carried out as it was made, a day later. TestSavedPlan has
// what else can happen to plans.
func TestPlanInAFile(t *testing.T) {
	t.Parallel()
	b := newBench(t, acctest.Options{}, config(`name = "ci"`, `rotate_after = "720h"`))
	b.Apply().Expect(0)

	b.Clock.Advance(month + time.Hour)
	b.Plan("-out=late.tfplan").Expect(2, `~ id = "2" -> (known after apply)`, "~ key = (sensitive value)")
	b.Clock.Advance(24 * time.Hour)
	b.Run("apply", "-no-color", "late.tfplan").Expect(0)
	made := acctest.Start().Add(month + 25*time.Hour)
	b.is(map[string]any{"id": "3", "previous_id": "2", "created_at": made.Format(time.RFC3339),
		"rotate_at": made.Add(month).Format(time.RFC3339), "previous_retire_at": made.Add(24 * time.Hour).Format(time.RFC3339)})
	b.settled()
	b.ends()
}

// What Terraform shows of a rotation.
func TestWordsOfAPlan(t *testing.T) {
	t.Parallel()
	b := newBench(t, acctest.Options{}, config(`name = "ci"`, `rotate_after = "720h"`))
	r := b.Plan().Expect(2, "+ id = (known after apply)", "+ key = (sensitive value)")
	for _, noise := range []string{"previous_", "leftover_ids", "unresolved_creation_tokens", "encrypted_key"} {
		if strings.Contains(r.Stdout, noise) {
			t.Errorf("the plan of a new key speaks of %s:\n%s", noise, r.Stdout)
		}
	}
	b.Apply().Expect(0)
	b.Clock.Advance(month)
	b.Plan().Expect(2, `~ id = "2" -> (known after apply)`, "~ key = (sensitive value)", `+ previous_id = "2"`, "+ previous_retire_at = (known after apply)", "Plan: 0 to add, 1 to change, 0 to destroy")
	b.Apply().Expect(0)
	b.Clock.Advance(24 * time.Hour)
	b.Plan().Expect(2, `- previous_id = "2" -> null`, "- previous_key = (sensitive value)").ExpectNot(" key_name", "created_at =")
	b.ends()
}
