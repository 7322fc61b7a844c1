package rotatingapikey_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

// newKey are the attributes that a rotation renews.
func newKey(more ...string) []string {
	return append([]string{"id", "ids", "rotation", "generation", "key", "fingerprint", "creation_token", "key_name", "created_at"}, more...)
}

var previous = []string{"previous_id", "previous_key", "previous_fingerprint", "previous_retire_at"}

// changesOf checks which attributes a plan changes.
func (s *stage) changesOf(plan *rehearsal.Plan, attributes ...string) {
	s.t.Helper()
	slices.Sort(attributes)
	if got := changed(plan.Changes[key]); !slices.Equal(got, attributes) {
		s.t.Errorf("the plan changes\n%q, want\n%q", got, attributes)
	}
}

// What a change of each argument does to a key.
func TestChanges(t *testing.T) {
	t.Parallel()
	base := func(more ...any) rehearsal.Args {
		args := rehearsal.Args{"name": "ci", "rotate_after": "720h"}
		for i := 0; i < len(more); i += 2 {
			args[more[i].(string)] = more[i+1]
		}
		return args
	}
	v := func(value any) map[string]any { return map[string]any{"v": value} }
	rotates := append(slices.Clone(previous), "rotate_at")
	for name, test := range map[string]struct {
		before, after rehearsal.Args
		changes       []string
		why           string // the reason to rotate; empty without a rotation
	}{
		"keepers":         {base("keepers", v("1")), base("keepers", v("2")), newKey(append(slices.Clone(rotates), "keepers")...), "keepers changes"},
		"first keepers":   {base(), base("keepers", v("2")), newKey(append(slices.Clone(rotates), "keepers")...), "keepers changes"},
		"description":     {base(), base("description", "for CI"), newKey(append(slices.Clone(rotates), "description")...), "description changes"},
		"name":            {base(), base("name", "cd"), newKey(append(slices.Clone(rotates), "name")...), "name changes"},
		"team":            {base("team_id", "4"), base("team_id", "5"), newKey(append(slices.Clone(rotates), "team_id")...), "team_id changes"},
		"recipients":      {base(), base("age_recipients", []string{ageRecipient}), newKey("rotate_at", "encrypted_key", "age_recipients", "previous_id", "previous_fingerprint", "previous_retire_at"), "age_recipients changes"},
		"rotate_after":    {base(), base("rotate_after", "48h"), []string{"rotate_after", "rotate_at"}, ""},
		"in days":         {base(), base("rotate_after", "30d"), []string{"rotate_after"}, ""},
		"no rotate_after": {base(), rehearsal.Args{"name": "ci"}, []string{"rotate_after", "rotate_at"}, ""},
		"overlap":         {base(), base("overlap", "1h"), []string{"overlap"}, ""},
		"same overlap":    {base(), base("overlap", "1d"), []string{"overlap"}, ""},
		"retire_previous": {base(), base("retire_previous", "handover"), []string{"retire_previous"}, ""},
		"timeouts":        {base(), base("timeouts", rehearsal.Args{"update": "1m"}), []string{"timeouts"}, ""},
		// The same in another form.
		"empty keepers":      {base(), base("keepers", map[string]any{}), []string{"keepers"}, ""},
		"null keepers":       {base("keepers", v(nil)), base(), []string{"keepers"}, ""},
		"keeper beside null": {base("keepers", v("1")), base("keepers", map[string]any{"v": "1", "w": nil}), []string{"keepers"}, ""},
		"recipient with white space": {base("age_recipients", []string{ageRecipient}), base("age_recipients", []string{ageRecipient + "\n"}),
			[]string{"age_recipients"}, ""},
		"recipients in another order, with a comment": {base("age_recipients", []string{ageRecipient, sshRecipient}), base("age_recipients", []string{sshRecipient + " me@example.com", ageRecipient}),
			[]string{"age_recipients"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, acctest.Options{Fake: fakenebula.Options{Keys: fakenebula.KeyOptions{TakesTeam: fakenebula.Yes}}}, test.before)
			s.Apply().Expect(0)
			s.Clock.Advance(time.Hour)
			s.args = test.after
			var texts []string
			if test.why != "" {
				texts = []string{"Applying this plan rotates key 2 (\"" + generation("ci", 0) + "\"), because " + test.why + "."}
			}
			plan := s.planned(texts...)
			s.changesOf(plan, test.changes...)
			s.applied(plan)
			if test.why != "" {
				s.live("2", "3")
				s.is(map[string]any{"generation": 2, "ids": []string{"2", "3"}, "previous_id": "2"})
			} else {
				s.live("2")
				s.is(map[string]any{"generation": 1, "ids": []string{"2"}, "previous_id": nil})
			}
			s.Settled()
			s.ends()
		})
	}
}

// With an overlap of 0s the old key goes in the same apply, after the new one
// has been tried.
func TestNoOverlap(t *testing.T) {
	t.Parallel()
	s := newStage(t, of2024(), rotatedBy("1", "overlap", "0s"))
	s.Apply().Expect(0)
	s.API.ResetJournal()
	s.rotate("2", "overlap", "0s").Expect(0, "Applying this plan revokes these API keys: 2 (\""+generation("ci", 0)+"\").")
	var order []string
	for _, r := range s.API.Journal() {
		if r.Operation != opList || r.CredentialID != ownID {
			order = append(order, strings.TrimSpace(string(r.Operation)+" "+r.ObjectID+" by "+r.CredentialID))
		}
	}
	if want := []string{"create key 3 by 1", "list keys  by 3", "delete key 2 by 1"}; !slices.Equal(order, want) {
		t.Errorf("the order of the calls is %q, want %q", order, want)
	}
	s.is(map[string]any{"id": "3", "ids": []string{"3"}, "previous_id": nil, "previous_key": nil, "leftover_ids": nil, "generation": 2})
	s.Settled()
	s.ends()
}

// A rotation while a previous key lives deletes that one in the same apply, and
// the plan says so.
func TestRotationEvicts(t *testing.T) {
	t.Parallel()
	s := newStage(t, acctest.Options{}, rotatedBy("1"))
	s.Apply().Expect(0)
	s.rotate("2").Expect(0).ExpectNot("revoke")
	s.rotate("3").Expect(0, "Applying this plan revokes these API keys: 2 (\""+generation("ci", 0)+"\").")
	s.live("3", "4")
	s.is(map[string]any{"id": "4", "previous_id": "3", "leftover_ids": nil, "generation": 3, "ids": []string{"3", "4"}})
	s.Settled()
	s.Destroy().Expect(0, "Applying this plan revokes these API keys: 4 (\""+generation("ci", 2*time.Hour)+"\"), 3 (\""+generation("ci", time.Hour)+"\").")
	s.live()
}

// Somebody else deletes keys, or writes on them.
func TestDrift(t *testing.T) {
	t.Parallel()
	s := newStage(t, of2024(), rehearsal.Args{"name": "ci", "rotate_after": "720h"})
	deletes := func(ids ...string) {
		t.Helper()
		s.Clock.Advance(time.Hour)
		for _, id := range ids {
			if !s.API.DeleteKey(id) {
				t.Errorf("there is no key %s", id)
			}
		}
	}
	s.Apply().Expect(0)

	// The current key: another is made, nothing becomes the previous one, and
	// the generations go on.
	deletes("2")
	s.Apply().Expect(0, "because the current one was deleted elsewhere", "None of the API keys was found")
	s.is(map[string]any{"id": "3", "previous_id": nil, "generation": 2})
	// The description: a rotation puts it right.
	s.Clock.Advance(time.Hour)
	s.API.SetDescription("3", "scribbled over")
	s.Apply().Expect(0, "because description changes")
	s.is(map[string]any{"id": "4", "previous_id": "3", "generation": 3})
	// The previous key: it leaves the state, as it would have soon anyway.
	deletes("3")
	s.Settled()
	s.Apply().Expect(0)
	s.is(map[string]any{"id": "4", "previous_id": nil, "ids": []string{"4"}})
	// The name: it is shown, and does no harm.
	s.API.SetName("4", "renamed")
	s.Settled()
	s.Apply().Expect(0)
	s.is(map[string]any{"key_name": "renamed", "name": "ci"})
	// Both keys at once.
	s.Clock.Advance(month)
	s.Apply().Expect(0, "rotates key 4 (\"renamed\"), because the current key is older")
	deletes("4", "5")
	s.Apply().Expect(0)
	s.is(map[string]any{"id": "6", "previous_id": nil})
	s.ends()
}

// A value that is wrong only once it is known is refused before anything is
// called.
func TestInvalidOnceKnown(t *testing.T) {
	t.Parallel()
	s := newStage(t, acctest.Options{}, nil)
	period := ""
	s.Resources[0].Config = func(k rehearsal.Known) rehearsal.Args {
		args := rehearsal.Args{"name": "ci", "overlap": "12h", "rotate_after": any(rehearsal.Unknown)}
		if k.Applying {
			args["rotate_after"] = period
		}
		return args
	}
	period = "10h"
	s.Apply().Expect(1, "Overlap too long")
	period = "720h"
	s.Apply().Expect(0)
	s.live("2")
	// The period is not known while planning, so whether the key is due is not
	// known either; during apply it turns out that it is not.
	s.Clock.Advance(time.Hour)
	period = "600h"
	plan := s.planned("Whether applying this plan rotates key 2 (\"" + generation("ci", 0) + "\") depends on values that are not known yet: rotate_after.")
	s.changesOf(plan, newKey(append(slices.Clone(previous), "rotate_after", "rotate_at")...)...)
	s.applied(plan)
	s.is(map[string]any{"id": "2", "previous_id": nil, "generation": 1})
	period = "11h"
	s.Apply().Expect(1, "Overlap too long")
	period = "720h"
	s.Apply().Expect(0)
	s.live("2")
	s.ends()
}

func TestInvalidConfigurations(t *testing.T) {
	t.Parallel()
	const twoOwn = "is not a duration: give a Go duration such as"
	for name, test := range map[string]struct {
		args rehearsal.Args
		want string
	}{
		"no name":                  {rehearsal.Args{"name": ""}, "The name of a new key must not be empty."},
		"period of nothing":        {rehearsal.Args{"name": "ci", "rotate_after": "0s"}, "Invalid rotation period"},
		"negative period":          {rehearsal.Args{"name": "ci", "rotate_after": "-5m"}, "Invalid rotation period"},
		"period that is none":      {rehearsal.Args{"name": "ci", "rotate_after": "30 days"}, `"30 days" ` + twoOwn},
		"overlap that is none":     {rehearsal.Args{"name": "ci", "overlap": "1day"}, `"1day" ` + twoOwn},
		"negative overlap":         {rehearsal.Args{"name": "ci", "overlap": "-1h"}, "Invalid overlap"},
		"overlap too long":         {rehearsal.Args{"name": "ci", "rotate_after": "48h", "overlap": "2d"}, "The overlap of 2d must be shorter than rotate_after, which is 48h"},
		"default overlap":          {rehearsal.Args{"name": "ci", "rotate_after": "24h"}, "The overlap of 24h, which is the default, must be shorter"},
		"another way to retire":    {rehearsal.Args{"name": "ci", "retire_previous": "never"}, "retire_previous"},
		"marker in description":    {rehearsal.Args{"name": "ci", "description": "x [tf:20261101T120000Z-abcdefghijklmnop]"}, "must not end with an ownership marker"},
		"team that is no id":       {rehearsal.Args{"name": "ci", "team_id": "../5"}, "Invalid id"},
		"recipient that is none":   {rehearsal.Args{"name": "ci", "age_recipients": []string{"age1"}}, "Invalid age recipient"},
		"no recipient":             {rehearsal.Args{"name": "ci", "age_recipients": []string{}}, "at least 1 element"},
		"recipient twice":          {rehearsal.Args{"name": "ci", "age_recipients": []string{ageRecipient, ageRecipient}}, "are the same"},
		"recipients do not go":     {rehearsal.Args{"name": "ci", "age_recipients": []any{ageRecipient, nil}}, "it is null"},
		"time-out of nothing":      {rehearsal.Args{"name": "ci", "timeouts": rehearsal.Args{"update": "0s"}}, "Invalid time-out"},
		"time-out that is no time": {rehearsal.Args{"name": "ci", "timeouts": rehearsal.Args{"update": "soon"}}, "Time Duration"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, acctest.Options{}, test.args)
			r := s.Plan().Expect(1, test.want)
			if n := strings.Count(r.Stderr, "Error: "); n != 1 {
				t.Errorf("one mistake has %d errors:\n%s", n, r.Stderr)
			}
			s.ExpectSilence()
		})
	}
}

// The whole life of a key, in each reading of the API: consumers hold a good key
// whenever the API is called, one POST makes each key, and every plan is followed
// by an empty one.
func TestLife(t *testing.T) {
	t.Parallel()
	for _, reading := range fakenebula.Readings() {
		t.Run(string(reading), func(t *testing.T) {
			t.Parallel()
			args := rehearsal.Args{"name": "ci", "description": "for CI", "rotate_after": "30d", "overlap": "1d", "team_id": nil}
			if reading == fakenebula.Reading2025 {
				args["team_id"] = "7"
			}
			s := newStage(t, acctest.Options{Fake: fakenebula.Options{Reading: reading}}, args)
			var secret string
			s.API.OnRequest(func(r fakenebula.Request) {
				if secret != "" && !s.API.Valid(secret) {
					t.Errorf("a consumer holds a dead key at %s %s", r.Method, r.Path)
				}
			})
			s.Apply().Expect(0)
			s.is(map[string]any{"id": "2", "generation": 1, "created_at": "2026-11-23T01:56:00Z", "rotate_at": "2026-12-23T01:56:00Z", "previous_id": nil, "ids": []string{"2"}})
			untilDue := month
			for n := 2; n <= 4; n++ {
				secret = s.state().Text("key")
				s.Settled()
				s.Clock.Advance(untilDue - time.Second)
				s.Settled()
				s.Clock.Advance(time.Second)
				s.API.ResetJournal()
				due := s.state().Text("rotate_at")
				s.Apply().Expect(0, "because the current key is older than rotate_after, which is 30d (due since "+due+")")
				if creates, deletes := s.API.Count(opCreate), s.API.Count(opDelete); creates != 1 || deletes != 0 {
					t.Errorf("a rotation made %d creates and %d deletes", creates, deletes)
				}
				s.is(map[string]any{"id": fmt.Sprint(n + 1), "previous_id": fmt.Sprint(n), "generation": n, "ids": []string{fmt.Sprint(n), fmt.Sprint(n + 1)}})
				if s.state().Text("previous_key") != secret || !s.API.Valid(secret) {
					t.Error("the previous key is not the one that was current, or is dead")
				}
				secret = s.state().Text("key")
				s.Settled()
				s.Clock.Advance(24*time.Hour - time.Second)
				s.Settled()
				s.Clock.Advance(time.Second)
				s.Apply().Expect(0, "Applying this plan revokes these API keys: "+fmt.Sprint(n)+" (\"ci-")
				s.live(fmt.Sprint(n + 1))
				untilDue = month - 24*time.Hour
			}
			secret = ""
			s.ends()
			for _, k := range s.API.Issued() {
				if k.Name != acctest.OwnKey && reading == fakenebula.Reading2025 && k.Team != 7 {
					t.Errorf("key %s has the team %d", k.ID, k.Team)
				}
			}
		})
	}
}
