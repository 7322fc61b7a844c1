package rotatingapikey

import (
	"maps"
	"reflect"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/keykit"
)

var (
	created = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	dueAt   = created.Add(720 * time.Hour)
)

// recorded is a key of 720h with an overlap of 24h, changed by edits.
func recorded(edits ...func(*model)) *model {
	m := &model{
		Name: types.StringValue("ci"), Description: types.StringValue("for CI"),
		RotateAfter: types.StringValue("720h"), Overlap: types.StringValue("24h"), RetirePrevious: types.StringValue("overlap"),
		Keepers:       types.MapValueMust(types.StringType, map[string]attr.Value{"v": types.StringValue("1")}),
		AgeRecipients: types.ListNull(types.StringType),
		ID:            types.StringValue("7"), Key: types.StringValue("ak_7"), Fingerprint: types.StringValue("f7"),
		CreationToken: types.StringValue("t7"), KeyName: types.StringValue("ci-20261101T120000Z"), Generation: types.Int64Value(3),
		LeftoverIDs: noStrings(), UnresolvedCreationTokens: noStrings(),
	}
	m.date(created)
	for _, edit := range edits {
		edit(m)
	}
	m.derive()
	return m
}

func withPrevious(m *model) {
	m.PreviousID, m.PreviousKey, m.PreviousFingerprint = types.StringValue("6"), types.StringValue("ak_6"), types.StringValue("f6")
	m.PreviousRetireAt = timestamp(created.Add(24 * time.Hour))
}

func imported(m *model) {
	m.Key, m.Fingerprint = types.StringNull(), types.StringNull()
	m.Keepers = types.MapNull(types.StringType)
}

func gone(m *model) { m.forgetCurrent() }

func handover(m *model) { m.RetirePrevious = types.StringValue(retireByHandover) }

func overlapOf(s string) func(*model) {
	return func(m *model) { m.Overlap = types.StringValue(s) }
}

func keepersOf(v attr.Value) func(*model) {
	return func(m *model) { m.Keepers = types.MapValueMust(types.StringType, map[string]attr.Value{"v": v}) }
}

func all(edits ...func(*model)) func(*model) {
	return func(m *model) {
		for _, edit := range edits {
			edit(m)
		}
	}
}

func recipients(values ...string) types.List {
	elements := make([]attr.Value, len(values))
	for i, v := range values {
		elements[i] = types.StringValue(v)
	}
	return types.ListValueMust(types.StringType, elements)
}

// fields are a model's attributes by name.
func fields(m *model) map[string]attr.Value {
	all, v := map[string]attr.Value{}, reflect.ValueOf(m).Elem()
	for i := range v.NumField() {
		if value, ok := reflect.TypeAssert[attr.Value](v.Field(i)); ok && v.Type().Field(i).Name != "Timeouts" {
			all[v.Type().Field(i).Tag.Get("tfsdk")] = value
		}
	}
	return all
}

func TestDecide(t *testing.T) {
	t.Parallel()
	soon, over := created.Add(time.Hour), created.Add(24*time.Hour)
	because := func(why ...reason) decision { return decision{rotate: yes, why: why} }
	open := func(arguments ...string) decision { return decision{rotate: maybe, open: arguments} }
	name := func(s string) func(*model) { return func(m *model) { m.Name = types.StringValue(s) } }
	period := func(s types.String) func(*model) { return func(m *model) { m.RotateAfter = s } }
	team := func(s string) func(*model) { return func(m *model) { m.TeamID = types.StringValue(s) } }
	given := func(list types.List) func(*model) { return func(m *model) { m.AgeRecipients = list } }
	unknown := types.StringUnknown()
	for title, test := range map[string]struct {
		state  []func(*model)
		plan   func(*model)
		readAt time.Time
		want   decision
	}{
		"nothing":                         {readAt: soon},
		"never found due":                 {},
		"a second before":                 {readAt: dueAt.Add(-time.Second)},
		"due":                             {readAt: dueAt, want: because(keyAged)},
		"long due":                        {readAt: dueAt.Add(9999 * time.Hour), want: because(keyAged)},
		"name":                            {plan: name("cd"), want: because(changed("name"))},
		"description":                     {plan: func(m *model) { m.Description = types.StringValue("") }, want: because(changed("description"))},
		"team":                            {plan: team("5"), want: because(changed("team_id"))},
		"other team":                      {state: []func(*model){team("4")}, plan: team("5"), want: because(changed("team_id"))},
		"keepers":                         {plan: keepersOf(types.StringValue("2")), want: because(changed("keepers"))},
		"keepers removed":                 {plan: func(m *model) { m.Keepers = types.MapNull(types.StringType) }, want: because(changed("keepers"))},
		"keepers and due":                 {plan: keepersOf(types.StringValue("2")), readAt: dueAt, want: because(changed("keepers"), keyAged)},
		"recipients":                      {plan: given(recipients("age1x")), want: because(changed("age_recipients"))},
		"unknown name":                    {plan: func(m *model) { m.Name = unknown }, want: open("name")},
		"unknown keepers":                 {plan: func(m *model) { m.Keepers = types.MapUnknown(types.StringType) }, want: open("keepers")},
		"unknown keeper":                  {plan: keepersOf(unknown), want: open("keepers")},
		"unknown recipient":               {plan: given(types.ListValueMust(types.StringType, []attr.Value{unknown})), want: open("age_recipients")},
		"unknown and changed":             {plan: func(m *model) { m.Name, m.TeamID = unknown, types.StringValue("5") }, want: decision{rotate: yes, why: []reason{changed("team_id")}, open: []string{"name"}}},
		"unknown and due":                 {plan: func(m *model) { m.Name = unknown }, readAt: dueAt, want: decision{rotate: yes, why: []reason{keyAged}, open: []string{"name"}}},
		"unknown period":                  {plan: period(unknown), readAt: dueAt, want: open("rotate_after")},
		"unknown overlap":                 {plan: func(m *model) { m.Overlap = unknown }, readAt: soon},
		"longer period":                   {plan: period(types.StringValue("800h")), readAt: dueAt},
		"shorter period":                  {plan: period(types.StringValue("1h")), readAt: soon, want: because(keyAged)},
		"the same period in days":         {plan: period(types.StringValue("30d")), readAt: dueAt.Add(-time.Second)},
		"no period":                       {plan: period(types.StringNull()), readAt: dueAt},
		"other overlap":                   {plan: overlapOf("0s"), readAt: soon},
		"gone":                            {state: []func(*model){gone}, want: because(keyGone)},
		"imported":                        {state: []func(*model){imported}, plan: imported, readAt: soon},
		"imported, first keepers":         {state: []func(*model){imported}, readAt: soon},
		"imported, first keepers unknown": {state: []func(*model){imported}, plan: func(m *model) { m.Keepers = types.MapUnknown(types.StringType) }},
		"imported, first recipients":      {state: []func(*model){imported}, plan: given(recipients("age1x"))},
		"imported, first team":            {state: []func(*model){imported}, plan: team("5")},
		"imported, loses keepers":         {state: []func(*model){imported, keepersOf(types.StringValue("1"))}, plan: func(m *model) { m.Keepers = types.MapNull(types.StringType) }},
		"imported, second keepers":        {state: []func(*model){imported, keepersOf(types.StringValue("1"))}, plan: keepersOf(types.StringValue("2")), want: because(changed("keepers"))},
		"imported, name":                  {state: []func(*model){imported}, plan: name("cd"), want: because(changed("name"))},
		"imported without a name":         {state: []func(*model){imported, name("")}, plan: name("ci")},
		"imported, due":                   {state: []func(*model){imported}, plan: imported, readAt: dueAt, want: because(keyAged)},

		"previous":                              {state: []func(*model){withPrevious}, readAt: soon},
		"previous, over":                        {state: []func(*model){withPrevious}, readAt: over, want: decision{retire: yes}},
		"previous, due and over":                {state: []func(*model){withPrevious}, readAt: dueAt, want: decision{rotate: yes, why: []reason{keyAged}, retire: yes}},
		"previous, gone":                        {state: []func(*model){withPrevious, gone}, readAt: soon, want: because(keyGone)},
		"no previous, but an instant to retire": {state: []func(*model){withPrevious, func(m *model) { m.PreviousID = types.StringNull() }}, readAt: dueAt.Add(-time.Second)},

		"hand-over, over":                   {state: []func(*model){withPrevious}, plan: handover, readAt: over},
		"hand-over, due":                    {state: []func(*model){withPrevious}, plan: handover, readAt: dueAt, want: decision{waits: true}},
		"hand-over, due without a previous": {plan: handover, readAt: dueAt, want: because(keyAged)},
		"hand-over, keepers":                {state: []func(*model){withPrevious}, plan: all(handover, keepersOf(types.StringValue("2"))), want: decision{rotate: yes, why: []reason{changed("keepers")}, refused: true}},
		"hand-over, keepers, no previous":   {plan: all(handover, keepersOf(types.StringValue("2"))), want: because(changed("keepers"))},
		"hand-over, incident":               {state: []func(*model){withPrevious}, plan: all(handover, overlapOf("0s"), keepersOf(types.StringValue("2"))), want: because(changed("keepers"))},
		"hand-over, gone":                   {state: []func(*model){withPrevious, gone}, plan: handover, readAt: over, want: because(keyGone)},
		"hand-over, keepers unknown":        {state: []func(*model){withPrevious}, plan: all(handover, keepersOf(unknown)), want: open("keepers")},
		"hand-over given up":                {state: []func(*model){withPrevious, handover}, readAt: over, want: decision{retire: yes}},
		"unknown whether by hand-over, over": {state: []func(*model){withPrevious}, plan: func(m *model) { m.RetirePrevious = unknown }, readAt: over,
			want: decision{retire: maybe}},
		"unknown whether by hand-over, due": {state: []func(*model){withPrevious}, plan: func(m *model) { m.RetirePrevious = unknown }, readAt: dueAt,
			want: decision{rotate: maybe, open: []string{"retire_previous"}, retire: maybe}},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			state, plan := recorded(test.state...), recorded()
			if test.plan != nil {
				test.plan(plan)
			}
			got := decide(t.Context(), situation{plan: plan, state: state, readAt: test.readAt, otherDescription: !plan.Description.Equal(state.Description)})
			if !reflect.DeepEqual(got, test.want) {
				t.Errorf("decide = %+v, want %+v", got, test.want)
			}
		})
	}
}

// What a plan shows, attribute by attribute; what is not named stays as it was.
func TestApplyDecision(t *testing.T) {
	t.Parallel()
	text, null, unknown := types.StringValue, types.StringNull(), types.StringUnknown()
	newKey := map[string]attr.Value{"id": unknown, "key": unknown, "fingerprint": unknown, "creation_token": unknown,
		"key_name": unknown, "created_at": unknown, "rotate_at": unknown, "generation": types.Int64Value(4)}
	and := func(some map[string]attr.Value, more map[string]attr.Value) map[string]attr.Value {
		all := maps.Clone(some)
		maps.Copy(all, more)
		return all
	}
	noPrevious := map[string]attr.Value{"previous_id": null, "previous_key": null, "previous_fingerprint": null, "previous_retire_at": null}
	openPrevious := map[string]attr.Value{"previous_id": unknown, "previous_key": unknown, "previous_fingerprint": unknown, "previous_retire_at": unknown}
	demoted := map[string]attr.Value{"previous_id": text("7"), "previous_key": text("ak_7"), "previous_fingerprint": text("f7"), "previous_retire_at": unknown}
	open := and(and(newKey, openPrevious), map[string]attr.Value{"generation": types.Int64Unknown()})
	for name, test := range map[string]struct {
		state    []func(*model)
		plan     func(*model)
		decision decision
		want     map[string]attr.Value
		ids      types.Set
	}{
		"nothing":           {ids: setOf(text("7"))},
		"nothing, previous": {state: []func(*model){withPrevious}, ids: setOf(text("7"), text("6"))},
		"retire":            {state: []func(*model){withPrevious}, decision: decision{retire: yes}, want: noPrevious, ids: setOf(text("7"))},
		"maybe retire":      {state: []func(*model){withPrevious}, decision: decision{retire: maybe}, want: openPrevious, ids: types.SetUnknown(types.StringType)},
		"rotate":            {decision: decision{rotate: yes}, want: and(newKey, demoted), ids: setOf(unknown, text("7"))},
		"rotate, evicting":  {state: []func(*model){withPrevious}, decision: decision{rotate: yes}, want: and(newKey, demoted), ids: setOf(unknown, text("7"))},
		"rotate and retire": {state: []func(*model){withPrevious}, decision: decision{rotate: yes, retire: yes}, want: and(newKey, demoted), ids: setOf(unknown, text("7"))},
		"rotate without overlap": {state: []func(*model){withPrevious}, plan: overlapOf("0s"),
			decision: decision{rotate: yes}, want: and(newKey, noPrevious), ids: setOf(unknown)},
		"rotate, overlap unknown": {plan: func(m *model) { m.Overlap = unknown }, decision: decision{rotate: yes}, want: and(newKey, openPrevious), ids: types.SetUnknown(types.StringType)},
		"rotate, no period": {plan: func(m *model) { m.RotateAfter = null }, decision: decision{rotate: yes},
			want: and(and(newKey, demoted), map[string]attr.Value{"rotate_at": null}), ids: setOf(unknown, text("7"))},
		"rotate, sealing": {plan: func(m *model) { m.AgeRecipients = recipients("age1x") }, decision: decision{rotate: yes},
			want: and(and(newKey, demoted), map[string]attr.Value{"key": null, "encrypted_key": unknown, "previous_key": null}), ids: setOf(unknown, text("7"))},
		"rotate, recipients unknown": {plan: func(m *model) { m.AgeRecipients = types.ListUnknown(types.StringType) }, decision: decision{rotate: maybe},
			want: and(open, map[string]attr.Value{"encrypted_key": unknown}), ids: types.SetUnknown(types.StringType)},
		"rotate, gone": {state: []func(*model){withPrevious, gone}, decision: decision{rotate: yes}, want: newKey, ids: setOf(unknown, text("6"))},
		"rotate sealed, gone": {state: []func(*model){withPrevious, gone}, plan: func(m *model) { m.AgeRecipients = recipients("age1x") },
			decision: decision{rotate: yes}, want: and(newKey, map[string]attr.Value{"key": null, "encrypted_key": unknown, "previous_key": null}), ids: setOf(unknown, text("6"))},
		"maybe":          {decision: decision{rotate: maybe}, want: open, ids: types.SetUnknown(types.StringType)},
		"period":         {plan: func(m *model) { m.RotateAfter = text("25h") }, want: map[string]attr.Value{"rotate_at": timestamp(created.Add(25 * time.Hour))}, ids: setOf(text("7"))},
		"period unknown": {plan: func(m *model) { m.RotateAfter = unknown }, decision: decision{rotate: maybe}, want: open, ids: types.SetUnknown(types.StringType)},
		"leftovers": {state: []func(*model){func(m *model) { m.addLeftover(t.Context(), "5") }}, want: map[string]attr.Value{"leftover_ids": noStrings()},
			ids: setOf(text("7"))},
		"unresolved stays": {state: []func(*model){func(m *model) { m.addUnresolved(t.Context(), "t") }},
			want: map[string]attr.Value{"unresolved_creation_tokens": setOf(text("t"))}, ids: setOf(text("7"))},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			state, plan := recorded(test.state...), recorded()
			if test.plan != nil {
				test.plan(plan)
			}
			want := fields(state)
			for _, argument := range []string{"name", "description", "team_id", "rotate_after", "overlap", "retire_previous", "keepers", "age_recipients"} {
				want[argument] = fields(plan)[argument]
			}
			maps.Copy(want, test.want)
			test.decision.apply(plan, state)
			want["ids"] = test.ids
			want["rotation"] = keykit.Rotation{ID: plan.ID, Fingerprint: plan.Fingerprint, Generation: plan.Generation,
				PreviousID: plan.PreviousID, PreviousRetireAt: plan.PreviousRetireAt}.Object()
			for attribute, got := range fields(plan) {
				if !got.Equal(want[attribute]) {
					t.Errorf("%s = %s, want %s", attribute, got, want[attribute])
				}
			}
		})
	}
}

func setOf(values ...attr.Value) types.Set { return types.SetValueMust(types.StringType, values) }

// A plan of a new key shows what is known of it.
func TestPlanFirst(t *testing.T) {
	t.Parallel()
	for _, sealed := range []bool{false, true} {
		plan := &model{Name: types.StringValue("ci"), AgeRecipients: types.ListNull(types.StringType)}
		if sealed {
			plan.AgeRecipients = recipients("age1x")
		}
		planFirst(plan)
		for attribute, unknown := range map[string]bool{
			"id": true, "fingerprint": true, "creation_token": true, "key_name": true, "created_at": true, "rotate_at": false,
			"key": !sealed, "encrypted_key": sealed, "previous_id": false, "previous_key": false, "previous_retire_at": false,
			"leftover_ids": false, "unresolved_creation_tokens": false,
		} {
			if got := fields(plan)[attribute]; got.IsUnknown() != unknown || got.IsNull() == unknown {
				t.Errorf("sealed %t: %s is %s", sealed, attribute, got)
			}
		}
		if !plan.Generation.Equal(types.Int64Value(1)) || !plan.IDs.Equal(setOf(types.StringUnknown())) {
			t.Errorf("generation is %s, ids are %s", plan.Generation, plan.IDs)
		}
	}
}

// The note of a read is written when something has fallen due since the last
// one, and left alone otherwise: each change is a new version of the state.
func TestNews(t *testing.T) {
	t.Parallel()
	retireAt := created.Add(24 * time.Hour)
	for name, test := range map[string]struct {
		m           *model
		now, readAt time.Time
		want        bool
	}{
		"nothing due":           {recorded(), dueAt.Add(-time.Second), time.Time{}, false},
		"due":                   {recorded(), dueAt, time.Time{}, true},
		"due, known":            {recorded(), dueAt.Add(time.Hour), dueAt, false},
		"due, note of old":      {recorded(), dueAt, created.Add(-time.Hour), true},
		"to retire":             {recorded(withPrevious), retireAt, time.Time{}, true},
		"to retire, known":      {recorded(withPrevious), retireAt.Add(time.Hour), retireAt, false},
		"due as well":           {recorded(withPrevious), dueAt, retireAt, true},
		"no period":             {recorded(func(m *model) { m.RotateAfter = types.StringNull(); m.date(created) }), dueAt, time.Time{}, false},
		"gone, previous lives":  {recorded(withPrevious, gone), retireAt.Add(-time.Second), time.Time{}, false},
		"gone, previous is due": {recorded(withPrevious, gone), retireAt, time.Time{}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := test.m.isNews(test.now, test.readAt); got != test.want {
				t.Errorf("isNews = %t, want %t", got, test.want)
			}
		})
	}
}

// A note is about one current key: once that is rotated it says nothing.
func TestNoteHoldsForOneKey(t *testing.T) {
	t.Parallel()
	note := due{At: dueAt, ID: "7"}
	if got := note.readAt(recorded()); !got.Equal(dueAt) {
		t.Errorf("readAt = %s", got)
	}
	rotated := recorded(func(m *model) { m.ID = types.StringValue("8") })
	if got := note.readAt(rotated); !got.IsZero() {
		t.Errorf("readAt of another key = %s", got)
	}
}
