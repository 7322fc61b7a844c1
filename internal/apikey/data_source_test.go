package apikey_test

import (
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

const otherToken = "20251123T015600Z-abcdefghijklmnox"

// The account of these tests: the provider's key has id 1.
func readers(t *testing.T) *acctest.World {
	t.Helper()
	return acctest.New(t, acctest.Options{Fake: fakenebula.Options{Reading: fakenebula.Reading2024, APIKeys: accountOfReaders()}})
}

func accountOfReaders() []fakenebula.SeedKey {
	return []fakenebula.SeedKey{
		{Name: "ci", Description: "build " + someMarker},        // 2
		{Name: "twice", Description: "[tf:" + otherToken + "]"}, // 3
		{Name: "twice", Description: "by hand"},                 // 4
		{Name: "web"},                                           // 5
	}
}

// Every filter, in one run of a command line.
func TestAccDataSources(t *testing.T) {
	t.Parallel()
	w := readers(t)
	null := knownvalue.Null()
	listed := func(id, name, description string, token, created knownvalue.Check) knownvalue.Check {
		return knownvalue.ObjectExact(map[string]knownvalue.Check{
			"id": knownvalue.StringExact(id), "name": knownvalue.StringExact(name), "description": knownvalue.StringExact(description),
			"creation_token": token, "created_at": created, "team_id": null, "active": null,
		})
	}
	ids := func(list ...string) knownvalue.Check {
		var checks []knownvalue.Check
		for _, id := range list {
			checks = append(checks, knownvalue.StringExact(id))
		}
		return knownvalue.ListExact(checks)
	}
	whole := func(name string, want knownvalue.Check) statecheck.StateCheck {
		return statecheck.ExpectKnownOutputValue(name, want)
	}
	at := knownvalue.StringExact("2025-11-23T01:56:00Z")
	w.Test(resource.TestCase{Steps: []resource.TestStep{{
		Config: `
data "nebula_api_key" "by_id"      { id = "2" }
data "nebula_api_key" "by_name"    { name = "web" }
data "nebula_api_key" "one_of_two" { id = "4" }
data "nebula_api_keys" "all"       {}
data "nebula_api_keys" "managed"   { terraform_managed = true }
data "nebula_api_keys" "unmanaged" { terraform_managed = false }
data "nebula_api_keys" "named"     { name_regex = "^(ci|web)$" }
data "nebula_api_keys" "both"      {
  name_regex        = "w"
  terraform_managed = true
}
data "nebula_api_keys" "nothing"   { name_regex = "nobody has this" }

output "by_id"      { value = data.nebula_api_key.by_id }
output "by_name"    { value = data.nebula_api_key.by_name }
output "one_of_two" { value = data.nebula_api_key.one_of_two }
output "unmanaged"  { value = data.nebula_api_keys.unmanaged.api_keys }
`,
		ConfigStateChecks: []statecheck.StateCheck{
			whole("by_id", listed("2", "ci", "build", knownvalue.StringExact(someToken), at)),
			whole("by_name", listed("5", "web", "", null, null)),
			whole("one_of_two", listed("4", "twice", "by hand", null, null)),
			statecheck.ExpectKnownValue("data.nebula_api_keys.all", tfjsonpath.New("ids"), ids("1", "2", "3", "4", "5")),
			statecheck.ExpectKnownValue("data.nebula_api_keys.managed", tfjsonpath.New("ids"), ids("2", "3")),
			statecheck.ExpectKnownValue("data.nebula_api_keys.managed", tfjsonpath.New("api_keys"), knownvalue.ListExact([]knownvalue.Check{
				listed("2", "ci", "build", knownvalue.StringExact(someToken), at), listed("3", "twice", "", knownvalue.StringExact(otherToken), at),
			})),
			whole("unmanaged", knownvalue.ListExact([]knownvalue.Check{
				listed("1", acctest.OwnKey, "", null, null), listed("4", "twice", "by hand", null, null), listed("5", "web", "", null, null),
			})),
			statecheck.ExpectKnownValue("data.nebula_api_keys.named", tfjsonpath.New("ids"), ids("2", "5")),
			statecheck.ExpectKnownValue("data.nebula_api_keys.both", tfjsonpath.New("ids"), ids("3")),
			statecheck.ExpectKnownValue("data.nebula_api_keys.nothing", tfjsonpath.New("ids"), ids()),
			statecheck.ExpectKnownValue("data.nebula_api_keys.nothing", tfjsonpath.New("api_keys"), ids()),
		},
	}}})
}

// What rows of 2025 tell, and what they do not.
func TestDataSourcesWithoutDescriptions(t *testing.T) {
	t.Parallel()
	s := stageOf(t, rehearsal.Args{"name": "of a team", "team_id": "7"}, of2025())
	s.Apply().Succeeds()
	id := stored(s)["id"]
	s.API.SetActive(id, false)
	found, told := s.Looked("nebula_api_key", rehearsal.Args{"id": id})
	told.Succeeds().Silent()
	if found.Text("team_id") != "7" || found.Text("created_at") != acctest.Start().Format(time.RFC3339) || !found.Null("description") || !found.Null("creation_token") {
		t.Errorf("found %v", found)
	}
	var active bool
	if found["active"].As(&active) != nil || active {
		t.Errorf("active is %s", found["active"])
	}
	// A key whose marker cannot be seen passes for neither: a clean-up must not
	// take it for somebody else's.
	for _, managed := range []bool{true, false} {
		found, told := s.Looked("nebula_api_keys", rehearsal.Args{"terraform_managed": managed})
		told.Succeeds("Warning: Ownership markers cannot be seen")
		if n := len(found.Texts("ids")); n != 0 || len(told.Diagnostics) != 1 {
			t.Errorf("%t: %d keys, %s", managed, n, told.Text())
		}
	}
	if found, _ := s.Looked("nebula_api_keys", nil); len(found.Texts("ids")) != 2 {
		t.Errorf("without the filter: %v", found)
	}
}

func TestDataSourceFinds(t *testing.T) {
	t.Parallel()
	s := acctest.NewStage(t, acctest.Options{Fake: fakenebula.Options{APIKeys: accountOfReaders()}})
	for name, test := range map[string]struct {
		args rehearsal.Args
		want []string
	}{
		"several":        {rehearsal.Args{"name": "twice"}, []string{"Several API keys match", `There are several API keys named "twice"; their ids are 3, 4.`}},
		"no such name":   {rehearsal.Args{"name": "nobody"}, []string{"API key not found", `The account has no API key named "nobody".`}},
		"part of a name": {rehearsal.Args{"name": "we"}, []string{"API key not found"}},
		"other case":     {rehearsal.Args{"name": "WEB"}, []string{"API key not found"}},
		"no such id":     {rehearsal.Args{"id": "4711"}, []string{"API key not found", "The account has no API key with id 4711."}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, told := s.Looked("nebula_api_key", test.args)
			told.Fails(test.want...)
		})
	}
}

// An empty account is an empty list, not a fault; a faulty list is an error,
// not an empty account.
func TestDataSourcesAndFaults(t *testing.T) {
	t.Parallel()
	for _, test := range faultsOfList {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := acctest.NewStage(t, acctest.Options{Fake: of2024()})
			s.Provider = rehearsal.Args{"max_retries": 0}
			test.fault.Operation, test.fault.Times = opList, -1
			s.API.Inject(test.fault)
			_, told := s.Looked("nebula_api_keys", nil)
			told.Fails("Error: Unable to list API keys", test.want)
			_, told = s.Looked("nebula_api_key", rehearsal.Args{"name": "n"})
			told.Fails("Error: Unable to read API key", test.want).ExpectNot("not found")
			s.API.ClearFaults()
			if found, told := s.Looked("nebula_api_keys", rehearsal.Args{"terraform_managed": true}); len(found.Texts("ids")) != 0 || told.ExitCode != 0 {
				t.Errorf("found %v, %s", found, told.Text())
			}
		})
	}
}

// In a plan that has refreshed a key, data sources share its list for longer
// than in an apply; but a name that it lacks is looked for in a fresh one.
func TestAccDataSourcesOfALongPlan(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, acctest.Options{})
	c := w.CLI(t)
	const key = "resource \"nebula_api_key\" \"this\" {\n  name = \"this\"\n}\n"
	c.Write("main.tf", key)
	c.Apply().Expect(0)
	var once sync.Once
	w.API.OnResponse(func(r fakenebula.Request) {
		if r.Operation == opList {
			once.Do(func() {
				w.API.AddKey("made outside", "")
				w.Clock.Advance(10 * time.Second)
			})
		}
	})
	w.API.ResetJournal()
	late := func(kind, argument string) string {
		return "data \"" + kind + "\" \"late\" {\n  " + argument + "\n  depends_on = [nebula_api_key.this]\n}\n"
	}
	c.Write("main.tf", key+late("nebula_api_keys", "")+late("nebula_api_key", `name = "provider"`)+
		"output \"seen\" { value = length(data.nebula_api_keys.late.ids) }\n")
	c.Plan().Expect(2, "seen = 2")
	expectOps(t, w, opList)
	c.Write("main.tf", key+late("nebula_api_key", `name = "made outside"`)+"output \"seen\" { value = data.nebula_api_key.late.name }\n")
	c.Plan().Expect(2, `seen = "made outside"`)
}
