package rotatingapikey

import (
	"maps"
	"reflect"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

var (
	created = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	dueAt   = created.Add(720 * time.Hour)
)

// recorded is a key of 720h with an overlap of 24h, changed by edits.
func recorded(edits ...func(*model)) *model {
	m := &model{
		Name: types.StringValue("ci"), Description: types.StringValue("for CI"),
		RotateAfter: timetypes.NewGoDurationValueFromStringMust("720h"), Overlap: timetypes.NewGoDurationValueFromStringMust("24h"),
		Keepers:       types.MapValueMust(types.StringType, map[string]attr.Value{"v": types.StringValue("1")}),
		AgeRecipients: types.ListNull(types.StringType),
		ID:            types.StringValue("7"), Key: types.StringValue("ak_7"), Fingerprint: types.StringValue("f7"),
		CreationToken: types.StringValue("t7"), KeyName: types.StringValue("ci-20261101T120000Z"),
		LeftoverIDs: noStrings(), UnresolvedCreationTokens: noStrings(),
	}
	m.date(created)
	for _, edit := range edits {
		edit(m)
	}
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

func recipients(values ...attr.Value) types.List {
	return types.ListValueMust(types.StringType, values)
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
	soon := created.Add(time.Hour)
	keepers := func(v attr.Value) types.Map {
		return types.MapValueMust(types.StringType, map[string]attr.Value{"v": v})
	}
	for name, test := range map[string]struct {
		state  []func(*model)
		plan   func(*model)
		readAt time.Time
		want   decision
	}{
		"nothing":                               {readAt: soon},
		"never found due":                       {},
		"a second before":                       {readAt: dueAt.Add(-time.Second)},
		"due":                                   {readAt: dueAt, want: decision{rotate: yes}},
		"long due":                              {readAt: dueAt.Add(9999 * time.Hour), want: decision{rotate: yes}},
		"name":                                  {plan: func(m *model) { m.Name = types.StringValue("cd") }, want: decision{rotate: yes}},
		"description":                           {plan: func(m *model) { m.Description = types.StringValue("") }, want: decision{rotate: yes}},
		"keepers":                               {plan: func(m *model) { m.Keepers = keepers(types.StringValue("2")) }, want: decision{rotate: yes}},
		"keepers removed":                       {plan: func(m *model) { m.Keepers = types.MapNull(types.StringType) }, want: decision{rotate: yes}},
		"recipients":                            {plan: func(m *model) { m.AgeRecipients = recipients(types.StringValue("age1x")) }, want: decision{rotate: yes}},
		"unknown name":                          {plan: func(m *model) { m.Name = types.StringUnknown() }, want: decision{rotate: maybe}},
		"unknown keepers":                       {plan: func(m *model) { m.Keepers = types.MapUnknown(types.StringType) }, want: decision{rotate: maybe}},
		"unknown keeper":                        {plan: func(m *model) { m.Keepers = keepers(types.StringUnknown()) }, want: decision{rotate: maybe}},
		"unknown recipient":                     {plan: func(m *model) { m.AgeRecipients = recipients(types.StringUnknown()) }, want: decision{rotate: maybe}},
		"unknown and changed":                   {plan: func(m *model) { m.Name, m.Keepers = types.StringUnknown(), keepers(types.StringValue("2")) }, want: decision{rotate: yes}},
		"unknown and due":                       {plan: func(m *model) { m.Name = types.StringUnknown() }, readAt: dueAt, want: decision{rotate: yes}},
		"unknown period":                        {plan: func(m *model) { m.RotateAfter = timetypes.NewGoDurationUnknown() }, readAt: dueAt, want: decision{rotate: maybe}},
		"unknown overlap":                       {plan: func(m *model) { m.Overlap = timetypes.NewGoDurationUnknown() }, readAt: soon},
		"longer period":                         {plan: func(m *model) { m.RotateAfter = timetypes.NewGoDurationValue(800 * time.Hour) }, readAt: dueAt},
		"shorter period":                        {plan: func(m *model) { m.RotateAfter = timetypes.NewGoDurationValue(time.Hour) }, readAt: soon, want: decision{rotate: yes}},
		"no period":                             {plan: func(m *model) { m.RotateAfter = timetypes.NewGoDurationNull() }, readAt: dueAt},
		"other overlap":                         {plan: func(m *model) { m.Overlap = timetypes.NewGoDurationValue(0) }, readAt: soon},
		"gone":                                  {state: []func(*model){gone}, want: decision{rotate: yes}},
		"imported":                              {state: []func(*model){imported}, plan: imported, readAt: soon},
		"imported, first keepers":               {state: []func(*model){imported}, readAt: soon},
		"imported, first keepers unknown":       {state: []func(*model){imported}, plan: func(m *model) { m.Keepers = types.MapUnknown(types.StringType) }},
		"imported, first recipients":            {state: []func(*model){imported}, plan: func(m *model) { m.AgeRecipients = recipients(types.StringValue("age1x")) }},
		"imported, second keepers":              {state: []func(*model){imported, func(m *model) { m.Keepers = keepers(types.StringValue("1")) }}, plan: func(m *model) { m.Keepers = keepers(types.StringValue("2")) }, want: decision{rotate: yes}},
		"imported, name":                        {state: []func(*model){imported}, plan: func(m *model) { m.Name = types.StringValue("cd") }, want: decision{rotate: yes}},
		"imported, due":                         {state: []func(*model){imported}, plan: imported, readAt: dueAt, want: decision{rotate: yes}},
		"previous":                              {state: []func(*model){withPrevious}, readAt: soon},
		"previous, over":                        {state: []func(*model){withPrevious}, readAt: created.Add(24 * time.Hour), want: decision{retire: true}},
		"previous, due and over":                {state: []func(*model){withPrevious}, readAt: dueAt, want: decision{rotate: yes, retire: true}},
		"previous, gone":                        {state: []func(*model){withPrevious, gone}, readAt: soon, want: decision{rotate: yes}},
		"no previous, but an instant to retire": {state: []func(*model){withPrevious, func(m *model) { m.PreviousID = types.StringNull() }}, readAt: dueAt.Add(-time.Second)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			state, plan := recorded(test.state...), recorded()
			if test.plan != nil {
				test.plan(plan)
			}
			if got := decide(plan, state, test.readAt); got != test.want {
				t.Errorf("decide = %+v, want %+v", got, test.want)
			}
		})
	}
}

// What a plan shows, attribute by attribute; what is not named stays as it was.
func TestApplyDecision(t *testing.T) {
	t.Parallel()
	text, null, unknown := types.StringValue, types.StringNull(), types.StringUnknown()
	renewed := map[string]attr.Value{"id": unknown, "key": unknown, "fingerprint": unknown, "creation_token": unknown,
		"key_name": unknown, "created_at": unknown, "rotate_at": unknown}
	and := func(more map[string]attr.Value) map[string]attr.Value {
		all := map[string]attr.Value{}
		maps.Copy(all, renewed)
		maps.Copy(all, more)
		return all
	}
	noPrevious := map[string]attr.Value{"previous_id": null, "previous_key": null, "previous_fingerprint": null, "previous_retire_at": null}
	for name, test := range map[string]struct {
		state    []func(*model)
		plan     func(*model)
		decision decision
		want     map[string]attr.Value
	}{
		"nothing":           {},
		"nothing, previous": {state: []func(*model){withPrevious}},
		"retire":            {state: []func(*model){withPrevious}, decision: decision{retire: true}, want: noPrevious},
		"rotate": {decision: decision{rotate: yes}, want: and(map[string]attr.Value{
			"previous_id": text("7"), "previous_key": text("ak_7"), "previous_fingerprint": text("f7"), "previous_retire_at": unknown})},
		"rotate, evicting": {state: []func(*model){withPrevious}, decision: decision{rotate: yes}, want: and(map[string]attr.Value{
			"previous_id": text("7"), "previous_key": text("ak_7"), "previous_fingerprint": text("f7"), "previous_retire_at": unknown})},
		"rotate and retire": {state: []func(*model){withPrevious}, decision: decision{rotate: yes, retire: true}, want: and(map[string]attr.Value{
			"previous_id": text("7"), "previous_key": text("ak_7"), "previous_fingerprint": text("f7"), "previous_retire_at": unknown})},
		"rotate without overlap": {state: []func(*model){withPrevious}, plan: func(m *model) { m.Overlap = timetypes.NewGoDurationValueFromStringMust("0s") },
			decision: decision{rotate: yes}, want: and(noPrevious)},
		"rotate, overlap unknown": {plan: func(m *model) { m.Overlap = timetypes.NewGoDurationUnknown() }, decision: decision{rotate: yes}, want: and(map[string]attr.Value{
			"previous_id": unknown, "previous_key": unknown, "previous_fingerprint": unknown, "previous_retire_at": unknown})},
		"rotate, no period": {plan: func(m *model) { m.RotateAfter = timetypes.NewGoDurationNull() }, decision: decision{rotate: yes}, want: and(map[string]attr.Value{
			"rotate_at": null, "previous_id": text("7"), "previous_key": text("ak_7"), "previous_fingerprint": text("f7"), "previous_retire_at": unknown})},
		"rotate, sealing": {plan: func(m *model) { m.AgeRecipients = recipients(text("age1x")) }, decision: decision{rotate: yes}, want: and(map[string]attr.Value{
			"key": null, "encrypted_key": unknown, "previous_id": text("7"), "previous_key": null, "previous_fingerprint": text("f7"), "previous_retire_at": unknown})},
		"rotate, recipients unknown": {plan: func(m *model) { m.AgeRecipients = types.ListUnknown(types.StringType) }, decision: decision{rotate: maybe}, want: and(map[string]attr.Value{
			"encrypted_key": unknown, "previous_id": unknown, "previous_key": unknown, "previous_fingerprint": unknown, "previous_retire_at": unknown})},
		"rotate, gone": {state: []func(*model){withPrevious, gone}, decision: decision{rotate: yes}, want: renewed},
		"rotate sealed, gone": {state: []func(*model){withPrevious, gone}, plan: func(m *model) { m.AgeRecipients = recipients(text("age1x")) },
			decision: decision{rotate: yes}, want: and(map[string]attr.Value{"key": null, "encrypted_key": unknown, "previous_key": null})},
		"maybe": {decision: decision{rotate: maybe}, want: and(map[string]attr.Value{
			"previous_id": unknown, "previous_key": unknown, "previous_fingerprint": unknown, "previous_retire_at": unknown})},
		"period": {plan: func(m *model) { m.RotateAfter = timetypes.NewGoDurationValueFromStringMust("25h") }, want: map[string]attr.Value{
			"rotate_at": timestamp(created.Add(25 * time.Hour))}},
		"period unknown": {plan: func(m *model) { m.RotateAfter = timetypes.NewGoDurationUnknown() }, decision: decision{rotate: maybe}, want: and(map[string]attr.Value{
			"previous_id": unknown, "previous_key": unknown, "previous_fingerprint": unknown, "previous_retire_at": unknown})},
		"leftovers": {state: []func(*model){func(m *model) { m.addLeftover(t.Context(), "5") }}, want: map[string]attr.Value{"leftover_ids": noStrings()}},
		"unresolved stays": {state: []func(*model){func(m *model) { m.UnresolvedCreationTokens = with(t.Context(), noStrings(), "t") }},
			want: map[string]attr.Value{"unresolved_creation_tokens": types.SetValueMust(types.StringType, []attr.Value{text("t")})}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			state, plan := recorded(test.state...), recorded()
			if test.plan != nil {
				test.plan(plan)
			}
			want := fields(state)
			for _, argument := range []string{"name", "description", "rotate_after", "overlap", "keepers", "age_recipients"} {
				want[argument] = fields(plan)[argument]
			}
			maps.Copy(want, test.want)
			test.decision.apply(plan, state)
			for attribute, got := range fields(plan) {
				if !got.Equal(want[attribute]) {
					t.Errorf("%s = %s, want %s", attribute, got, want[attribute])
				}
			}
		})
	}
}

// A plan of a new key shows what is known of it.
func TestPlanFirst(t *testing.T) {
	t.Parallel()
	for _, sealed := range []bool{false, true} {
		plan := recorded(imported, gone, func(m *model) { m.RotateAfter = timetypes.NewGoDurationNull() })
		if sealed {
			plan.AgeRecipients = recipients(types.StringValue("age1x"))
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
		"no period":             {recorded(func(m *model) { m.RotateAfter = timetypes.NewGoDurationNull(); m.date(created) }), dueAt, time.Time{}, false},
		"gone, previous lives":  {recorded(withPrevious, gone), retireAt.Add(-time.Second), time.Time{}, false},
		"gone, previous is due": {recorded(withPrevious, gone), retireAt, time.Time{}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := test.m.news(test.now, test.readAt); got != test.want {
				t.Errorf("news = %t, want %t", got, test.want)
			}
		})
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 23, 1, 56, 0, 0, time.FixedZone("", 3600))
	for name, want := range map[string]string{
		"ci": "ci-20261123T005600Z", "ci-20261123T005600Z": "ci-20261123T005600Z-20261123T005600Z", "a\nb": "a\nb-20261123T005600Z",
	} {
		got := nameOfGeneration(name, at)
		if got != want {
			t.Errorf("nameOfGeneration(%q) = %q, want %q", name, got, want)
		}
		if base := baseName(got); base != name {
			t.Errorf("baseName(%q) = %q, want %q", got, base, name)
		}
	}
	for _, name := range []string{"ci", "", "-20261123T005600Z", "ci-20261123", "ci-20261123T0056Z", "ci-20261123T005600Z-2"} {
		if got := baseName(name); got != name {
			t.Errorf("baseName(%q) = %q, want it unchanged", name, got)
		}
	}
}

func TestRotateAt(t *testing.T) {
	t.Parallel()
	hour := timetypes.NewGoDurationValue(time.Hour)
	for i, test := range []struct {
		created types.String
		after   timetypes.GoDuration
		want    types.String
	}{
		{timestamp(created), hour, types.StringValue("2026-11-01T13:00:00Z")},
		{timestamp(created), timetypes.NewGoDurationNull(), types.StringNull()},
		{timestamp(created), timetypes.NewGoDurationUnknown(), types.StringUnknown()},
		{types.StringUnknown(), hour, types.StringUnknown()},
		{types.StringUnknown(), timetypes.NewGoDurationNull(), types.StringNull()},
		{types.StringNull(), hour, types.StringNull()},
	} {
		if got := rotateAt(test.created, test.after); !got.Equal(test.want) {
			t.Errorf("%d: rotateAt(%s, %s) = %s, want %s", i, test.created, test.after, got, test.want)
		}
	}
}

func TestCheckDurations(t *testing.T) {
	t.Parallel()
	duration := func(s string) timetypes.GoDuration {
		switch s {
		case "":
			return timetypes.NewGoDurationNull()
		case "?":
			return timetypes.NewGoDurationUnknown()
		default:
			return timetypes.GoDuration{StringValue: types.StringValue(s)}
		}
	}
	for _, test := range []struct{ rotateAfter, overlap, summary, attribute string }{
		{"", "", "", ""},
		{"720h", "", "", ""},
		{"720h", "24h", "", ""},
		{"24h0m1s", "", "", ""},
		{"24h", "", "Overlap too long", "overlap"},
		{"12h", "", "Overlap too long", "overlap"},
		{"1h", "60m", "Overlap too long", "overlap"},
		{"1h", "59m", "", ""},
		{"1h", "0s", "", ""},
		{"", "0s", "", ""},
		{"", "9999h", "", ""},
		{"", "-1s", "Invalid overlap", "overlap"},
		{"1h", "-1s", "Invalid overlap", "overlap"},
		{"0s", "", "Invalid rotation period", "rotate_after"},
		{"-1h", "", "Invalid rotation period", "rotate_after"},
		{"0s", "?", "Invalid rotation period", "rotate_after"},
		{"?", "24h", "", ""},
		{"12h", "?", "", ""},
		{"?", "-1s", "Invalid overlap", "overlap"},
		// What is no duration at all is reported by its type.
		{"soon", "", "", ""},
		{"1h", "long", "", ""},
	} {
		diags := checkDurations(duration(test.rotateAfter), duration(test.overlap))
		var got string
		for _, d := range diags {
			got += d.Summary()
		}
		if got != test.summary {
			t.Errorf("rotate_after %q, overlap %q: %q, want %q", test.rotateAfter, test.overlap, got, test.summary)
			continue
		}
		if test.summary == "" {
			continue
		}
		if on, ok := diags[0].(diag.DiagnosticWithPath); !ok || on.Path().String() != test.attribute {
			t.Errorf("rotate_after %q, overlap %q: not reported on %s", test.rotateAfter, test.overlap, test.attribute)
		}
	}
}
