package catalog

import (
	"cmp"
	"context"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"unicode"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/machinekit"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// filters are the arguments by which products are chosen. Null ones choose
// nothing.
type filters struct {
	Region          types.String `tfsdk:"region"`
	GPU             types.String `tfsdk:"gpu"`
	GPUType         types.String `tfsdk:"gpu_type"`
	GPUCount        types.Int64  `tfsdk:"gpu_count"`
	MinCPUCores     types.Int64  `tfsdk:"min_cpu_cores"`
	MinRAMGB        types.Int64  `tfsdk:"min_ram_gb"`
	ProductType     types.String `tfsdk:"product_type"`
	MaxPricePerHour types.Number `tfsdk:"max_price_per_hour"`
	Available       types.Bool   `tfsdk:"available"`
}

// rule is one filter: it says why a product falls out, or "".
type rule func(nebula.Product) string

// rules are the filters that are set, in the order in which people are told of
// them: what a product is, then what it costs, then whether it can be had.
func (f *filters) rules() []rule {
	var rules []rule
	is := func(argument string, want types.String, have func(nebula.Product) nebula.Text) {
		if !want.IsNull() {
			rules = append(rules, func(p nebula.Product) string {
				if sameWord(want.ValueString(), string(have(p))) {
					return ""
				}
				return fmt.Sprintf("%s is %s", argument, tfkit.Quoted(string(have(p))))
			})
		}
	}
	atLeast := func(argument string, want types.Int64, have func(nebula.Product) nebula.Number, exactly bool) {
		if !want.IsNull() {
			rules = append(rules, func(p nebula.Product) string {
				n, known := have(p).Int()
				if known && (n == want.ValueInt64() || !exactly && n > want.ValueInt64()) {
					return ""
				}
				return fmt.Sprintf("%s is %s", argument, cmp.Or(string(have(p)), "not known"))
			})
		}
	}
	is("region", f.Region, func(p nebula.Product) nebula.Text { return p.Region })
	is("gpu", f.GPU, func(p nebula.Product) nebula.Text { return p.GPU })
	is("gpu_type", f.GPUType, func(p nebula.Product) nebula.Text { return p.GPUType })
	is("product_type", f.ProductType, func(p nebula.Product) nebula.Text { return p.Type })
	atLeast("gpu_count", f.GPUCount, func(p nebula.Product) nebula.Number { return p.GPUCount }, true)
	atLeast("cpu_cores", f.MinCPUCores, func(p nebula.Product) nebula.Number { return p.CPUCores }, false)
	atLeast("ram_gb", f.MinRAMGB, func(p nebula.Product) nebula.Number { return p.RAM }, false)
	if !f.MaxPricePerHour.IsNull() {
		rules = append(rules, func(p nebula.Product) string {
			price, ok := new(big.Float).SetString(string(p.PricePerHour))
			if ok && price.Cmp(f.MaxPricePerHour.ValueBigFloat()) <= 0 {
				return ""
			}
			return "price_per_hour is " + cmp.Or(string(p.PricePerHour), "not known")
		})
	}
	// Null is true: what cannot be had now is no use, unless it is asked for.
	if f.Available.IsNull() || f.Available.ValueBool() {
		rules = append(rules, func(p nebula.Product) string {
			if p.CanBeHad() {
				return ""
			}
			return "it is not available now"
		})
	}
	return rules
}

// sameWord compares names as the vendor writes them: "RTX-A6000" is "rtx a6000"
// and "RTX_A6000".
func sameWord(a, b string) bool { return plainWord(a) == plainWord(b) }

func plainWord(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}

// choice is what the filters make of a catalogue.
type choice struct {
	// fitting passed all filters, cheapest first.
	fitting []nebula.Product
	// nearest are those that failed the fewest filters, cheapest first, and why
	// tells which, by id.
	nearest []nebula.Product
	why     map[nebula.ID]string
}

// choose applies the filters. Ties are broken by id, so that two runs choose
// the same.
func choose(products []nebula.Product, f *filters) choice {
	rules := f.rules()
	c := choice{why: map[nebula.ID]string{}}
	fewest := len(rules) + 1
	for _, p := range products {
		var reasons []string
		for _, rule := range rules {
			if reason := rule(p); reason != "" {
				reasons = append(reasons, reason)
			}
		}
		switch {
		case len(reasons) == 0:
			c.fitting = append(c.fitting, p)
		case len(reasons) < fewest:
			fewest, c.nearest = len(reasons), []nebula.Product{p}
		case len(reasons) == fewest:
			c.nearest = append(c.nearest, p)
		}
		c.why[p.ID] = strings.Join(reasons, ", ")
	}
	slices.SortFunc(c.fitting, machinekit.Cheaper)
	slices.SortFunc(c.nearest, machinekit.Cheaper)
	return c
}

// mostShown bounds how many products a message lists.
const mostShown = 10

func showAll(products []nebula.Product, more func(nebula.Product) string) string {
	lines := make([]string, 0, mostShown)
	for _, p := range products[:min(len(products), mostShown)] {
		lines = append(lines, "  "+machinekit.Show(p)+more(p))
	}
	if left := len(products) - mostShown; left > 0 {
		lines = append(lines, fmt.Sprintf("  and %d more", left))
	}
	return strings.Join(lines, "\n")
}

// allProducts gives the catalogue, or reports why it cannot be had.
func allProducts(ctx context.Context, op *tfkit.Operation) ([]nebula.Product, bool) {
	products, err := machinekit.Products(op.Services).ForRead().All(ctx)
	if err != nil {
		op.Fail(tfkit.Failure{Err: err})
		return nil, false
	}
	return products, true
}
