// Package machinekit is what only the things about machines share: the lists of
// machines, products and images, and how a product is shown and compared.
package machinekit

import (
	"cmp"
	"fmt"
	"math/big"
	"strings"

	"github.com/nebulablock/terraform-provider-nebula/internal/fleet"
	"github.com/nebulablock/terraform-provider-nebula/internal/listing"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// Fleet is the machines that all operations of a configured provider share.
func Fleet(s *tfkit.Services) *fleet.Fleet {
	return tfkit.Shared(s, func(s *tfkit.Services) *fleet.Fleet { return fleet.New(s.Client, s.Clock) })
}

// Products is the catalogue that all operations of a configured provider share.
func Products(s *tfkit.Services) *listing.List[nebula.Product] {
	return tfkit.SharedList(s, listing.Options[nebula.Product]{
		Steady: true,
		Words:  listing.Words{One: "product", Many: "products"},
		ID:     func(p nebula.Product) nebula.ID { return p.ID },
		Fetch:  listing.From("/computing/products", s.Client.ListProducts),
	})
}

// Images is the list of images that all operations of a configured provider
// share.
func Images(s *tfkit.Services) *listing.List[nebula.Image] {
	return tfkit.SharedList(s, listing.Options[nebula.Image]{
		Steady: true,
		Words:  listing.Words{One: "image", Many: "images"},
		ID:     func(i nebula.Image) nebula.ID { return i.ID },
		Fetch:  listing.From("/computing/images", s.Client.ListImages),
	})
}

// Cheaper orders products by price, and those of one price by id. One whose
// price is not known comes last.
func Cheaper(a, b nebula.Product) int {
	x, okX := new(big.Rat).SetString(string(a.PricePerHour))
	y, okY := new(big.Rat).SetString(string(b.PricePerHour))
	switch {
	case okX && okY:
		return cmp.Or(x.Cmp(y), strings.Compare(string(a.ID), string(b.ID)))
	case okX:
		return -1
	case okY:
		return 1
	}
	return strings.Compare(string(a.ID), string(b.ID))
}

// Show names a product for people, with its place and price.
func Show(p nebula.Product) string {
	return fmt.Sprintf("%s (%s x %s in %s, %s)", nebula.CleanText(string(p.ID)), cmp.Or(string(p.GPUCount), "?"),
		nebula.CleanText(string(p.GPU)), nebula.CleanText(string(p.Region)), fleet.PerHour(p.PricePerHour))
}

// Fits says that a machine of this product can be made with the image. The API
// refuses the create where data centre or region differ; what a row lacks says
// nothing.
func Fits(i nebula.Image, p nebula.Product) bool {
	agree := func(a, b nebula.Text) bool { return a == "" || b == "" || a == b }
	return agree(i.DCID, p.DCID) && agree(i.Region, p.Region)
}
