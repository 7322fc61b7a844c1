package catalog

import (
	"cmp"
	"math/big"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/machinekit"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

func products(t *testing.T) []nebula.Product {
	t.Helper()
	return []nebula.Product{
		{ID: "a", Region: "CANADA", DCID: "1", Type: "Container", PricePerHour: "1.0", CPUCores: "24", RAM: "200", GPU: "H100-80G-SXM", GPUType: "H100", GPUCount: "1", Stock: "99"},
		{ID: "b", Region: "CANADA", DCID: "2", Type: "Virtual Machine", PricePerHour: "2.627", CPUCores: "28", RAM: "180", GPU: "H100-80G-PCIe", GPUType: "H100", GPUCount: "1", Stock: "99"},
		{ID: "d", Region: "NORWAY", DCID: "2", Type: "Virtual Machine", PricePerHour: "0.697", CPUCores: "28", RAM: "58", GPU: "RTX-A6000", GPUType: "RTX", GPUCount: "1", Stock: "3"},
		{ID: "c", Region: "CANADA", DCID: "2", Type: "Virtual Machine", PricePerHour: "0.697", CPUCores: "28", RAM: "58", GPU: "RTX-A6000", GPUType: "RTX", GPUCount: "2", Stock: "1"},
		{ID: "e", Region: "CANADA", DCID: "2", Type: "Virtual Machine", PricePerHour: "0.1", CPUCores: "8", RAM: "16", GPU: "RTX-A4000", GPUType: "RTX", GPUCount: "1", Stock: "0"},
		{ID: "f", Region: "CANADA", DCID: "2", Type: "Virtual Machine", CPUCores: "8", RAM: "16", GPU: "L40", GPUType: "L40", GPUCount: "1"},
	}
}

func number(text string) types.Number {
	f, _, err := big.ParseFloat(text, 10, 512, big.ToNearestEven)
	if err != nil {
		panic(err)
	}
	return types.NumberValue(f)
}

func TestFilters(t *testing.T) {
	t.Parallel()
	text, whole := types.StringValue, types.Int64Value
	for name, test := range map[string]struct {
		filters filters
		want    []nebula.ID
	}{
		"none: cheapest first, ties by id, unknown price last": {filters{}, []nebula.ID{"c", "d", "a", "b", "f"}},
		"also what cannot be had":                              {filters{Available: types.BoolValue(false)}, []nebula.ID{"e", "c", "d", "a", "b", "f"}},
		"only what can be had":                                 {filters{Available: types.BoolValue(true), GPUType: text("RTX")}, []nebula.ID{"c", "d"}},
		"model without case, with other hyphens":               {filters{GPU: text("rtx a6000")}, []nebula.ID{"c", "d"}},
		"model is not a part":                                  {filters{GPU: text("RTX")}, nil},
		"region":                                               {filters{Region: text("norway")}, []nebula.ID{"d"}},
		"type":                                                 {filters{ProductType: text("virtual-machine"), GPUType: text("h100")}, []nebula.ID{"b"}},
		"number of GPUs is exact":                              {filters{GPUCount: whole(2)}, []nebula.ID{"c"}},
		"least cores and memory":                               {filters{MinCPUCores: whole(24), MinRAMGB: whole(181)}, []nebula.ID{"a"}},
		"price at the limit":                                   {filters{MaxPricePerHour: number("0.697")}, []nebula.ID{"c", "d"}},
		"price just below the limit":                           {filters{MaxPricePerHour: number("0.6969999999999999999")}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []nebula.ID
			for _, p := range choose(products(t), &test.filters).fitting {
				got = append(got, p.ID)
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("chose %v, want %v", got, test.want)
			}
		})
	}
}

// What a row does not say passes no filter, not even one that asks for nothing.
func TestFiltersOfWhatIsNotKnown(t *testing.T) {
	t.Parallel()
	whole, bare := types.Int64Value, []nebula.Product{{ID: "bare", Stock: "1"}}
	if len(choose(bare, &filters{}).fitting) != 1 {
		t.Error("without filters it is not found")
	}
	for why, f := range map[string]filters{
		`region is ""`: {Region: types.StringValue("CANADA")}, "gpu_count is not known": {GPUCount: whole(0)}, "cpu_cores is not known": {MinCPUCores: whole(0)},
		"ram_gb is not known": {MinRAMGB: whole(0)}, "price_per_hour is not known": {MaxPricePerHour: number("100")},
	} {
		if got := choose(bare, &f).why["bare"]; got != why {
			t.Errorf("it falls out because %q, want %q", got, why)
		}
	}
}

// The order of products: price, then id, and those without a price last.
func TestCheaper(t *testing.T) {
	t.Parallel()
	ordered := []nebula.Product{{ID: "z", PricePerHour: "0.5"}, {ID: "a", PricePerHour: "1.0"}, {ID: "b", PricePerHour: "1"}, {ID: "c"}, {ID: "d", PricePerHour: "ask us"}}
	for i, a := range ordered {
		for j, b := range ordered {
			if got := machinekit.Cheaper(a, b); got != cmp.Compare(i, j) {
				t.Errorf("%s and %s compare as %d", a.ID, b.ID, got)
			}
		}
	}
}

// An image fits a product unless data centre or region are seen to differ.
func TestFits(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		image nebula.Image
		fits  bool
	}{
		{nebula.Image{DCID: "2", Region: "CANADA"}, true}, {nebula.Image{DCID: "1", Region: "CANADA"}, false}, {nebula.Image{DCID: "2", Region: "NORWAY"}, false},
		{nebula.Image{DCID: "2"}, true}, {nebula.Image{Region: "CANADA"}, true}, {nebula.Image{}, true}, {nebula.Image{Region: "NORWAY"}, false},
	} {
		if got := machinekit.Fits(c.image, nebula.Product{DCID: "2", Region: "CANADA"}); got != c.fits {
			t.Errorf("%+v fits: %t", c.image, got)
		}
		if !machinekit.Fits(c.image, nebula.Product{}) {
			t.Errorf("%+v does not fit a product of no known place", c.image)
		}
	}
}

func TestNearestAndWhy(t *testing.T) {
	t.Parallel()
	c := choose(products(t), &filters{GPU: types.StringValue("RTX-A4000"), Region: types.StringValue("CANADA"), GPUCount: types.Int64Value(1)})
	if len(c.fitting) != 0 || len(c.nearest) == 0 || c.nearest[0].ID != "e" {
		t.Fatalf("fitting %v, nearest %v", c.fitting, c.nearest)
	}
	if why := c.why["e"]; why != "it is not available now" {
		t.Errorf("e falls out because %q", why)
	}
}

func TestChoiceOfMany(t *testing.T) {
	t.Parallel()
	var many []nebula.Product
	for i := range 5000 {
		p := products(t)[i%6]
		p.ID = nebula.ID(string(p.ID) + string(rune('a'+i%26)))
		many = append(many, p)
	}
	c := choose(many, &filters{GPU: types.StringValue("no such card")})
	if shown := showAll(c.nearest, func(nebula.Product) string { return "" }); len(shown) > 2000 {
		t.Errorf("a message of %d characters", len(shown))
	}
}
