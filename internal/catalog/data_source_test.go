package catalog_test

import (
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

// both are the shapes in which the API may list the catalogue.
func both(t *testing.T, test func(t *testing.T, s *acctest.Stage)) {
	t.Helper()
	for name, options := range map[string]fakenebula.CatalogueOptions{
		"by region":                  {},
		"flat, with numbers as text": {Flat: true, TextNumbers: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, acctest.NewStage(t, acctest.Options{Fake: fakenebula.Options{Catalogue: options}}))
		})
	}
}

func data(t *testing.T, s *acctest.Stage, of string, args rehearsal.Args) (rehearsal.Object, string) {
	t.Helper()
	object, report := s.Data(t.Context(), rehearsal.DataSource{Address: of + ".this", Args: args})
	return object, report.String()
}

func price(t *testing.T, o rehearsal.Object, name string) string {
	t.Helper()
	var f *big.Float
	if err := o[name].As(&f); err != nil || f == nil {
		t.Fatalf("%s is %v", name, o[name])
	}
	return f.Text('f', -1)
}

func TestProductByFilters(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, s *acctest.Stage) {
		product, report := data(t, s, "nebula_product", rehearsal.Args{"gpu": "h100 80g pcie"})
		if product.Text("id") != "expde8da3529-f08d-4f86-8456-04094d19fbc4" || price(t, product, "price_per_hour") != "2.627" {
			t.Errorf("%v\n%s", product, report)
		}
		if product.Text("gpu") != "h100 80g pcie" || product.Text("region") != "CANADA" || product.Text("dc_id") != "2" || price(t, product, "stock") != "99" {
			t.Errorf("%v", product)
		}
	})
}

func TestCheapestProduct(t *testing.T) {
	t.Parallel()
	s := acctest.NewStage(t, acctest.Options{})
	product, report := data(t, s, "nebula_product", rehearsal.Args{"gpu_type": "H100", "cheapest": true})
	if product.Text("id") != "fcp66d566c43a9501001256" {
		t.Errorf("%v\n%s", product, report)
	}
	if _, report := data(t, s, "nebula_product", rehearsal.Args{"gpu_type": "H100"}); !strings.Contains(report, "Several products match") ||
		!strings.Contains(report, "$1.0 per hour") || !strings.Contains(report, "in CANADA") || !strings.Contains(report, "cheapest = true") {
		t.Errorf("several are reported as %s", report)
	}
}

func TestProductOutOfStockIsTold(t *testing.T) {
	t.Parallel()
	s := acctest.NewStage(t, acctest.Options{})
	const id = "expd0ce88325-aeb0-48d0-8216-09506b58f1dd"
	s.API.SetProduct(id, func(p *fakenebula.Product) { p.Stock = "0" })
	_, report := data(t, s, "nebula_product", rehearsal.Args{"gpu": "RTX-A6000"})
	if !strings.Contains(report, "Product not found") || !strings.Contains(report, id) || !strings.Contains(report, "it is not available now") {
		t.Error(report)
	}
	product, report := data(t, s, "nebula_product", rehearsal.Args{"gpu": "RTX-A6000", "available": false})
	if product.Text("id") != id {
		t.Error(report)
	}
	byID, report := data(t, s, "nebula_product", rehearsal.Args{"id": id})
	var available bool
	if err := byID["available"].As(&available); err != nil || available {
		t.Errorf("available = %t, %v\n%s", available, err, report)
	}
	if _, report := data(t, s, "nebula_product", rehearsal.Args{"id": "nothing"}); !strings.Contains(report, "no product with id nothing") {
		t.Error(report)
	}
}

// An id leaves nothing to choose.
func TestProductByIDAndFilters(t *testing.T) {
	t.Parallel()
	s := acctest.NewStage(t, acctest.Options{})
	for name, value := range map[string]any{"cheapest": true, "gpu": "RTX-A6000", "max_price_per_hour": 3.0, "available": false} {
		if _, report := data(t, s, "nebula_product", rehearsal.Args{"id": "x", name: value}); !strings.Contains(report, "cannot be configured together: [id,"+name+"]") {
			t.Errorf("%s: %s", name, report)
		}
	}
}

func TestProductsAreCheapestFirst(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, s *acctest.Stage) {
		all, report := data(t, s, "nebula_products", nil)
		want := []string{"expd0ce88325-aeb0-48d0-8216-09506b58f1dd", "fcp66d566c43a9501001256", "expd4b024f34-c9f3-4c41-ade4-4b56bbe3c64b", "expde8da3529-f08d-4f86-8456-04094d19fbc4"}
		if got := all.Texts("ids"); !slices.Equal(got, want) {
			t.Errorf("ids %v\n%s", got, report)
		}
	})
}

func TestImageOfAProduct(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, s *acctest.Stage) {
		image, report := data(t, s, "nebula_image", rehearsal.Args{"product_id": "expde8da3529-f08d-4f86-8456-04094d19fbc4"})
		if image.Text("id") != "exoscee6e762-1d11-4f65-a7d6-8c0670b603b2" || image.Text("region") != "CANADA" || image.Text("dc_id") != "2" {
			t.Errorf("%v\n%s", image, report)
		}
		if _, report := data(t, s, "nebula_image", rehearsal.Args{"name": "Ubuntu Server 22.04 LTS"}); !strings.Contains(report, "Several images match") {
			t.Error(report)
		}
		if _, report := data(t, s, "nebula_image", rehearsal.Args{"name": "ubuntu server 22.04 lts", "region": "canada"}); !strings.Contains(report, "Image not found") {
			t.Error(report)
		}
		if _, report := data(t, s, "nebula_image", rehearsal.Args{"product_id": "nothing"}); !strings.Contains(report, "no product with id nothing") {
			t.Error(report)
		}
	})
}

// An image is found by its id, too, and what chose it keeps the user's spelling.
func TestImageBySeveral(t *testing.T) {
	t.Parallel()
	s := acctest.NewStage(t, acctest.Options{})
	const id = "exos63884cc9-2119-43db-b6d5-093fb4036586"
	for _, args := range []rehearsal.Args{{"id": id}, {"os_type": "UBUNTU", "region": "norway", "name": "Ubuntu Server 22.04 LTS"}} {
		image, report := data(t, s, "nebula_image", args)
		want := map[string]any{"id": id, "name": "Ubuntu Server 22.04 LTS", "os_type": "Ubuntu", "region": "NORWAY", "dc_id": "2"}
		maps.Copy(want, args)
		for name, value := range want {
			if image.Text(name) != value {
				t.Errorf("%v: %s is %q, want %q\n%s", args, name, image.Text(name), value, report)
			}
		}
	}
}

func TestImages(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, s *acctest.Stage) {
		for _, test := range []struct {
			args rehearsal.Args
			want int
		}{
			{nil, 4}, {rehearsal.Args{"name_regex": "CUDA"}, 2}, {rehearsal.Args{"os_type": "ubuntu", "region": "Norway"}, 2},
			{rehearsal.Args{"product_id": "fcp66d566c43a9501001256"}, 1}, {rehearsal.Args{"name": "Debian"}, 0},
		} {
			if images, report := data(t, s, "nebula_images", test.args); len(images.Texts("ids")) != test.want {
				t.Errorf("%v: %v\n%s", test.args, images.Texts("ids"), report)
			}
		}
	})
}

// However many data sources a plan has, the catalogue is asked for once.
func TestOneListForAllReaders(t *testing.T) {
	t.Parallel()
	s := acctest.NewStage(t, acctest.Options{})
	for i, gpu := range []string{"H100-80G-SXM", "H100-80G-PCIe", "A100-80G-PCIe", "RTX-A6000"} {
		s.DataSources = append(s.DataSources,
			rehearsal.DataSource{Address: "nebula_product.p" + string(rune('0'+i)), Args: rehearsal.Args{"gpu": gpu}},
			rehearsal.DataSource{Address: "nebula_images.i" + string(rune('0'+i)), Args: rehearsal.Args{"os_type": "Ubuntu"}})
	}
	s.Plan().Expect(0)
	if lists, images := s.API.Count(fakenebula.OpListProducts), s.API.Count(fakenebula.OpListImages); lists != 1 || images != 1 {
		t.Errorf("%d lists of products and %d of images, want 1 and 1", lists, images)
	}
}

// An empty array where groups are due is an empty catalogue; anything else is
// an error.
func TestMalformedCatalogue(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ literal, want string }{
		"empty":  {`[]`, "The catalogue is empty"},
		"null":   {`null`, "no data"},
		"a text": {`"none"`, "not what the API documents"},
		"no id":  {`{"CANADA":{"H100":[{"gpu":"H100"}]}}`, "no id"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := acctest.NewStage(t, acctest.Options{})
			s.API.Inject(fakenebula.Fault{Operation: fakenebula.OpListProducts, Times: -1, Rewrite: fakenebula.WithData(test.literal)})
			if _, report := data(t, s, "nebula_product", rehearsal.Args{"gpu": "H100"}); !strings.Contains(report, test.want) {
				t.Errorf("%q is not in:\n%s", test.want, report)
			}
		})
	}
}

// A catalogue of 5,000 products and images is asked for once, and filtered in
// memory, with every digit of every price.
func TestLargeCatalogue(t *testing.T) {
	t.Parallel()
	const n = 5000
	options := fakenebula.CatalogueOptions{}
	for i := range n {
		region := fmt.Sprintf("REGION-%d", i%50)
		options.Products = append(options.Products, fakenebula.Product{
			ID: fmt.Sprintf("p%d", i), Region: region, DCID: 2, ProductType: "Virtual Machine", GPU: "H100-80G-PCIe", GPUType: "H100", GPUCount: 1 + i%8, CPU: 28, RAM: 180, Stock: "99",
			PricePerHour: fmt.Sprintf("%d.1000000000000000055511151231257827", n-i),
		})
		options.Images = append(options.Images, fakenebula.Image{ID: fmt.Sprintf("i%d", i), OSName: fmt.Sprintf("Ubuntu %d", i), OSType: "Ubuntu", Region: region, DCID: 2})
	}
	s := acctest.NewStage(t, acctest.Options{Fake: fakenebula.Options{Catalogue: options}})
	s.DataSources = []rehearsal.DataSource{
		{Address: "nebula_products.few", Args: rehearsal.Args{"region": "region-7", "gpu_count": 8}}, {Address: "nebula_images.few", Args: rehearsal.Args{"name_regex": "^Ubuntu 47..$"}},
		{Address: "nebula_product.cheapest", Args: rehearsal.Args{"cheapest": true}}, {Address: "nebula_image.one", Args: rehearsal.Args{"name": "Ubuntu 4711"}},
		{Address: "nebula_product.cheapest_there", Args: rehearsal.Args{"region": "region-49", "cheapest": true}},
		{Address: "nebula_images.fitting", Args: rehearsal.Args{"product_id": "p7"}},
	}
	found := s.Plan().Expect(0).Planned.Data
	if lists, images := s.API.Count(fakenebula.OpListProducts), s.API.Count(fakenebula.OpListImages); lists != 1 || images != 1 {
		t.Errorf("%d lists of products and %d of images, want 1 and 1", lists, images)
	}
	cheapest := found["nebula_product.cheapest_there"]
	if cheapest.Text("id") != "p4999" || price(t, cheapest, "price_per_hour") != "1.1000000000000000055511151231257827" {
		t.Errorf("the cheapest product is %v", cheapest)
	}
	if got := len(found["nebula_images.fitting"].Texts("ids")); got != n/50 {
		t.Errorf("%d images fit, want %d", got, n/50)
	}
	if _, report := data(t, s, "nebula_product", rehearsal.Args{"gpu": "H100-80G-PCIe"}); !strings.Contains(report, "and 4990 more") {
		t.Errorf("several are reported as %s", report)
	}
	if _, report := data(t, s, "nebula_image", rehearsal.Args{"region": "region-7"}); !strings.Contains(report, "and 90 more") || strings.Count(report, "\n  i") != 10 {
		t.Errorf("several images are reported as %s", report)
	}
}
