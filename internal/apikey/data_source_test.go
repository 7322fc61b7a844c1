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

const (
	someToken  = "20251123T015600Z-abcdefghijklmnop"
	otherToken = "20251123T015600Z-abcdefghijklmnox"
)

// The account of these tests: the provider's key has id 1.
func readersAccount() fakenebula.Options {
	return fakenebula.Options{APIKeys: []fakenebula.SeedKey{
		{Name: "ci", Description: "build " + someMarker},        // 2
		{Name: "twice", Description: "[tf:" + otherToken + "]"}, // 3
		{Name: "twice", Description: "by hand"},                 // 4
		{Name: "web"},                                           // 5
	}}
}

func TestAccDataSources(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, acctest.Options{Fake: readersAccount()})
	listed := func(id, name, description string, token knownvalue.Check) knownvalue.Check {
		return knownvalue.ObjectExact(map[string]knownvalue.Check{
			"id": knownvalue.StringExact(id), "name": knownvalue.StringExact(name), "description": knownvalue.StringExact(description), "creation_token": token,
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
			whole("by_id", listed("2", "ci", "build", knownvalue.StringExact(someToken))),
			whole("by_name", listed("5", "web", "", knownvalue.Null())),
			whole("one_of_two", listed("4", "twice", "by hand", knownvalue.Null())),
			statecheck.ExpectKnownValue("data.nebula_api_keys.all", tfjsonpath.New("ids"), ids("1", "2", "3", "4", "5")),
			statecheck.ExpectKnownValue("data.nebula_api_keys.managed", tfjsonpath.New("ids"), ids("2", "3")),
			statecheck.ExpectKnownValue("data.nebula_api_keys.managed", tfjsonpath.New("api_keys"), knownvalue.ListExact([]knownvalue.Check{
				listed("2", "ci", "build", knownvalue.StringExact(someToken)), listed("3", "twice", "", knownvalue.StringExact(otherToken)),
			})),
			whole("unmanaged", knownvalue.ListExact([]knownvalue.Check{
				listed("1", acctest.OwnKey, "", knownvalue.Null()), listed("4", "twice", "by hand", knownvalue.Null()), listed("5", "web", "", knownvalue.Null()),
			})),
			statecheck.ExpectKnownValue("data.nebula_api_keys.named", tfjsonpath.New("ids"), ids("2", "5")),
			statecheck.ExpectKnownValue("data.nebula_api_keys.both", tfjsonpath.New("ids"), ids("3")),
			statecheck.ExpectKnownValue("data.nebula_api_keys.nothing", tfjsonpath.New("ids"), ids()),
			statecheck.ExpectKnownValue("data.nebula_api_keys.nothing", tfjsonpath.New("api_keys"), ids()),
		},
	}}})
}

func TestAccDataSourceFinds(t *testing.T) {
	t.Parallel()
	c := acctest.NewStage(t, acctest.Options{Fake: readersAccount()})
	for _, test := range []struct {
		name, config string
		want         []string
	}{
		{"several", `data "nebula_api_key" "x" { name = "twice" }`, []string{"Several API keys match", `There are several API keys named "twice"; their ids are 3, 4.`, "(name)"}},
		{"no such name", `data "nebula_api_key" "x" { name = "nobody" }`, []string{"API key not found", `The account has no API key named "nobody".`}},
		{"part of a name", `data "nebula_api_key" "x" { name = "we" }`, []string{"API key not found"}},
		{"other case", `data "nebula_api_key" "x" { name = "WEB" }`, []string{"API key not found"}},
		{"no such id", `data "nebula_api_key" "x" { id = "4711" }`, []string{"API key not found", "The account has no API key with id 4711.", "(id)"}},
	} {
		c.Write("main.tf", test.config)
		c.Plan().Expect(1, test.want...)
	}
}

// An empty account is an empty list, not a fault; a faulty list is an error,
// not an empty account.
func TestAccDataSourcesAndFaults(t *testing.T) {
	t.Parallel()
	c := acctest.NewStage(t, acctest.Options{})
	w := c.World
	none, report := c.Data(t.Context(), rehearsal.DataSource{Address: "nebula_api_keys.all", Args: rehearsal.Args{"terraform_managed": true}})
	if report.Failed() || len(none.Texts("ids")) != 0 {
		t.Error(none, report)
	}
	for _, test := range faultsOfList {
		test.fault.Operation, test.fault.Times = opList, -1
		w.API.Inject(test.fault)
		c.Write("main.tf", acctest.ProviderBlock("max_retries = 0")+`data "nebula_api_keys" "all" {}`)
		c.Plan().Expect(1, "Error: Unable to list API keys", test.want)
		c.Write("main.tf", acctest.ProviderBlock("max_retries = 0")+`data "nebula_api_key" "one" { name = "n" }`)
		c.Plan().Expect(1, "Error: Unable to read API key", test.want).ExpectNot("not found")
		w.API.ClearFaults()
	}
}

// A data source that is read after something else in the same run sees what was
// changed outside in the meantime, as long as a few seconds have passed.
func TestAccDataSourceSeesOutsideChange(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		passed time.Duration
		want   string
	}{
		"at once": {time.Second, `after = "provider"`},
		"later":   {4 * time.Second, `after = "provider made outside"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.New(t, acctest.Options{})
			c := w.CLI(t)
			c.Write("main.tf", `
data "nebula_api_keys" "before" {}
resource "terraform_data" "change" {
  input = data.nebula_api_keys.before.ids
}
data "nebula_api_keys" "after" {
  depends_on = [terraform_data.change]
}
output "after" { value = join(" ", data.nebula_api_keys.after.api_keys[*].name) }
`)
			c.Apply("-target=terraform_data.change").Expect(0)
			var once sync.Once
			w.API.OnResponse(func(r fakenebula.Request) {
				once.Do(func() {
					w.API.AddKey("made outside", "")
					w.Clock.Advance(test.passed)
				})
			})
			c.Apply().Expect(0, test.want)
		})
	}
}

// In a plan that has refreshed a key, data sources share its list for longer;
// but a name that it lacks is looked for in a fresh one.
func TestAccDataSourcesOfALongPlan(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		data, want string
		lists      int
	}{
		"list":       {`data "nebula_api_keys" "late" {`, `late = 2`, 1},
		"by id":      {"data \"nebula_api_key\" \"late\" {\n  id = \"1\"", `late = 4`, 1},
		"by name":    {"data \"nebula_api_key\" \"late\" {\n  name = \"provider\"", `late = 4`, 1},
		"a new name": {"data \"nebula_api_key\" \"late\" {\n  name = \"made outside\"", `late = 4`, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.New(t, acctest.Options{})
			c := w.CLI(t)
			const key = "resource \"nebula_api_key\" \"this\" {\n  name = \"this\"\n}\n"
			c.Write("main.tf", key)
			c.Apply().Expect(0)
			w.API.ResetJournal()
			value := "length(data.nebula_api_key.late)"
			if name == "list" {
				value = "length(data.nebula_api_keys.late.ids)"
			}
			c.Write("main.tf", key+test.data+"\n  depends_on = [nebula_api_key.this]\n}\noutput \"late\" { value = "+value+" }\n")
			var once sync.Once
			w.API.OnResponse(func(fakenebula.Request) {
				once.Do(func() {
					w.API.AddKey("made outside", "")
					w.Clock.Advance(10 * time.Second)
				})
			})
			c.Plan().Expect(2, test.want)
			if got := w.API.Count(opList); got != test.lists {
				t.Errorf("%d lists, want %d", got, test.lists)
			}
		})
	}
}
