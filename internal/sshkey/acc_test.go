package sshkey_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/querycheck"
	"github.com/hashicorp/terraform-plugin-testing/querycheck/queryfilter"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/nebulablock/terraform-provider-nebula/examples"
	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
)

// written is a configuration of one SSH key.
func written(name, publicKey string) string {
	return fmt.Sprintf("resource \"nebula_ssh_key\" \"this\" {\n  name       = %q\n  public_key = %q\n}\n", name, publicKey)
}

// The life of an SSH key at the command line: made, renamed,
// replaced, imported, deleted. It runs against a real account, too.
func TestAccLife(t *testing.T) {
	t.Parallel()
	// The API's other reading is TestLife's, in process.
	w := acctest.New(t, acctest.Options{LiveToo: true, Fake: fakenebula.Options{Reading: fakenebula.Reading2024}})
	// The process tells keys of one account apart.
	first, second := os.Getpid()*2, os.Getpid()*2+1
	action := func(a plancheck.ResourceActionType) resource.ConfigPlanChecks {
		return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(this, a)}}
	}
	step := func(a plancheck.ResourceActionType, name, publicKey string, calls acctest.Calls) resource.TestStep {
		return resource.TestStep{
			Config: written(name, publicKey), ConfigPlanChecks: action(a),
			Check: resource.ComposeTestCheckFunc(
				resource.TestCheckResourceAttr(this, "name", name),
				resource.TestCheckResourceAttr(this, "public_key", publicKey),
				resource.TestCheckResourceAttrSet(this, "id"),
				w.ExpectCalls(calls), w.ExpectLive(fakenebula.KindSSHKey, name),
			),
		}
	}
	w.Test(resource.TestCase{CheckDestroy: w.NothingLeft, Steps: []resource.TestStep{
		step(plancheck.ResourceActionCreate, w.Name("a"), line(first, "me"), acctest.Calls{opCreate: 1}),
		// Another comment and a line break are in the state, and nowhere else.
		step(plancheck.ResourceActionUpdate, w.Name("b"), line(first)+"\n", acctest.Calls{opRename: 1}),
		step(plancheck.ResourceActionReplace, w.Name("b"), line(second), acctest.Calls{opCreate: 1, opDelete: 1}),
		{ResourceName: this, ImportState: true, ImportStateVerify: true, ImportStateVerifyIgnore: []string{"public_key", "created_at"}},
	}})
}

// Errors about an argument stand on its line.
func TestAccErrorsAreOnTheirArgument(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, acctest.Options{Fake: fakenebula.Options{Reading: fakenebula.Reading2025}})
	w.API.AddSSHKey("hers", line(1, "hers"))
	cli := w.CLI(t)
	cli.Write("main.tf", written("mine", line(1)))
	cli.Apply().Expect(1, "on main.tf line 3, in resource", `SSH key 1, named "hers"`, "import {")
	cli.Write("main.tf", written("mine", "no-pty "+line(1)))
	cli.Plan().Expect(1, "on main.tf line 3, in resource", "SSH public key with options")
	w.API.Inject(fakenebula.Fault{Operation: opCreate, Times: 2, Answer: fakenebula.DetailList(422,
		fakenebula.FieldError{Type: "too_long", Loc: []string{"body", "key_name"}, Msg: "Too long"})})
	cli.Write("main.tf", written("mine", line(2)))
	cli.Apply().Expect(1, "on main.tf line 2, in resource", "key_name: Too long")
}

// The documentation's examples work as they stand.
func TestAccExamples(t *testing.T) {
	t.Parallel()
	pub := examples.Text("resources/nebula_ssh_key/laptop.pub")
	for file, before := range map[string]int{
		"resources/nebula_ssh_key/resource.tf":            0,
		"resources/nebula_ssh_key/import-by-string-id.tf": 1,
		"data-sources/nebula_ssh_key/data-source.tf":      1,
		"data-sources/nebula_ssh_keys/data-source.tf":     1,
	} {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			// Imports name id 5.
			w := acctest.New(t, acctest.Options{Fake: fakenebula.Options{FirstID: 5}})
			for range before {
				w.API.AddSSHKey("laptop", strings.TrimSpace(pub))
			}
			cli := w.CLI(t)
			cli.Write("laptop.pub", pub)
			cli.Write("versions.tf", "terraform {\n  required_providers {\n    nebula = {\n      source = \"nebulablock/nebula\"\n    }\n  }\n}\n")
			cli.Write("main.tf", examples.Text(file))
			cli.Apply().Expect(0)
			if n := len(w.API.SSHKeys()); n != 1 {
				t.Errorf("%d SSH keys", n)
			}
			cli.Plan().Expect(0, "No changes.")
			cli.Destroy().Expect(0)
		})
	}
}

const listBlock = "list \"nebula_ssh_key\" \"all\" {\n  provider = nebula\n  include_resource = true\n%s\n}\n"

// A query finds SSH keys with identity, display name and resource.
func TestAccQuery(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, acctest.Options{})
	w.API.AddSSHKey("ci-1", line(1, "me"))
	w.API.AddSSHKey("laptop", line(2))
	const all = "nebula_ssh_key.all"
	first := map[string]knownvalue.Check{"id": knownvalue.StringExact("1")}
	value := func(attribute string, check knownvalue.Check) querycheck.KnownValueCheck {
		return querycheck.KnownValueCheck{Path: tfjsonpath.New(attribute), KnownValue: check}
	}
	w.Test(resource.TestCase{
		TerraformVersionChecks: []tfversion.TerraformVersionCheck{acctest.NeedsQuery()},
		Steps: []resource.TestStep{
			{Config: written("made here", line(3))},
			{Query: true, Config: acctest.ProviderBlock() + fmt.Sprintf(listBlock, ""), QueryResultChecks: []querycheck.QueryResultCheck{
				querycheck.ExpectLength(all, 3),
				querycheck.ExpectIdentity(all, first),
				querycheck.ExpectResourceDisplayName(all, queryfilter.ByResourceIdentity(first), knownvalue.StringExact("ci-1 (1)")),
				querycheck.ExpectResourceKnownValues(all, queryfilter.ByResourceIdentity(first), []querycheck.KnownValueCheck{
					value("name", knownvalue.StringExact("ci-1")), value("public_key", knownvalue.StringExact(line(1, "me"))),
					value("fingerprint", knownvalue.StringExact(fingerprint(1))), value("timeouts", knownvalue.Null()),
				}),
			}},
			{Query: true, Config: acctest.ProviderBlock() + fmt.Sprintf(listBlock, "config {\n name_regex = \"^ci\"\n }"),
				QueryResultChecks: []querycheck.QueryResultCheck{querycheck.ExpectLength(all, 1)}},
		},
	})
}

// What a query generates is imported without a change.
func TestAccGeneratedConfiguration(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, acctest.Options{})
	cli := w.CLI(t)
	cli.Requires(acctest.NeedsQuery())
	w.API.AddSSHKey("ci-1", line(1, "me"))
	w.API.AddSSHKey("ci-2", line(2))
	cli.Write("provider.tf", "terraform {\n  required_providers {\n    nebula = {\n      source = \"nebulablock/nebula\"\n    }\n  }\n}\n"+acctest.ProviderBlock())
	cli.Write("all.tfquery.hcl", examples.Text("list-resources/nebula_ssh_key/list-resource.tfquery.hcl"))
	cli.Run("query", "-no-color", "-generate-config-out=generated.tf").Expect(0)
	cli.Apply().Expect(0, "2 imported, 0 added, 0 changed, 0 destroyed")
	cli.Plan().Expect(0)
}
