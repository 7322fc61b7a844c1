package apikey_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/querycheck"
	"github.com/hashicorp/terraform-plugin-testing/querycheck/queryfilter"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/nebulablock/terraform-provider-nebula/examples"
	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
)

func listBlock(lines ...string) string {
	return "list \"nebula_api_key\" \"all\" {\n  provider = nebula\n  " + strings.Join(lines, "\n  ") + "\n}\n"
}

func identity(id string) map[string]knownvalue.Check {
	return map[string]knownvalue.Check{"id": knownvalue.StringExact(id)}
}

// A query finds keys by the filters of the data source, with identity, a
// display name and, when asked, the resource.
func TestAccQuery(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, acctest.Options{Fake: of2024()})
	w.API.AddKey("ci-1", "Used by CI")
	w.API.AddKey("ci-2", "")
	const all = "nebula_api_key.all"
	query := func(lines []string, checks ...querycheck.QueryResultCheck) resource.TestStep {
		return resource.TestStep{Query: true, Config: acctest.ProviderBlock() + listBlock(lines...), QueryResultChecks: checks}
	}
	null := func(attribute string) querycheck.KnownValueCheck {
		return querycheck.KnownValueCheck{Path: tfjsonpath.New(attribute), KnownValue: knownvalue.Null()}
	}
	is := func(attribute, value string) querycheck.KnownValueCheck {
		return querycheck.KnownValueCheck{Path: tfjsonpath.New(attribute), KnownValue: knownvalue.StringExact(value)}
	}
	w.Test(resource.TestCase{
		TerraformVersionChecks: []tfversion.TerraformVersionCheck{acctest.NeedsQuery()},
		Steps: []resource.TestStep{
			{Config: "resource \"nebula_api_key\" \"this\" {\n  name = \"made here\"\n  description = \"text\"\n}\n"},
			query(nil,
				querycheck.ExpectLength(all, 4),
				querycheck.ExpectIdentity(all, identity("1")),
				querycheck.ExpectIdentity(all, identity("4")),
				querycheck.ExpectResourceDisplayName(all, queryfilter.ByResourceIdentity(identity("2")), knownvalue.StringExact("ci-1 (2)"))),
			query([]string{"include_resource = true", "config {\n name_regex = \"^ci-1$\"\n }"},
				querycheck.ExpectLength(all, 1),
				querycheck.ExpectResourceKnownValues(all, queryfilter.ByResourceIdentity(identity("2")), []querycheck.KnownValueCheck{
					is("id", "2"), is("name", "ci-1"), is("description", "Used by CI"),
					null("key"), null("encrypted_key"), null("fingerprint"), null("creation_token"), null("created_at"), null("team_id"), null("keepers"), null("age_recipients"), null("timeouts"),
				})),
			query([]string{"include_resource = true", "config {\n terraform_managed = true\n }"},
				querycheck.ExpectLength(all, 1),
				querycheck.ExpectResourceKnownValues(all, queryfilter.ByResourceIdentity(identity("4")), []querycheck.KnownValueCheck{
					is("name", "made here"), is("description", "text"), is("created_at", "2026-11-23T01:56:00Z"), null("key"),
					{Path: tfjsonpath.New("creation_token"), KnownValue: knownvalue.StringRegexp(regexp.MustCompile(`^20261123T015600Z-[a-z2-7]{16}$`))},
				})),
			query([]string{"config {\n terraform_managed = false\n name_regex = \"^ci\"\n }"}, querycheck.ExpectLength(all, 2)),
			query([]string{"limit = 2"}, querycheck.ExpectLength(all, 2)),
			query([]string{"config {\n name_regex = \"nothing has this name\"\n }"}, querycheck.ExpectLength(all, 0)),
		},
	})
}

// One request serves a query, however many keys there are; what a name holds
// does not reach the terminal as it is.
func TestAccQueryAtLength(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, acctest.Options{Fake: of2024()})
	for i := range 149 {
		w.API.AddKey(fmt.Sprintf("n%d", i), "")
	}
	w.API.AddKey("red \x1b[31m", "")
	cli := w.CLI(t)
	cli.Requires(acctest.NeedsQuery())
	cli.Write("provider.tf", acctest.ProviderBlock())
	for limit, want := range map[string]int{"": 100, "limit = 3": 3, "limit = 1000": 151} {
		cli.Write("all.tfquery.hcl", listBlock(limit))
		w.API.ResetJournal()
		out := cli.Run("query", "-no-color").Expect(0).Stdout
		if n := strings.Count(out, "list.nebula_api_key.all"); n != want {
			t.Errorf("%q shows %d keys, want %d", limit, n, want)
		}
		if strings.Contains(out, "\x1b[31m") {
			t.Errorf("%q prints an escape sequence", limit)
		}
		if n := w.API.Count(fakenebula.OpAny); n != 1 {
			t.Errorf("%q made %d calls, want 1", limit, n)
		}
	}
}

// What -generate-config-out writes imports, and then plans empty.
func TestAccQueryGenerate(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, acctest.Options{Fake: of2024()})
	w.API.AddKey("plain", "")
	w.API.AddKey(`odd "text" ${x}`, "line\nbreak %{y} ü")
	w.API.AddKey("marked", "text [tf:20261101T000000Z-abcdefghijklmnop]")
	cli := w.CLI(t)
	cli.Requires(acctest.NeedsQuery())
	cli.Write("provider.tf", acctest.ProviderBlock())
	cli.Write("all.tfquery.hcl", listBlock("config {\n name_regex = \"^(plain|odd|marked)\"\n }"))
	cli.Run("query", "-no-color", "-generate-config-out=adopted.tf").Expect(0)
	generated, err := os.ReadFile(filepath.Join(cli.Dir, "adopted.tf"))
	if err != nil {
		t.Fatal(err)
	}
	if n := len(regexp.MustCompile(`provider +=`).FindAll(generated, -1)); n != 6 {
		t.Errorf("%d blocks name the provider, want 6:\n%s", n, generated)
	}
	cli.Plan().Expect(2, "Plan: 3 to import, 0 to add, 0 to change, 0 to destroy.")
	cli.Apply().Expect(0)
	cli.Plan().Expect(0, "No changes.")
	if err := w.ExpectCalls(acctest.Calls{})(nil); err != nil {
		t.Error(err)
	}
	cli.Destroy().Expect(0)
	expectNames(t, w)
}

// A query that cannot be answered says why, and shows nothing.
func TestAccQueryErrors(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		block       []string
		environment map[string]string
		fault       fakenebula.Fault
		want        []string
	}{
		"no expression": {
			block: []string{"config {\n name_regex = \"(\"\n }"},
			want:  []string{"Invalid regular expression"},
		},
		"broken list": {
			environment: map[string]string{"NEBULA_MAX_RETRIES": "0"},
			fault:       fakenebula.Fault{Operation: fakenebula.OpListKeys, Rewrite: fakenebula.WithData("null"), Times: -1},
			want:        []string{"Unable to list API keys", "GET /api-keys was answered with HTTP 200 OK"},
		},
		"forbidden": {
			fault: fakenebula.Fault{Operation: fakenebula.OpListKeys, Answer: fakenebula.Failed(403, "ask your administrator"), Times: -1},
			want:  []string{"Unable to list API keys", "ask your administrator"},
		},
		"no credential": {
			environment: map[string]string{"NEBULA_API_KEY": ""},
			want:        []string{"NEBULA_API_KEY"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.New(t, acctest.Options{Fake: of2024(), Environment: test.environment})
			cli := w.CLI(t)
			cli.Requires(acctest.NeedsQuery())
			if test.fault.Operation != "" {
				w.API.Inject(test.fault)
			}
			cli.Write("provider.tf", acctest.ProviderBlock())
			cli.Write("all.tfquery.hcl", listBlock(test.block...))
			cli.Run("query", "-no-color").Expect(1, test.want...).ExpectNot("provider (1)")
		})
	}
}

// The documentation's example of a query.
func TestAccQueryExample(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, acctest.Options{Fake: of2024()})
	w.API.AddKey("ci-1", "")
	w.API.AddKey("ci-2", "[tf:20261101T000000Z-abcdefghijklmnop]")
	cli := w.CLI(t)
	cli.Requires(acctest.NeedsQuery())
	cli.Write("provider.tf", acctest.ProviderBlock())
	cli.Write("keys.tfquery.hcl", examples.Text("list-resources/nebula_api_key/list-resource.tfquery.hcl"))
	cli.Run("query", "-no-color").Expect(0, "list.nebula_api_key.made_by_hand id=2 ci-1 (2)").ExpectNot("id=3", "id=1")
	cli.Run("query", "-no-color", "-generate-config-out=adopted.tf").Expect(0)
	cli.Apply().Expect(0, "1 imported, 0 added, 0 changed, 0 destroyed")
	cli.Plan().Expect(0)
}
