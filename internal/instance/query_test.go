package instance_test

import (
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"regexp"
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

const listBlock = "list \"nebula_instance\" \"all\" {\n  provider = nebula\n  include_resource = true\n%s\n}\n"

// leftovers is an account with machines of which a query must show two.
func leftovers(w *acctest.World) {
	w.API.AddInstance("train-1")
	w.API.SetInstancePhase(w.API.AddInstance("train-2"), fakenebula.PhaseStopped)
	w.API.AddReservedInstance("train-reserved")
	w.API.SetInstanceStatus(w.API.AddInstance("train-going"), "Deleting")
}

// A query finds machines with identity, name and what the list shows of them.
// Reserved ones and those on their way out are left out.
func TestAccQuery(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, acctest.Options{Fake: fakenebula.Options{Reading: fakenebula.Reading2025}})
	leftovers(w)
	const all = "nebula_instance.all"
	first := map[string]knownvalue.Check{"id": knownvalue.StringExact("1")}
	price, _, _ := big.ParseFloat("2.627", 10, 512, big.ToNearestEven)
	value := func(attribute string, check knownvalue.Check) querycheck.KnownValueCheck {
		return querycheck.KnownValueCheck{Path: tfjsonpath.New(attribute), KnownValue: check}
	}
	query := func(config string, checks ...querycheck.QueryResultCheck) resource.TestStep {
		return resource.TestStep{Query: true, Config: acctest.ProviderBlock() + fmt.Sprintf(listBlock, config), QueryResultChecks: checks}
	}
	w.Test(resource.TestCase{
		TerraformVersionChecks: []tfversion.TerraformVersionCheck{acctest.NeedsQuery()},
		Steps: []resource.TestStep{
			{Config: machineBlock(`name = "serve"`)},
			query("",
				querycheck.ExpectLength(all, 3),
				querycheck.ExpectIdentity(all, first),
				querycheck.ExpectResourceDisplayName(all, queryfilter.ByResourceIdentity(first), knownvalue.StringExact("train-1 (1, running)")),
				querycheck.ExpectResourceKnownValues(all, queryfilter.ByResourceIdentity(first), []querycheck.KnownValueCheck{
					value("name", knownvalue.StringExact("train-1")), value("status", knownvalue.StringExact("running")), value("price_per_hour", knownvalue.NumberExact(price)),
					value("wait_for", knownvalue.StringExact("address")), value("deletion_protection", knownvalue.Bool(false)),
					value("product_id", knownvalue.Null()), value("timeouts", knownvalue.Null()),
				})),
			query("config {\n name_regex = \"^train\"\n }", querycheck.ExpectLength(all, 2)),
		},
	})
}

// What a query generates, with what the API does not show written in, is
// imported without a change of any machine, and plans empty from then on.
func TestAccGeneratedConfiguration(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, acctest.Options{Fake: fakenebula.Options{Reading: fakenebula.Reading2025}})
	leftovers(w)
	cli := w.CLI(t)
	cli.Requires(acctest.NeedsQuery())
	cli.Write("provider.tf", "terraform {\n  required_providers {\n    nebula = {\n      source = \"nebulablock/nebula\"\n    }\n  }\n}\n"+acctest.ProviderBlock())
	cli.Write("all.tfquery.hcl", examples.Text("list-resources/nebula_instance/list-resource.tfquery.hcl"))
	cli.Run("query", "-no-color", "-generate-config-out=generated.tf").Expect(0, "train-1 (1, running)", "train-2 (2, stopped)").ExpectNot("reserved", "going")
	content, err := os.ReadFile(filepath.Join(cli.Dir, "generated.tf"))
	if err != nil {
		t.Fatal(err)
	}
	generated := string(content)
	if n := len(regexp.MustCompile(`power_state\s+= null`).FindAllString(generated, -1)); n != 2 {
		t.Errorf("the power is managed although nobody has asked for it:\n%s", generated)
	}
	for argument, value := range map[string]string{"product_id": aProduct, "image_id": imageID, "ssh_key_id": "1"} {
		empty := regexp.MustCompile(`(?m)^(\s*` + argument + `\s*=) null.*$`)
		if n := len(empty.FindAllString(generated, -1)); n != 2 {
			t.Errorf("%s is left open %d times, want 2:\n%s", argument, n, generated)
		}
		generated = empty.ReplaceAllString(generated, `$1 "`+value+`"`)
	}
	cli.Write("generated.tf", generated)
	w.API.ResetJournal()
	cli.Apply().Expect(0, "2 imported, 0 added, 2 changed, 0 destroyed", "Arguments cannot be compared", "The instance itself is not changed.")
	if err := w.ExpectCalls(acctest.Calls{})(nil); err != nil {
		t.Error(err)
	}
	cli.Plan().Expect(0, "No changes.")
}
