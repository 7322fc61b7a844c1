package catalog_test

import (
	"strings"
	"testing"

	"github.com/nebulablock/terraform-provider-nebula/examples"
	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
)

// The documentation's examples of catalogue, money and models, in one plan: what
// can be had and what it costs is known in it, to the last digit, and nothing is
// called to change anything.
func TestAccExamples(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, acctest.Options{Fake: fakenebula.Options{Billing: fakenebula.BillingOptions{Balance: "31.52400"}}})
	w.API.AddInstance("train")
	cli := w.CLI(t)
	cli.Write("provider.tf", "terraform {\n  required_providers {\n    nebula = {\n      source = \"nebulablock/nebula\"\n    }\n  }\n}\n")
	for _, name := range []string{"product", "products", "image", "images", "account", "invoices", "payments", "models"} {
		// Two examples choose a product, each by a name of its own here.
		text := strings.ReplaceAll(examples.Text("data-sources/nebula_"+name+"/data-source.tf"), `"nebula_product" "gpu"`, `"nebula_product" "gpu_of_`+name+`"`)
		cli.Write(name+".tf", strings.ReplaceAll(text, "nebula_product.gpu.", "nebula_product.gpu_of_"+name+"."))
	}
	cli.Plan().Expect(2,
		"+ price_per_hour = 0.697",
		`+ "1 x H100-80G-SXM in CANADA: 1 per hour, stock 99"`,
		`+ image = "Ubuntu Server 22.04 LTS R535 CUDA 12.2"`,
		"+ hours_left = 12",
		`+ "#NB-20241029181932-266 of EST 2024-10-29 14:19:32: 229.95"`,
		`+ "deepseek-ai/DeepSeek-R1-Distill-Llama-70B" = 32768`,
		"Warning: Check block assertion failed",
		"The credit of 31.524 US dollars lasts for less than a day at 2.627 per hour.")
	cli.Apply().Expect(0, "cost_of_the_last_day = ")
	if err := w.ExpectCalls(acctest.Calls{})(nil); err != nil {
		t.Error(err)
	}
}

// A plan reads each list once, whatever asks for it.
func TestAccRequests(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, acctest.Options{})
	cli := w.CLI(t)
	cli.Write("main.tf", `terraform {
  required_providers {
    nebula = {
      source = "nebulablock/nebula"
    }
  }
}
data "nebula_product" "each" {
  for_each = toset(["H100-80G-SXM", "H100-80G-PCIe", "A100-80G-PCIe", "RTX-A6000"])
  gpu      = each.key
}
data "nebula_image" "each" {
  for_each   = data.nebula_product.each
  product_id = each.value.id
  name_regex = "22.04"
  region     = each.value.region
}
data "nebula_account" "this" {}
output "per_hour" {
  value = sum([for p in data.nebula_product.each : p.price_per_hour])
}
`)
	cli.Plan().Expect(2, "per_hour = 6.191")
	for operation, want := range map[fakenebula.Operation]int{
		fakenebula.OpListProducts: 1, fakenebula.OpListImages: 1, fakenebula.OpListInstances: 1, fakenebula.OpAny: 4, // and the balance
	} {
		if got := w.API.Count(operation); got != want {
			t.Errorf("%q was asked for %d times, want %d", operation, got, want)
		}
	}
}
