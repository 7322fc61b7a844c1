package keykit_test

import (
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/clock"
	"github.com/nebulablock/terraform-provider-nebula/internal/keykit"
	"github.com/nebulablock/terraform-provider-nebula/internal/keyring"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

var (
	text    = types.StringValue
	null    = types.StringNull()
	unknown = types.StringUnknown()
)

// Instants that lie ahead are believed by nobody; a recorded one stays.
func TestCreatedAt(t *testing.T) {
	t.Parallel()
	client, err := nebula.New(nebula.Config{BaseURL: "https://api.example.com/api/v1", Credential: nebula.APIKeyCredential("ak_0123456789")})
	if err != nil {
		t.Fatal(err)
	}
	keys := keyring.New(keyring.Options{Client: client, Clock: clock.NewFake(acctest.Start())})
	const (
		token  = "20261120T000000Z-abcdefghijklmnop"
		future = "20361120T000000Z-abcdefghijklmnop"
	)
	at := time.Date(2026, 11, 21, 0, 0, 0, 0, time.FixedZone("", 3600))
	for name, test := range map[string]struct {
		recorded types.String
		api      time.Time
		token    string
		want     types.String
	}{
		"nobody knows":           {null, time.Time{}, "", null},
		"the API knows":          {null, at, token, text("2026-11-20T23:00:00Z")},
		"the token knows":        {null, time.Time{}, token, text("2026-11-20T00:00:00Z")},
		"no time in the token":   {null, time.Time{}, "nonsense", null},
		"recorded":               {text("2026-01-02T03:04:05Z"), at, token, text("2026-01-02T03:04:05Z")},
		"recorded, ahead":        {text("2036-01-02T03:04:05Z"), at, token, text("2026-11-20T23:00:00Z")},
		"recorded, no time":      {text("yesterday"), at, token, text("2026-11-20T23:00:00Z")},
		"unknown while planning": {unknown, time.Time{}, token, text("2026-11-20T00:00:00Z")},
		"the API ahead":          {null, at.AddDate(10, 0, 0), token, text("2026-11-20T00:00:00Z")},
		"both ahead":             {null, at.AddDate(10, 0, 0), future, null},
		"a little ahead":         {null, acctest.Start().Add(4 * time.Minute), "", text("2026-11-23T02:00:00Z")},
	} {
		if got := keykit.CreatedAt(keys, test.recorded, test.api, test.token); !got.Equal(test.want) {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
	}
}

// A row without a team says nothing, and the team that the API chose is no
// change.
func TestTeamID(t *testing.T) {
	t.Parallel()
	seven := &nebula.Team{ID: "7"}
	for name, test := range map[string]struct {
		recorded types.String
		team     *nebula.Team
		imported bool
		want     types.String
	}{
		"no row has one":       {null, nil, false, null},
		"the row lacks it":     {text("7"), nil, false, text("7")},
		"the same":             {text("7"), seven, false, text("7")},
		"another":              {text("9"), seven, false, text("7")},
		"with a zero":          {text("07"), seven, false, text("07")},
		"of ten times that":    {text("70"), seven, false, text("7")},
		"the API's own choice": {null, seven, false, null},
		"imported":             {null, seven, true, text("7")},
		"imported, lacks it":   {null, nil, true, null},
	} {
		if got := keykit.TeamID(test.recorded, test.team, test.imported); !got.Equal(test.want) {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
	}
}

func TestOtherTeam(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		recorded, planned types.String
		adopted, want     bool
	}{
		{null, null, false, false},
		{text("7"), text("7"), false, false},
		{text("7"), text("9"), false, true},
		{null, text("7"), false, true},
		{text("7"), null, false, true},
		{text("7"), unknown, false, true},
		{null, text("7"), true, false},
		{text("7"), null, true, false},
		{text("7"), text("9"), true, true},
		{text("7"), text("007"), false, false},
		{text("7"), text("70"), false, true},
		{text("0"), text("00"), false, false},
		{text("a7"), text("a07"), false, true},
	} {
		if got := keykit.OtherTeam(test.recorded, test.planned, test.adopted); got != test.want {
			t.Errorf("%s to %s, adopted %t: %t", test.recorded, test.planned, test.adopted, got)
		}
	}
}

func keepers(elements map[string]attr.Value) types.Map {
	if elements == nil {
		return types.MapNull(types.StringType)
	}
	return types.MapValueMust(types.StringType, elements)
}

func TestOtherKeepers(t *testing.T) {
	t.Parallel()
	type elements = map[string]attr.Value
	none, empty, nulls := keepers(nil), keepers(elements{}), keepers(elements{"a": null, "b": null})
	one, two := keepers(elements{"a": text("1")}), keepers(elements{"a": text("2")})
	oneAndNull, late := keepers(elements{"a": text("1"), "b": null}), keepers(elements{"a": unknown})
	for name, test := range map[string]struct {
		recorded, planned types.Map
		made, adopted     bool // whether it means another key
	}{
		"none to none":    {none, none, false, false},
		"none to empty":   {none, empty, false, false},
		"empty to none":   {empty, none, false, false},
		"empty to nulls":  {empty, nulls, false, false},
		"nulls to none":   {nulls, none, false, false},
		"a null more":     {one, oneAndNull, false, false},
		"none to one":     {none, one, true, false},
		"nulls to one":    {nulls, one, true, false},
		"one to none":     {one, none, true, false},
		"one to nulls":    {one, nulls, true, false},
		"one to two":      {one, two, true, true},
		"none to late":    {none, late, true, false},
		"one to late":     {one, late, true, true},
		"one to unknown":  {one, types.MapUnknown(types.StringType), true, true},
		"none to unknown": {none, types.MapUnknown(types.StringType), true, false},
	} {
		if made, adopted := keykit.OtherKeepers(test.recorded, test.planned, false), keykit.OtherKeepers(test.recorded, test.planned, true); made != test.made || adopted != test.adopted {
			t.Errorf("%s: of a made key %t, of an adopted one %t", name, made, adopted)
		}
	}
}

func recipients(elements ...attr.Value) types.List {
	if elements == nil {
		return types.ListNull(types.StringType)
	}
	return types.ListValueMust(types.StringType, elements)
}

func TestOtherRecipients(t *testing.T) {
	t.Parallel()
	const (
		ageOne = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"
		ssh    = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIN9G7oDnNpzwbIqHDG1IW3E7modIWv4lNY8AZ22JFCYE"
		other  = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILZ+Q0uObdSLaKtCa3xnv/gSCtIXgrec0qeymm1c/N0D"
	)
	none := recipients()
	for name, test := range map[string]struct {
		recorded, planned types.List
		made, adopted     bool // whether it means another key
	}{
		"the same":          {recipients(text(ageOne)), recipients(text(ageOne)), false, false},
		"another order":     {recipients(text(ageOne), text(ssh)), recipients(text(ssh), text(ageOne)), false, false},
		"another comment":   {recipients(text(ssh + " me@here")), recipients(text(ssh + " me@there")), false, false},
		"no comment":        {recipients(text(ssh + " me@here")), recipients(text(ssh)), false, false},
		"a line break":      {recipients(text(ssh)), recipients(text(ssh + "\n")), false, false},
		"white space":       {recipients(text(ageOne)), recipients(text("  " + ageOne + " ")), false, false},
		"one of them twice": {recipients(text(ssh)), recipients(text(ssh), text(ssh+" again")), false, false},
		"another recipient": {recipients(text(ssh)), recipients(text(other)), true, true},
		"one more":          {recipients(text(ssh)), recipients(text(ssh), text(ageOne)), true, true},
		"first ones":        {none, recipients(text(ssh)), true, false},
		"lost":              {recipients(text(ssh)), none, true, false},
		"late":              {recipients(text(ssh)), recipients(unknown), true, true},
		"all late":          {recipients(text(ssh)), types.ListUnknown(types.StringType), true, true},
		"first ones, late":  {none, types.ListUnknown(types.StringType), true, false},
	} {
		made := keykit.OtherRecipients(t.Context(), test.recorded, test.planned, false)
		adopted := keykit.OtherRecipients(t.Context(), test.recorded, test.planned, true)
		if made != test.made || adopted != test.adopted {
			t.Errorf("%s: of a made key %t, of an adopted one %t", name, made, adopted)
		}
	}
}
