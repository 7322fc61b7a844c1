package instance_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

// What cannot be had is refused before anything is paid, with what would do
// instead.
func TestPreflight(t *testing.T) {
	t.Parallel()
	sold := func(id, stock string, unavailable bool) func(*stage) {
		return func(s *stage) {
			s.API.SetProduct(id, func(p *fakenebula.Product) { p.Stock, p.Unavailable = stock, unavailable })
		}
	}
	for name, test := range map[string]struct {
		args rehearsal.Args
		set  func(*stage)
		want []string
	}{
		"unknown product": {args(rehearsal.Args{"product_id": "x1"}), nil,
			[]string{`The catalogue has no product with the id "x1".`, "These fit:", "expd0ce88325-aeb0-48d0-8216-09506b58f1dd (1 x RTX-A6000 in CANADA, $0.697 per hour)"}},
		"out of stock": {args(nil), sold(aProduct, "0", false),
			[]string{"out of stock, or not available now", "fcp66d566c43a9501001256 (1 x H100-80G-SXM in CANADA, $1.0 per hour)"}},
		"not available": {args(nil), sold(aProduct, "99", true), []string{"out of stock, or not available now"}},
		"too dear": {args(rehearsal.Args{"max_price_per_hour": 0.5}), nil,
			[]string{"costs more than max_price_per_hour, which is 0.5", "Nothing else in the catalogue fits now."}},
		"dearer than when it was planned": {args(rehearsal.Args{"max_price_per_hour": 1.0}), func(s *stage) {
			s.API.SetProduct(aProduct, func(p *fakenebula.Product) { p.PricePerHour = "1.01" })
		}, []string{"$1.01 per hour) costs more than", "$1.0 per hour"}},
		"price not known": {args(rehearsal.Args{"max_price_per_hour": 1.0}), func(s *stage) { s.API.Inject(priceless()) },
			[]string{"an unknown price) costs more than max_price_per_hour, which is 1, or its price is not known.", "$1.0 per hour"}},
		"image of another place": {args(rehearsal.Args{"image": nil, "image_id": "exos60da1d80-a58b-4ff3-8a33-b566b65f3e6e"}), nil,
			[]string{"There is no image", "It is there in data centre 2, NORWAY only.", imageID}},
		"image name of another place": {args(rehearsal.Args{"product_id": container}), nil, []string{"It is there in data centre 2, CANADA; data centre 2, NORWAY only.", "fcp66d566c93a95010012"}},
		"unknown image":               {args(rehearsal.Args{"image": "Windows"}), nil, []string{`There is no image "Windows"`}},
		"name taken": {exact(nil), func(s *stage) { s.API.AddInstance("Train") },
			[]string{`The account has an instance named "train" already.`, `1 ("Train", running, $2.627 per hour)`, `id = "1"`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, fakenebula.Options{}).write(test.args)
			if test.set != nil {
				test.set(s)
			}
			s.Apply().Expect(1, append(test.want, "Unable to create instance", "No request was sent, so nothing is billed.", "No instance was made, and nothing is in the state.")...)
			s.Changed(acctest.Calls{})
			s.HasNothing()
		})
	}
}

// priceless is a catalogue that does not tell the price of the product that the
// tests order.
func priceless() fakenebula.Fault {
	return fakenebula.Fault{Operation: fakenebula.OpListProducts, Times: -1, Rewrite: func(a fakenebula.Answer) fakenebula.Answer {
		a.Body = strings.ReplaceAll(a.Body, `"price_per_hour":0.697`, `"price_per_hour":null`)
		return a
	}}
}

// Who gives no highest price gets a product whose price is not known.
func TestPriceNotKnown(t *testing.T) {
	t.Parallel()
	s := newStage(t, fakenebula.Options{}).write(args(nil))
	s.API.Inject(priceless())
	s.Apply().Expect(0)
	s.holds("1")
}

// A message offers three products at most: those with the same GPUs first, the
// cheapest first, and only what can be had at the price.
func TestAlternatives(t *testing.T) {
	t.Parallel()
	sold := func(id, price, gpu string, count int) fakenebula.Product {
		return fakenebula.Product{ID: id, Region: "CANADA", DCID: 2, ProductType: "Virtual Machine", GPU: gpu, GPUCount: count, Stock: "5", PricePerHour: price}
	}
	wanted := sold(aProduct, "0.5", "A6000", 1)
	wanted.Stock = "0"
	out := sold("out", "0.1", "A6000", 1)
	out.Unavailable = true
	others := []fakenebula.Product{wanted, out, sold("pair", "0.2", "A6000", 2), sold("other", "0.3", "L40", 1)}
	for name, test := range map[string]struct {
		products []fakenebula.Product
		max      any
		want     []string
	}{
		"many of the same": {[]fakenebula.Product{sold("d", "4", "A6000", 1), sold("c", "3", "A6000", 1), sold("b", "2", "A6000", 1), sold("a", "1", "A6000", 1)}, nil, []string{"a", "b", "c"}},
		"one of the same":  {[]fakenebula.Product{sold("a", "1", "A6000", 1)}, nil, []string{"a", "pair", "other"}},
		"too dear":         {[]fakenebula.Product{sold("a", "1", "A6000", 1)}, 0.9, []string{"pair", "other"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, fakenebula.Options{Catalogue: fakenebula.CatalogueOptions{Products: append(test.products, others...)}})
			result := s.write(args(rehearsal.Args{"max_price_per_hour": test.max})).Apply().Expect(1, "out of stock", "These fit:")
			if got := offered(result); !slices.Equal(got, test.want) {
				t.Errorf("%q are offered, want %q", got, test.want)
			}
		})
	}
}

// Of images, too, three are offered at most, and of the places of the one that
// is wanted three are named, each once.
func TestAlternativeImages(t *testing.T) {
	t.Parallel()
	s := newStage(t, fakenebula.Options{}).write(args(rehearsal.Args{"image": "Rare"}))
	var images []fakenebula.Image
	for i, region := range []string{"A", "A", "B", "C", "D"} {
		images = append(images, fakenebula.Image{ID: fmt.Sprintf("rare%d", i), OSName: "Rare", DCID: 2, Region: region})
	}
	for _, id := range []string{"i1", "i2", "i3", "i4"} {
		images = append(images, fakenebula.Image{ID: id, OSName: "Plain", DCID: 2, Region: "CANADA"})
	}
	s.API.SetImages(images)
	result := s.Apply().Expect(1, "It is there in data centre 2, A; data centre 2, B; data centre 2, C only.")
	if got := offered(result); !slices.Equal(got, []string{"i1", "i2", "i3"}) {
		t.Errorf("%q are offered", got)
	}
}

// offered are the ids that a message offers, in its order.
func offered(r acctest.Result) []string {
	var ids []string
	for _, line := range regexp.MustCompile(`(?m)^  (\S+) \(`).FindAllStringSubmatch(r.Stderr, -1) {
		ids = append(ids, line[1])
	}
	return ids
}

// A new id under the same name of an image changes nothing.
func TestImageByName(t *testing.T) {
	t.Parallel()
	s := made(t, fakenebula.Options{}, args(rehearsal.Args{"image": "ubuntu server 22.04 lts r535 cuda 12.2"}))
	images := fakenebula.DocumentedImages()
	for i := range images {
		images[i].ID += "new"
	}
	images = append(images, fakenebula.Image{ID: "plain", OSName: "Ubuntu Server 22.04 LTS", DCID: 2, Region: "CANADA"})
	s.API.SetImages(images)
	s.Plan().Expect(0)
	s.write(args(nil)).Plan().Expect(2, "update") // the spelling is recorded
	s.write(args(rehearsal.Args{"image": "Ubuntu Server 22.04 LTS"})).Plan().Expect(2, "replace")
}

// What the API refuses is reported on the argument that it is about.
func TestRefusedByTheAPI(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]fakenebula.Fault{
		"tier":   {Answer: fakenebula.Failed(400, "Please upgrade to Engineer Tier 3")},
		"credit": {Answer: fakenebula.Detail(402, "Please upgrade to Engineer Tier 3")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, fakenebula.Options{}).write(args(nil))
			fault.Operation = opCreate
			s.API.Inject(fault)
			s.Apply().Expect(1, "Please upgrade to Engineer Tier 3", "No instance was made, and nothing is in the state.")
			s.HasNothing()
		})
	}
}
