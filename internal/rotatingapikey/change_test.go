package rotatingapikey_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

var monthly = rehearsal.Args{"name": "ci", "rotate_after": "720h"}

// names are the names of the keys that exist besides the provider's own.
func (s *stage) names(want ...string) {
	s.t.Helper()
	if err := s.ExpectLive(fakenebula.KindAPIKey, want...)(nil); err != nil {
		s.t.Error(err)
	}
}

// calls checks how many keys were made and deleted since the last look.
func (s *stage) calls(made, deleted int) {
	s.t.Helper()
	if err := s.ExpectCalls(acctest.Calls{opCreate: made, opDelete: deleted})(nil); err != nil {
		s.t.Error(err)
	}
}

// inUse has a consumer use the key in state from now on: whenever the provider
// calls the API, that key must still be good.
func (s *stage) inUse() {
	s.t.Helper()
	secret := s.State(address).Object.Text("key")
	if !s.API.Valid(secret) {
		s.t.Error("the key in state does not work")
	}
	use := func(fakenebula.Request) {
		if !s.leaving && s.State(address).Object.Text("key") == secret && !s.API.Valid(secret) {
			s.t.Error("the consumer was refused")
		}
	}
	s.API.OnRequest(use)
	s.API.OnResponse(use)
}

func TestThreeRotations(t *testing.T) {
	t.Parallel()
	s := newStage(t, acctest.Options{}, and(monthly, rehearsal.Args{"description": "for CI", "overlap": "24h"}))
	s.Apply().Expect(0)
	s.calls(1, 0)
	s.inUse()
	s.Clock.Advance(month - time.Second)
	s.settled()
	s.Clock.Advance(time.Second)
	born := time.Duration(0)
	for i := range 3 {
		id, next := fmt.Sprint(2+i), fmt.Sprint(3+i)
		if after := s.changes(renewed(previous...)...); after.Text("previous_id") != id || after["id"].IsKnown() || after["previous_retire_at"].IsKnown() {
			t.Errorf("the plan is %v", after)
		}
		s.Apply().Expect(0)
		s.calls(1, 0)
		s.inUse()
		s.names(generation("ci", born), generation("ci", born+month))
		born += month
		s.is(map[string]any{"id": next, "previous_id": id, "key_name": generation("ci", born), "leftover_ids": nil, "unresolved_creation_tokens": nil,
			"previous_retire_at": acctest.Start().Add(born + 24*time.Hour).Format(time.RFC3339), "rotate_at": acctest.Start().Add(born + month).Format(time.RFC3339)})
		if !s.API.Valid(s.State(address).Object.Text("previous_key")) {
			t.Error("the previous key does not work during the overlap")
		}
		s.Clock.Advance(24*time.Hour - time.Second)
		s.settled()
		s.Clock.Advance(time.Second)
		if after := s.changes(previous...); after.Text("id") != next {
			t.Errorf("the plan is %v", after)
		}
		s.Apply().Expect(0)
		s.calls(0, 1)
		s.names(generation("ci", born))
		s.is(map[string]any{"previous_id": nil, "previous_key": nil, "previous_fingerprint": nil, "previous_retire_at": nil, "leftover_ids": nil})
		s.Clock.Advance(month - 24*time.Hour)
	}
	s.ends()
	s.calls(0, 1)
}

// What a change of each argument does.
func TestChanges(t *testing.T) {
	t.Parallel()
	keepers := func(v string) rehearsal.Args { return rehearsal.Args{"keepers": map[string]string{"v": v}} }
	for name, test := range map[string]struct {
		before, after rehearsal.Args
		changes       []string
		newName       string // of the new generation; empty without a rotation
	}{
		"keepers":         {keepers("1"), keepers("2"), renewed(append(previous, "keepers")...), "ci"},
		"first keepers":   {nil, keepers("2"), renewed(append(previous, "keepers")...), "ci"},
		"description":     {nil, rehearsal.Args{"description": "for CI"}, renewed(append(previous, "description")...), "ci"},
		"name":            {nil, rehearsal.Args{"name": "cd"}, renewed(append(previous, "name")...), "cd"},
		"recipients":      {nil, rehearsal.Args{"age_recipients": []string{recipient}}, renewed("encrypted_key", "age_recipients", "previous_id", "previous_fingerprint", "previous_retire_at"), "ci"},
		"rotate_after":    {nil, rehearsal.Args{"rotate_after": "48h"}, []string{"rotate_after", "rotate_at"}, ""},
		"no rotate_after": {nil, rehearsal.Args{"rotate_after": nil}, []string{"rotate_after", "rotate_at"}, ""},
		"overlap":         {nil, rehearsal.Args{"overlap": "1h"}, []string{"overlap"}, ""},
		"same overlap":    {nil, rehearsal.Args{"overlap": "1440m"}, []string{"overlap"}, ""},
		"timeouts":        {nil, rehearsal.Args{"timeouts": rehearsal.Args{"update": "1m"}}, []string{"timeouts"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, acctest.Options{}, and(monthly, test.before))
			s.Apply().Expect(0)
			s.inUse()
			s.calls(1, 0)
			s.Clock.Advance(time.Hour)
			s.Configure(address, and(monthly, test.after))
			s.changes(test.changes...)
			s.Apply().Expect(0)
			keys := []string{generation("ci", 0)}
			if test.newName != "" {
				keys = append(keys, generation(test.newName, time.Hour))
			}
			s.calls(len(keys)-1, 0)
			s.names(keys...)
			s.settled()
			s.ends()
			s.calls(0, len(keys))
		})
	}
}

// With an overlap of 0s the old key goes in the same apply, after the new one
// has been tried.
func TestNoOverlap(t *testing.T) {
	t.Parallel()
	s := newStage(t, acctest.Options{}, kept("1", atOnce))
	s.Apply().Expect(0)
	s.calls(1, 0)
	s.rotate("2", atOnce).Expect(0)
	var order []string
	for _, r := range s.API.Journal() {
		if r.Operation != opList || r.CredentialID != "1" {
			order = append(order, strings.TrimSpace(string(r.Operation)+" "+r.ObjectID+" by "+r.CredentialID))
		}
	}
	if want := []string{"create key 3 by 1", "list keys  by 3", "delete key 2 by 1"}; !slices.Equal(order, want) {
		t.Errorf("the order of the calls is %q, want %q", order, want)
	}
	s.names(generation("ci", time.Hour))
	s.is(map[string]any{"previous_id": nil, "previous_key": nil, "previous_fingerprint": nil, "previous_retire_at": nil, "leftover_ids": nil})
	s.settled()
	s.ends()
}

// A rotation while a previous key lives deletes that one in the same apply.
func TestRotationEvicts(t *testing.T) {
	t.Parallel()
	s := newStage(t, acctest.Options{}, kept("1"))
	s.Apply().Expect(0)
	s.rotate("2").Expect(0)
	s.calls(2, 0)
	s.inUse()
	s.rotate("3").Expect(0)
	s.calls(1, 1)
	s.names(generation("ci", time.Hour), generation("ci", 2*time.Hour))
	s.is(map[string]any{"id": "4", "previous_id": "3", "leftover_ids": nil})
	s.settled()
	s.ends()
}

// Somebody else deletes keys, or writes on them.
func TestDrift(t *testing.T) {
	t.Parallel()
	s := newStage(t, acctest.Options{}, monthly)
	s.Apply().Expect(0)
	s.calls(1, 0)
	noPrevious := map[string]any{"previous_id": nil, "previous_key": nil, "previous_fingerprint": nil, "previous_retire_at": nil}

	// The current key: another is made, and nothing becomes the previous one.
	s.Clock.Advance(time.Hour)
	s.API.DeleteKey("2")
	s.Apply().Expect(0)
	s.calls(1, 0)
	// A key that is gone is looked for in a second list, two seconds later.
	s.names(generation("ci", time.Hour+2*time.Second))
	s.is(noPrevious)
	s.is(map[string]any{"id": "3"})
	s.settled()

	// The description: a rotation puts it right.
	s.Clock.Advance(time.Hour)
	s.API.SetDescription("3", "scribbled over")
	s.changes(renewed(append(previous, "description")...)...)
	s.Apply().Expect(0)
	s.calls(1, 0)

	// The previous key: forgotten without a word.
	s.Clock.Advance(time.Hour)
	s.API.DeleteKey("3")
	s.Apply().Expect(0)
	s.calls(0, 0)
	s.is(noPrevious)
	s.is(map[string]any{"id": "4"})

	// The name: it is shown, and does no harm.
	s.API.SetName("4", "renamed")
	s.Apply().Expect(0)
	s.calls(0, 0)
	s.is(map[string]any{"key_name": "renamed", "name": "ci"})

	// Both keys at once.
	s.Clock.Advance(month)
	s.Apply().Expect(0)
	s.API.DeleteKey("4")
	s.API.DeleteKey("5")
	s.Clock.Advance(time.Hour)
	s.calls(1, 0)
	s.Apply().Expect(0)
	s.calls(1, 0)
	s.is(noPrevious)
	s.is(map[string]any{"id": "6"})
	s.settled()
	s.ends()
}

// A shorter period is recorded first.
func TestShorterPeriod(t *testing.T) {
	t.Parallel()
	s := newStage(t, acctest.Options{}, monthly)
	s.Apply().Expect(0)
	s.Clock.Advance(100 * time.Hour)
	s.Configure(address, and(monthly, rehearsal.Args{"rotate_after": "48h"}))
	s.Apply().Expect(0, "API key is due for rotation", "Next: Apply again")
	s.live("2")
	s.Apply().Expect(0)
	s.live("2", "3")
	s.settled()
	s.ends()
}

// A plan is carried out as it was made, however much later.
func TestSavedPlan(t *testing.T) {
	t.Parallel()
	s := newStage(t, acctest.Options{}, monthly)
	s.Apply().Expect(0)
	saved := func() *rehearsal.Plan {
		t.Helper()
		plan, report := s.Workspace.Plan(context.Background(), rehearsal.Options{})
		if plan == nil || plan.Empty() {
			t.Fatal(plan, report)
		}
		return plan
	}
	// Made before the key is due: it does not rotate, though it is due by then.
	s.Configure(address, and(monthly, rehearsal.Args{"overlap": "48h"}))
	early := saved()
	s.Clock.Advance(month + time.Hour)
	s.ApplyPlan(early).Expect(0, "API key is due for rotation", "Apply again")
	s.is(map[string]any{"id": "2", "overlap": "48h"})
	s.live("2")

	// The end of the previous key, planned and applied a day later.
	s.Apply().Expect(0)
	s.live("2", "3")
	s.Clock.Advance(48 * time.Hour)
	retire := saved()
	s.Clock.Advance(24 * time.Hour)
	s.ApplyPlan(retire).Expect(0)
	s.live("3")
	s.settled()

	// A plan whose key somebody else deletes in the meantime.
	s.Clock.Advance(month)
	gone := saved()
	s.API.DeleteKey("3")
	s.ApplyPlan(gone).Expect(0)
	s.is(map[string]any{"id": "4", "previous_id": "3"})
	s.settled() // the previous key is forgotten without a word
	s.ends()
}

// A value that is wrong only once it is known is refused before anything is
// called.
func TestInvalidOnceKnown(t *testing.T) {
	t.Parallel()
	s := newStage(t, acctest.Options{}, nil)
	period := func(v string) {
		s.Resources[0].Config = func(k rehearsal.Known) rehearsal.Args {
			args := rehearsal.Args{"name": "ci", "overlap": "12h", "rotate_after": v}
			if !k.Applying {
				args["rotate_after"] = rehearsal.Unknown
			}
			return args
		}
	}
	period("10h")
	s.Apply().Expect(1, "Overlap too long")
	s.ExpectSilence()
	period("720h")
	s.Apply().Expect(0)
	s.calls(1, 0)
	// The period is not known while planning, so whether the key is due is not
	// known either; during apply it turns out that it is not.
	s.Clock.Advance(time.Hour)
	period("600h")
	s.changes(renewed(append(previous, "rotate_after")...)...)
	s.Apply().Expect(0)
	s.calls(0, 0)
	s.is(map[string]any{"id": "2", "previous_id": nil})
	period("11h")
	s.Apply().Expect(1, "Overlap too long")
	s.calls(0, 0)
	s.is(map[string]any{"id": "2"})
}

func TestInvalidConfigurations(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		args rehearsal.Args
		want string
	}{
		"empty name":              {rehearsal.Args{"name": ""}, "string length must be at least 1"},
		"period of nothing":       {rehearsal.Args{"rotate_after": "0s"}, "Invalid rotation period"},
		"negative period":         {rehearsal.Args{"rotate_after": "-5m"}, "Invalid rotation period"},
		"period that is none":     {rehearsal.Args{"rotate_after": "30 days"}, "Invalid Time Duration String Value"},
		"overlap that is none":    {rehearsal.Args{"overlap": "1d"}, "Invalid Time Duration String Value"},
		"negative overlap":        {rehearsal.Args{"overlap": "-1h"}, "Invalid overlap"},
		"overlap too long":        {rehearsal.Args{"rotate_after": "48h", "overlap": "48h"}, "Overlap too long"},
		"default overlap":         {rehearsal.Args{"rotate_after": "24h"}, "which is the default"},
		"marker in description":   {rehearsal.Args{"description": "x [tf:20261101T120000Z-abcdefghijklmnop]"}, "must not end with an ownership marker"},
		"recipient that is none":  {rehearsal.Args{"age_recipients": []string{"age1"}}, "Invalid age recipient"},
		"no recipient":            {rehearsal.Args{"age_recipients": []string{}}, "at least 1 elements"},
		"recipient twice":         {rehearsal.Args{"age_recipients": []string{recipient, recipient}}, "duplicate"},
		"time-out of nothing":     {rehearsal.Args{"timeouts": rehearsal.Args{"update": "0s"}}, "Invalid time-out"},
		"a computed value is set": {rehearsal.Args{"key_name": "x"}, "read-only"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, acctest.Options{}, and(rehearsal.Args{"name": "ci"}, test.args))
			s.Plan().Expect(1, test.want)
			s.ExpectSilence()
		})
	}
}
